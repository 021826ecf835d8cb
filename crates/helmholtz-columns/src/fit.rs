//! A format fitted to texts: what a loose one matches of each says how narrow its parts can be.
//!
//! Each part becomes what is most probable with the texts that it stands for: literal text, words, a set, a class, with its
//! count. Choices are local, so they are quick; the search compares what comes of them by the joint of all rows.

use super::class::Class;
use super::format::{Atom, Count, Format, Part};
use super::matching::{Match, matched};
use super::names::Name;
use super::prior::narrowest;
use super::urn::Urn;

/// What a part stands for in all texts.
struct Seen<'t> {
    /// Each time that the part could stand: all of what it stands for there.
    spans: Vec<&'t [char]>,
    /// How often it stands each time.
    counts: Vec<usize>,
}

impl Format {
    /// The same with parts that are as narrow as some texts let them be. Those that it does not generate say nothing.
    pub fn fitted(&self, texts: &[&[char]]) -> Self {
        let found = found(self, texts);
        Self(fitted(&self.0, &occurrences(&found)))
    }

    /// The same with days that fit some texts; none where it has no dates.
    pub(crate) fn dated(&self, texts: &[&[char]]) -> Option<Self> {
        let days = |part: &Part| match part.atom {
            Atom::Named(name) => Some(name).filter(|name| name.has_years()),
            _ => None,
        };
        self.0.iter().find_map(days)?;
        let found = found(self, texts);
        let occurrences = occurrences(&found);
        let parts = self
            .0
            .iter()
            .enumerate()
            .flat_map(|(i, part)| match days(part) {
                Some(name) => dated(name, &seen(i, &occurrences).spans).0,
                None => vec![part.clone()],
            });
        Some(Self(parts.collect()))
    }
}

/// Texts with what the parts of a format stand for in them.
type Found<'t> = (&'t [char], Vec<Match>);

fn found<'t>(format: &Format, texts: &[&'t [char]]) -> Vec<Found<'t>> {
    let each = texts.iter();
    let each = each.filter_map(|text| Some((*text, matched(format, text)?)));
    each.collect()
}

fn occurrences<'f, 't>(found: &'f [Found<'t>]) -> Vec<(&'t [char], &'f [Match])> {
    let each = found.iter();
    each.map(|(text, parts)| (*text, &parts[..])).collect()
}

fn fitted(parts: &[Part], occurrences: &[(&[char], &[Match])]) -> Vec<Part> {
    let mut all = vec![];
    if occurrences.is_empty() {
        return parts.to_vec();
    }
    for (i, part) in parts.iter().enumerate() {
        match &part.atom {
            Atom::Group(inside) => all.extend(grouped(i, inside, occurrences)),
            Atom::Named(name) => all.extend(named(*name, &seen(i, occurrences))),
            _ => all.extend(narrowed(&seen(i, occurrences))),
        }
    }
    all.into_iter().flat_map(spelled).collect()
}

fn seen<'t>(i: usize, occurrences: &[(&'t [char], &[Match])]) -> Seen<'t> {
    let span = |(text, parts): &(&'t [char], &[Match])| {
        let (start, end) = parts[i].span();
        &text[start..end]
    };
    let spans: Vec<&[char]> = occurrences.iter().map(span).collect();
    Seen {
        counts: spans.iter().map(|s| s.len()).collect(),
        spans,
    }
}

/// Times that are told one by one, where a group always stands so often.
const APART: usize = 8;

