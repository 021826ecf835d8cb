//! log p(text | format), exactly: all ways in which a format generates a text are summed.
//!
//! What is carried from part to part is where in the text it may end, with the log-probability of each place. A part whose
//! characters can only end where others begin leaves one place, so the cost is that of reading the text; a part without a
//! largest number passes over the text once, and one with a range costs the range at each place.

use std::sync::LazyLock;

use super::format::{Atom, Count, Format, Part};
use super::names::{LONGEST, Name};

/// Places in a text, in order, with log-probabilities.
pub(crate) type Places = Vec<(usize, f64)>;

impl Format {
    /// log p(text | format), in nats; -inf of a text that it does not generate.
    ///
    /// ```
    /// use helmholtz_columns::format::Format;
    ///
    /// let format: Format = "[A-Z]{2}[0-9]{3,4}".parse()?;
    /// let text: Vec<char> = "AB123".chars().collect();
    /// let by_hand = -(2.0 * 26f64.ln() + 3.0 * 10f64.ln() + 2f64.ln());
    /// assert!((format.log_prob(&text) - by_hand).abs() < 1e-12);
    /// # Ok::<(), helmholtz_columns::syntax::NotAFormat>(())
    /// ```
    pub fn log_prob(&self, text: &[char]) -> f64 {
        let places = through(&self.0, text, vec![(0, 0.0)]);
        let whole = places.last().filter(|(end, _)| *end == text.len());
        whole.map_or(f64::NEG_INFINITY, |(_, log)| *log)
    }

    /// About how many steps it takes at most to read a text of so many characters. A step takes a few nanoseconds.
    ///
    /// ```
    /// use helmholtz_columns::format::Format;
    ///
    /// let format: Format = "(?:(?:a+)+b)+".parse()?;
    /// assert!(format.steps(20) < 1e5 && format.steps(4096) > 1e10);
    /// # Ok::<(), helmholtz_columns::syntax::NotAFormat>(())
    /// ```
    pub fn steps(&self, length: usize) -> f64 {
        steps(&self.0, length as f64)
    }

    /// Whether it generates a text.
    pub fn accepts(&self, text: &[char]) -> bool {
        self.log_prob(text) > f64::NEG_INFINITY
    }
}

/// Steps from all places of a text.
fn steps(parts: &[Part], length: f64) -> f64 {
    let of = |part: &Part| {
        // Each time generates a character or more.
        let times = part.count.most.map_or(length, f64::from).min(length);
        match (&part.atom, part.count.most) {
            (Atom::Group(inside), _) => times * steps(inside, length),
            (Atom::Named(_), _) => times * length * length.min(LONGEST as f64),
            (Atom::Words(words), _) => times * length * words.len() as f64,
            (_, Some(_)) => times * length,
            (_, None) => length,
        }
    };
    parts.iter().map(of).sum()
}

/// Where some parts may end that begin at some places.
pub(crate) fn through(parts: &[Part], text: &[char], mut places: Places) -> Places {
    for part in parts {
        if places.is_empty() {
            break;
        }
        places = part.through(text, &places);
    }
    places
}

/// ln(e^a + e^b).
pub(crate) fn plus(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    match low == f64::NEG_INFINITY {
        true => high,
        false => high + (low - high).exp().ln_1p(),
    }
}

/// The same places, each once and in order.
fn summed(mut places: Places) -> Places {
    if places.len() > 1 {
        places.sort_unstable_by_key(|place| place.0);
        places.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = plus(kept.1, later.1);
            }
            same
        });
    }
    places
}

impl Part {
    /// ln of the probability of a text.
    pub(crate) fn log_prob(&self, text: &[char]) -> f64 {
        let places = self.through(text, &vec![(0, 0.0)]);
        let whole = places.last().filter(|(end, _)| *end == text.len());
        whole.map_or(f64::NEG_INFINITY, |(_, log)| *log)
    }

    fn through(&self, text: &[char], places: &Places) -> Places {
        match &self.atom {
            Atom::Words(_) | Atom::Group(_) | Atom::Named(_) => self.repeated(text, places),
            atom => match self.count.most {
                Some(_) => summed(bounded(self.count, text, places, |c| atom.log_prob(c))),
                None => unbounded(self.count.least, text, places, |c| atom.log_prob(c)),
            },
        }
    }

