//! What the parts of a format stand for in a text.

use super::format::{Atom, Count, Format, Part};
use super::names::{Date, Name, Standing};

/// Of a part in a text: where each time stands, and of a group what its parts stand for then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Match {
    times: Vec<(usize, usize)>,
    pub(crate) inside: Vec<Vec<Match>>,
}

impl Match {
    pub(crate) fn span(&self) -> (usize, usize) {
        let first = self.times.first().map_or(0, |t| t.0);
        (first, self.times.last().map_or(first, |t| t.1))
    }
}

/// Steps that the matching of a text may take.
const PATIENCE: usize = 20_000;

/// What the parts of a format stand for in a text, each as often as can be; `None` if it does not generate the text, or that is
/// not seen soon.
pub(crate) fn matched(format: &Format, text: &[char]) -> Option<Vec<Match>> {
    let mut matcher = Matcher {
        text,
        patience: PATIENCE,
    };
    matcher.parts(&format.0, 0, &mut |end| end == text.len())
}

impl Format {
    /// The first date in a text of this format, and how it lies to the days that are usual in it; none where it has no dates.
    pub fn date(&self, text: &[char]) -> Option<(Date, Standing)> {
        let found = matched(self, text)?;
        let dated = |(part, found): (&Part, Match)| match part.atom {
            Atom::Named(name) => {
                let (start, end) = found.span();
                name.date(&text[start..end])
            }
            _ => None,
        };
        self.0.iter().zip(found).find_map(dated)
    }
}

struct Matcher<'t> {
    text: &'t [char],
    patience: usize,
}

impl Matcher<'_> {
    /// Matches parts from a place on, so that `rest` is content with where they end.
    fn parts(
        &mut self,
        parts: &[Part],
        start: usize,
        rest: &mut dyn FnMut(usize) -> bool,
    ) -> Option<Vec<Match>> {
        // What stands literally is passed over at once: a long constant needs no depth.
        let plain =
            |part: &&Part| part.count == Count::ONCE && matches!(part.atom, Atom::Literal(_));
        let literal = parts.iter().take_while(plain).count();
        if literal > 1 {
            let is = |(k, part): (usize, &Part)| {
                let character = self.text.get(start + k).copied();
                character.is_some_and(|c| part.atom == Atom::Literal(c))
            };
            if !parts[..literal].iter().enumerate().all(is) {
                return None;
            }
            let after = self.parts(&parts[literal..], start + literal, rest)?;
            let each = (start..start + literal).map(|at| Match {
                times: vec![(at, at + 1)],
                inside: vec![],
            });
            return Some(each.chain(after).collect());
        }
        let Some((part, others)) = parts.split_first() else {
            return rest(start).then(Vec::new);
        };
        if let (Atom::Named(name), true) = (&part.atom, part.count == Count::ONCE) {
            return self.named(*name, start, others, rest);
        }
        let most = part.count.most.map_or(usize::MAX, usize::from);
        // As often as can be, and then less and less often.
        let mut ends = vec![(start, Match::default())];
        while ends.len() <= most {
            self.patience = self.patience.checked_sub(1)?;
            let (from, so_far) = &ends[ends.len() - 1];
            let Some((end, inside)) = self.once(&part.atom, *from) else {
                break;
            };
            if end == *from {
                break;
            }
            let mut next = so_far.clone();
            // Of what is no group only the whole is of interest.
            match (&part.atom, next.times.last_mut()) {
                (Atom::Group(_) | Atom::Words(_), _) | (_, None) => next.times.push((*from, end)),
                (_, Some(last)) => last.1 = end,
            }
            next.inside.extend(inside);
            ends.push((end, next));
        }
        while ends.len() > usize::from(part.count.least) {
            let (end, found) = ends.pop()?;
            if let Some(mut after) = self.parts(others, end, rest) {
                after.insert(0, found);
                return Some(after);
            }
        }
        None
    }

    /// A name, as long as can be, and other parts behind it.
    fn named(
        &mut self,
        name: Name,
        start: usize,
        others: &[Part],
        rest: &mut dyn FnMut(usize) -> bool,
    ) -> Option<Vec<Match>> {
        let ends = name.ends(self.text, start);
        // To find them took as long.
        self.patience = self.patience.checked_sub(1 + ends.len())?;
        for (end, _) in ends.into_iter().rev() {
            if let Some(after) = self.parts(others, end, rest) {
                let own = Match {
                    times: vec![(start, end)],
                    inside: vec![],
                };
                return Some(std::iter::once(own).chain(after).collect());
            }
        }
        None
    }

    /// Where something ends that begins at a place, if it does.
    fn once(&mut self, atom: &Atom, start: usize) -> Option<(usize, Option<Vec<Match>>)> {
        match atom {
            Atom::Words(words) => {
                let fits = |word: &&String| {
                    let mut here = self.text[start..].iter();
                    word.chars().all(|c| here.next() == Some(&c))
                };
                let word = words.iter().filter(fits).max_by_key(|w| w.len())?;
                Some((start + word.chars().count(), None))
            }
            Atom::Group(parts) => {
                let mut end = start;
                let inside = self.parts(parts, start, &mut |place| {
                    end = place;
                    true
                })?;
                Some((end, Some(inside)))
            }
            Atom::Named(name) => {
                let end = name.ends(self.text, start).last()?.0;
                Some((end, None))
            }
            one => {
                let character = *self.text.get(start)?;
                (one.log_prob(character) > f64::NEG_INFINITY).then_some((start + 1, None))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_to_match_is_left() {
        let text: Vec<char> = "a".repeat(3000).chars().collect();
        let format: Format = "[a-z]*[a-z]*[a-z]*b".parse().unwrap();
        assert!(matched(&format, &text).is_none());
    }

    #[test]
    fn names_leave_to_others_what_these_need() {
        let text: Vec<char> = "New South Wales".chars().collect();
        let format: Format = "<Words> <Word>".parse().unwrap();
        let parts = matched(&format, &text).unwrap();
        assert_eq!(
            parts.iter().map(Match::span).collect::<Vec<_>>(),
            [(0, 9), (9, 10), (10, 15)]
        );
    }
}