/// A group, narrowed inside, with the best count; nothing if it never stands. What always stands as often is no group: each time
/// is narrowed by itself.
fn grouped(i: usize, inside: &[Part], occurrences: &[(&[char], &[Match])]) -> Vec<Part> {
    let counts: Vec<usize> = occurrences.iter().map(|o| o.1[i].inside.len()).collect();
    let often = counts.first().copied().unwrap_or(0);
    let time = |k: usize| {
        let there = occurrences.iter().filter(move |o| k < o.1[i].inside.len());
        there.map(move |(text, parts)| (*text, &parts[i].inside[k][..]))
    };
    if often <= APART && counts.iter().all(|n| *n == often) {
        let each = (0..often).map(|k| fitted(inside, &time(k).collect::<Vec<_>>()));
        return each.flatten().collect();
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let times: Vec<(&[char], &[Match])> = (0..most).flat_map(time).collect();
    let (inside, count) = (fitted(inside, &times), best_count(&counts).0);
    match &inside[..] {
        // One thing that may be missing needs no brackets.
        [only] if only.count == Count::ONCE => vec![Part {
            atom: only.atom.clone(),
            count,
        }],
        _ => vec![Part {
            atom: Atom::Group(inside),
            count,
        }],
    }
}

/// A name with its usual days, or what is more probable than it.
fn named(name: Name, seen: &Seen<'_>) -> Vec<Part> {
    let mut all = vec![dated(name, &seen.spans)];
    if name.is_of_words() {
        all.push(classed(seen));
    }
    narrowest_of(all, seen)
}

/// A name with the days that are most probable with what it stands for.
fn dated(name: Name, spans: &[&[char]]) -> Scored {
    let each = std::iter::once(name).chain(name.fitted(spans));
    let scored = each.map(|name| {
        let part = Part::once(Atom::Named(name));
        let log: f64 = spans.iter().map(|span| part.log_prob(span)).sum();
        let log = part.log_prior() + log;
        (vec![part], log)
    });
    let best = scored.reduce(|a, b| if b.1 > a.1 { b } else { a });
    best.unwrap_or((vec![], f64::NEG_INFINITY))
}

/// Words that a part may be narrowed to, at most.
const MOST_WORDS: usize = 24;
/// Members of a set, at most.
const MOST_MEMBERS: usize = 8;

/// The most probable parts that stand for some texts.
fn narrowed(seen: &Seen<'_>) -> Vec<Part> {
    if seen.spans.iter().all(|s| s.is_empty()) {
        return vec![];
    }
    narrowest_of(vec![classed(seen)], seen)
}

/// The most probable of some parts, and of others that stand for the same.
fn narrowest_of(mut all: Vec<Scored>, seen: &Seen<'_>) -> Vec<Part> {
    let others = [constant(seen), worded(seen), placed(seen), ended(seen)];
    all.extend(others.into_iter().flatten());
    let best = all.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a });
    best.map_or_else(Vec::new, |best| best.0)
}

type Scored = (Vec<Part>, f64);

/// Text that is always the same.
fn constant(seen: &Seen<'_>) -> Option<Scored> {
    let first = *seen.spans.first()?;
    let same = seen.spans.iter().all(|s| *s == first);
    let parts: Vec<Part> = first
        .chunk_by(|a, b| a == b)
        .flat_map(|run| {
            spelled(Part {
                atom: Atom::Literal(run[0]),
                count: Count::exactly(run.len() as u16),
            })
        })
        .collect();
    let prior = parts.iter().map(Part::log_prior).sum();
    (same && first.len() < usize::from(u16::MAX)).then_some((parts, prior))
}

/// A part; up to three of a character are written out.
fn spelled(part: Part) -> Vec<Part> {
    let few = (1..=3).find(|n| part.count == Count::exactly(*n));
    match (&part.atom, few) {
        (Atom::Literal(_), Some(n)) => vec![Part::once(part.atom); usize::from(n)],
        _ => vec![part],
    }
}

/// Where the next of some things, in order, is another with more than this chance, those that there are make no set.
const OPEN: f64 = 0.1;