    /// Of what is longer than a character, one time after another.
    fn repeated(&self, text: &[char], places: &Places) -> Places {
        let once = |places: Places| match &self.atom {
            Atom::Words(words) => words_from(words, text, &places),
            Atom::Group(parts) => through(parts, text, places),
            Atom::Named(name) => named_from(*name, text, &places),
            _ => vec![],
        };
        // A time that generates nothing could be repeated for ever, and says nothing.
        let most = self.count.most.map_or(text.len(), usize::from);
        let (mut places, mut found) = (places.clone(), vec![]);
        for n in 0..=most {
            let log = self.count.log_prob(n);
            if log > f64::NEG_INFINITY {
                found.extend(places.iter().map(|(end, p)| (*end, p + log)));
            }
            if n < most {
                places = once(places);
            }
            if places.is_empty() {
                break;
            }
        }
        summed(found)
    }
}

impl Atom {
    /// The log-probability of a character; -inf of one that it does not generate.
    pub(crate) fn log_prob(&self, character: char) -> f64 {
        match self {
            Self::Literal(own) if *own == character => 0.0,
            Self::Class(class) => class.log_prob(character),
            Self::Set(own) if own.binary_search(&character).is_ok() => -(own.len() as f64).ln(),
            _ => f64::NEG_INFINITY,
        }
    }
}

/// Where words may end: each is as likely.
fn words_from(words: &[String], text: &[char], places: &Places) -> Places {
    let each = -(words.len() as f64).ln();
    let mut found = vec![];
    for &(start, log) in places {
        for word in words {
            let mut rest = text[start..].iter();
            if word.chars().all(|c| rest.next() == Some(&c)) {
                found.push((text.len() - rest.len(), log + each));
            }
        }
    }
    summed(found)
}

/// Where a name may end.
fn named_from(name: Name, text: &[char], places: &Places) -> Places {
    let from = |&(start, log): &(usize, f64)| {
        let ends = name.ends(text, start);
        ends.into_iter().map(move |(end, own)| (end, log + own))
    };
    summed(places.iter().flat_map(from).collect())
}

/// Where between so many and so many characters may end.
fn bounded(count: Count, text: &[char], places: &Places, of: impl Fn(char) -> f64) -> Places {
    let most = count.most.map_or(0, usize::from);
    let (other, usual) = count.logs();
    let mut found = vec![];
    for &(start, log) in places {
        let mut so_far = log;
        for n in 0..=most {
            if n >= usize::from(count.least) {
                let is_usual = count.usual.map(usize::from) == Some(n);
                found.push((start + n, so_far + if is_usual { usual } else { other }));
            }
            so_far += text.get(start + n).map_or(f64::NEG_INFINITY, |c| of(*c));
            if so_far == f64::NEG_INFINITY {
                break;
            }
        }
    }
    found
}

/// Of each law of times ln of its weight, of the chance that it ends, and that it goes on.
static LAWS: LazyLock<[(f64, f64, f64); 3]> = LazyLock::new(|| {
    Count::ONWARD.map(|(weight, onward)| (weight.ln(), (1.0 - onward).ln(), onward.ln()))
});

/// Where so many characters or more may end: one pass over the text.
fn unbounded(least: u16, text: &[char], places: &Places, of: impl Fn(char) -> f64) -> Places {
    // The smallest number first; from there on each place goes on to the next, by each of the laws.
    let first = summed(bounded(Count::exactly(least), text, places, &of));
    let laws = &*LAWS;
    let (mut found, mut first) = (vec![], first.into_iter().peekable());
    let mut going: Option<(usize, [f64; 3])> = None;
    while let Some(end) = going.map(|g| g.0).or(first.peek().map(|f| f.0)) {
        let mut logs = going.map_or([f64::NEG_INFINITY; 3], |g| g.1);
        if let Some((_, begun)) = first.next_if(|f| f.0 == end) {
            for (log, law) in logs.iter_mut().zip(laws) {
                *log = plus(*log, begun + law.0);
            }
        }
        let stops = logs.iter().zip(laws).map(|(log, law)| log + law.1);
        found.push((end, stops.fold(f64::NEG_INFINITY, plus)));
        let next = text.get(end).map_or(f64::NEG_INFINITY, |c| of(*c));
        let goes_on = next > f64::NEG_INFINITY;
        for (log, law) in logs.iter_mut().zip(laws) {
            *log += law.2 + next;
        }
        going = goes_on.then_some((end + 1, logs));
    }
    found
}

#[cfg(test)]
mod tests;