/// Whether the next of some things is probably, with more than a chance, another than those that stand here.
fn is_open<T: PartialEq>(sorted: &[T], chance: f64, log_base: impl Fn(&T) -> f64) -> bool {
    let each = sorted.chunk_by(|a, b| a == b);
    let values: Vec<(u64, f64)> = each
        .map(|same| (same.len() as u64, log_base(&same[0])))
        .collect();
    Urn::after(&values).new_chance() > chance
}

/// A few words, once or at most once.
fn worded(seen: &Seen<'_>) -> Option<Scored> {
    let mut words: Vec<&[char]> = seen
        .spans
        .iter()
        .copied()
        .filter(|s| !s.is_empty())
        .collect();
    let there = words.len();
    words.sort_unstable();
    if words.len() > 1
        && is_open(&words, OPEN, |word| {
            word.iter().map(|c| Class::ANY.log_prob(*c)).sum()
        })
    {
        return None;
    }
    words.dedup();
    if words.len() > MOST_WORDS || words.len() < 2 {
        return None;
    }
    let each = there as f64 * -(words.len() as f64).ln();
    let always = there == seen.spans.len();
    let (before, words, behind) = apart(&words, always);
    let words: Vec<String> = words.iter().map(|w| w.iter().collect()).collect();
    let count = match always {
        true => Count::ONCE,
        false => Count::MAYBE,
    };
    let part = Part {
        atom: Atom::Words(words),
        count,
    };
    let literal = |text: &[char]| -> Vec<Part> {
        let each = text.iter().map(|c| Part::once(Atom::Literal(*c)));
        each.collect()
    };
    let parts = [literal(before), vec![part], literal(behind)].concat();
    let counts: f64 = seen
        .spans
        .iter()
        .map(|s| count.log_prob(usize::from(!s.is_empty())))
        .sum();
    let prior: f64 = parts.iter().map(Part::log_prior).sum();
    Some((parts, prior + each + counts))
}

/// What words begin with and end with, all of them, and what is left of each; no word is left empty. Words that may be missing
/// stay whole.
fn apart<'t>(words: &[&'t [char]], always: bool) -> (&'t [char], Vec<&'t [char]>, &'t [char]) {
    let shortest = words.iter().map(|w| w.len()).min().unwrap_or(0);
    let most = if always {
        shortest.saturating_sub(1)
    } else {
        0
    };
    let first = words.first().copied().unwrap_or_default();
    let same = |at: &dyn Fn(&[char]) -> Option<char>| words.iter().all(|w| at(w) == at(first));
    let begin = (0..most).take_while(|k| same(&|w| w.get(*k).copied()));
    let mut begin = begin.count();
    // Words are not taken apart: what is cut off ends where characters of another kind begin.
    while begin > 0 && words.iter().any(|w| joined(w[begin - 1], w[begin])) {
        begin -= 1;
    }
    let end = (1..=most - begin).take_while(|k| same(&|w| w.get(w.len() - k).copied()));
    let mut end = end.count();
    while end > 0
        && words
            .iter()
            .any(|w| joined(w[w.len() - end - 1], w[w.len() - end]))
    {
        end -= 1;
    }
    let left = words.iter().map(|w| &w[begin..w.len() - end]).collect();
    (&first[..begin], left, &first[first.len() - end..])
}

/// Whether two characters beside each other are of one word, or of one number.
fn joined(a: char, b: char) -> bool {
    a.is_alphabetic() && b.is_alphabetic() || a.is_ascii_digit() && b.is_ascii_digit()
}

/// Lengths of texts that are told character by character, where all are as long.
const PLACES: usize = 16;

/// For each place what stands there, where all texts are as long.
fn placed(seen: &Seen<'_>) -> Option<Scored> {
    let length = seen.spans.first()?.len();
    if !(2..=PLACES).contains(&length) || seen.spans.iter().any(|s| s.len() != length) {
        return None;
    }
    let place = |k: usize| {
        let spans: Vec<&[char]> = seen.spans.iter().map(|s| &s[k..=k]).collect();
        let seen = Seen {
            counts: vec![1; spans.len()],
            spans,
        };
        // Any of the places may have more to it than stands there.
        classed_within(&seen, OPEN / length as f64)
    };
    let (parts, scores): (Vec<Vec<Part>>, Vec<f64>) = (0..length).map(place).unzip();
    let parts: Vec<Part> = parts.concat();
    // Like ones beside each other are one part with a count.
    let runs = parts.chunk_by(|a, b| a == b).map(|run| Part {
        atom: run[0].atom.clone(),
        count: Count::exactly(run.len() as u16),
    });
    let runs: Vec<Part> = runs.flat_map(spelled).collect();
    let prior = |parts: &[Part]| parts.iter().map(Part::log_prior).sum::<f64>();
    let score = scores.iter().sum::<f64>() - prior(&parts) + prior(&runs);
    Some((runs, score))
}

/// Places before the end that are told one by one, where lengths differ.
const PLACES_AT_END: usize = 4;

/// A class with a count, and behind it what stands at each of the last places.
fn ended(seen: &Seen<'_>) -> Option<Scored> {
    let shortest = seen.spans.iter().map(|s| s.len()).min()?;
    let longest = seen.spans.iter().map(|s| s.len()).max()?;
    let least = usize::from(shortest > 0 && longest > shortest);
    let cut = |k: usize| {
        let part = |of: &dyn Fn(&'_ [char]) -> std::ops::Range<usize>| {
            let spans = seen.spans.iter().map(|s| &s[of(s)]);
            spans.collect::<Vec<&[char]>>()
        };
        let heads = part(&|s| 0..s.len() - k);
        let ends = part(&|s| s.len() - k..s.len());
        let (head, head_score) = classed(&Seen {
            counts: heads.iter().map(|s| s.len()).collect(),
            spans: heads,
        });
        let end = Seen {
            counts: vec![k; ends.len()],
            spans: ends,
        };
        let (end, end_score) = placed(&end)
            .or_else(|| constant(&end))
            .unwrap_or_else(|| classed(&end));
        ([head, end].concat(), head_score + end_score)
    };
    let all = (least..=shortest.min(PLACES_AT_END) * least)
        .filter(|k| *k > 0)
        .map(cut);
    all.reduce(|a, b| if b.1 > a.1 { b } else { a })
}

/// A class or a set with a count.
fn classed(seen: &Seen<'_>) -> Scored {
    classed_within(seen, OPEN)
}

/// The same where a set has another member with no more than a chance.
fn classed_within(seen: &Seen<'_>, open: f64) -> Scored {
    let mut sorted: Vec<char> = seen.spans.concat();
    sorted.sort_unstable();
    // Each character that there is, once, with how often it stands.
    let often = sorted.chunk_by(|a, b| a == b);
    let often: Vec<(char, f64)> = often.map(|same| (same[0], same.len() as f64)).collect();
    let members: Vec<char> = often.iter().map(|(c, _)| *c).collect();
    let first = narrowest(members.iter().copied());
    // Letters alone are no hexadecimal digits, nor are they of a class for both, but for broad ones.
    let digits = members.iter().any(char::is_ascii_digit);
    let of_both = |class: &Class| *class < Class::VISIBLE && class.holds(Class::DIGIT);
    let mut atoms: Vec<Atom> = Class::all()
        .filter(|class| class.index() >= first.index() && members.iter().all(|c| class.has(*c)))
        .filter(|class| digits || *class == first || !of_both(class))
        .map(Atom::Class)
        .collect();
    let closed = || !is_open(&sorted, open, |_| -f64::from(first.size()).ln());
    match members.len() {
        1 => atoms.push(Atom::Literal(members[0])),
        2..=MOST_MEMBERS if closed() => atoms.push(Atom::Set(members.clone())),
        _ => {}
    }
    let score = |atom: &Atom| {
        let each = often.iter().map(|(c, n)| n * atom.log_prob(*c));
        each.sum::<f64>() + atom.log_prior()
    };
    let scored = atoms.into_iter().map(|atom| (score(&atom), atom));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    let (score, atom) = best.unwrap_or((f64::NEG_INFINITY, Atom::Class(Class::ANY)));
    let (count, counted) = best_count(&seen.counts);
    (vec![Part { atom, count }], score + counted)
}

/// The most probable count of how often something stands, and ln of its joint with that.
fn best_count(counts: &[usize]) -> (Count, f64) {
    let cut = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    // Each number that there is, once, with how often it stands.
    let often = sorted.chunk_by(|a, b| a == b);
    let often: Vec<(usize, f64)> = often.map(|same| (same[0], same.len() as f64)).collect();
    let least = often.first().map_or(0, |(n, _)| cut(*n));
    let most = often.last().map_or(0, |(n, _)| *n);
    // The largest of several that stand as often.
    let frequent = often.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let frequent = frequent.map_or(0, |(n, _)| cut(*n));
    let open = [0, 1, least]
        .into_iter()
        .filter(|n| *n <= least)
        .map(Count::from);
    let bounded = (most <= usize::from(u16::MAX)).then(|| Count::between(least, cut(most)));
    let usual = bounded.filter(|count| count.most != Some(least));
    let usual = usual.map(|_| Count::usually(frequent, least, cut(most)));
    let score = |count: Count| {
        let each = often.iter().map(|(n, times)| times * count.log_prob(*n));
        (count, count.log_prior() + each.sum::<f64>())
    };
    let all = bounded.into_iter().chain(usual).chain(open).map(score);
    let best = all.max_by(|a, b| a.1.total_cmp(&b.1));
    best.unwrap_or((Count::ONCE, f64::NEG_INFINITY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(loose: &str, texts: &[&str]) -> String {
        let texts: Vec<Vec<char>> = texts.iter().map(|t| t.chars().collect()).collect();
        let texts: Vec<&[char]> = texts.iter().map(|t| &t[..]).collect();
        let format: Format = loose.parse().unwrap();
        let fitted = format.fitted(&texts);
        assert!(
            texts
                .iter()
                .all(|t| !format.accepts(t) || fitted.accepts(t)),
            "{fitted}"
        );
        fitted.to_string()
    }

    #[test]
    fn parts_become_as_narrow_as_they_can() {
        let codes = [
            "AB-123", "XY-7", "QZ-55", "KL-901", "MN-64", "RS-3", "TU-88", "VW-412",
        ];
        assert_eq!(fitted("[A-Z]+-+[0-9]+", &codes), r"[A-Z]{2}-[0-9]{1,3}");
        let levels = [
            "INFO 1", "WARN 2", "INFO 7", "WARN 9", "INFO 4", "WARN 3", "INFO 5", "INFO 6",
        ];
        assert_eq!(fitted("[A-Z]+ [0-9]+", &levels), "(?:INFO|WARN) [0-9]");
        assert_eq!(
            fitted("[A-Z]+", &["ACGT", "GATTACA", "TTAGGCA", "CAGTCCG"]),
            "[ACGT]{4,7}"
        );
    }

    #[test]
    fn groups_are_narrowed_inside() {
        let lists = ["1", "31,2", "4,55,6", "17,8", "3", "9,10,11,12"];
        assert_eq!(
            fitted("[0-9]+(?:[ -/][0-9]+)*", &lists),
            "[0-9]{1,2}(?:,[0-9]{1,2}){0,3}"
        );
        assert_eq!(
            fitted("[a-z]+(?:-[a-z]+)*", &["uz", "cy", "ow"]),
            "[a-z]{2}"
        );
        let dates = ["2001-07-30", "2013-11-05", "2024-02-18", "2008-09-21"];
        assert_eq!(
            fitted("[0-9]+(?:-[0-9]+)*", &dates),
            r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"
        );
    }
}
