//! Accidents: texts that a format all but generates, with blanks around them, cut short, with one edit, or without the zeros in front.
//!
//! A value with a blank too many is no new format, and one that ends in its middle is none either. Such a value is foreign, and
//! known to be. A third each of all accidents are padded, cut, and edited; of codes half are some that were taken for numbers.

mod edited;

use super::class::Class;
use super::density::{Places, plus, through};
use super::format::{Atom, Count, Format, Part};

/// The share of the plain blank among blanks, and how many others there are.
const PLAIN: f64 = 0.7;
const OTHERS: f64 = 24.0;

impl Format {
    /// ln of the probability that an accident of this format is a text; -inf of one that is none. `zeros`: whether its values have
    /// zeros in front, that may be lost.
    pub(crate) fn accident(&self, text: &[char], zeros: bool) -> f64 {
        let all = plus(plus(self.padded(text), self.cut(text)), self.edited(text));
        let half = all - 3f64.ln();
        match zeros {
            true => plus(half, self.without_zeros(text)) - 2f64.ln(),
            false => half,
        }
    }

    /// Whether it is a code of so many digits.
    pub(crate) fn is_code(&self) -> bool {
        self.digits().is_some()
    }

    /// Of how many digits it is, if it is nothing else.
    fn digits(&self) -> Option<usize> {
        let digits = |part: &Part| {
            let often = part.count.most.filter(|most| *most == part.count.least)?;
            let is_one = match &part.atom {
                Atom::Class(class) => *class == Class::DIGIT,
                Atom::Set(members) => members.iter().all(char::is_ascii_digit),
                Atom::Literal(character) => character.is_ascii_digit(),
                _ => false,
            };
            is_one.then_some(usize::from(often))
        };
        let all: Option<usize> = self.0.iter().map(digits).sum();
        all.filter(|all| *all > 0)
    }

    /// A code of so many digits lost one zero in front, two with half the chance, and so on; its other digits are as likely.
    fn without_zeros(&self, text: &[char]) -> f64 {
        let lost = self
            .digits()
            .and_then(|digits| digits.checked_sub(text.len()));
        let digits =
            text.iter().all(char::is_ascii_digit) && text.first().is_some_and(|c| *c != '0');
        match lost {
            // The first of the digits that are left is no zero.
            Some(lost @ 1..) if digits => {
                -2f64.ln() * lost as f64 - 9f64.ln() - 10f64.ln() * (text.len() - 1) as f64
            }
            _ => f64::NEG_INFINITY,
        }
    }

    /// Before, behind, or on both sides there is a blank or more.
    fn padded(&self, text: &[char]) -> f64 {
        let Some(first) = text.iter().position(|c| !c.is_whitespace()) else {
            return f64::NEG_INFINITY;
        };
        let last = text.iter().rposition(|c| !c.is_whitespace());
        let last = last.unwrap_or(first) + 1;
        let (before, behind) = (&text[..first], &text[last..]);
        if before.is_empty() && behind.is_empty() {
            return f64::NEG_INFINITY;
        }
        blanks(before) + blanks(behind) - 3f64.ln() + self.log_prob(&text[first..last])
    }

    /// The text ends in some part, each as likely, and in how often that stands, each as likely. What is cut lacks a mark, or some of
    /// so many characters. What lacks only a word or two is none, nor is a format with a phrase, which has any number of words.
    fn cut(&self, text: &[char]) -> f64 {
        if self.0.iter().any(is_phrase) {
            return f64::NEG_INFINITY;
        }
        let (mut places, mut all) = (vec![(0, 0.0)], f64::NEG_INFINITY);
        let last_mark = self.0.iter().rposition(is_mark);
        for (i, part) in self.0.iter().enumerate() {
            if is_of_length(part) || last_mark.is_some_and(|last| i <= last) {
                let ends = through(&[begun(part)], text, places.clone());
                all = plus(all, whole(&ends, text.len()));
            }
            places = through(std::slice::from_ref(part), text, places);
            if places.is_empty() {
                break;
            }
        }
        all - (self.0.len().max(1) as f64).ln()
    }
}

/// Whether a part is so many characters of a class.
fn is_of_length(part: &Part) -> bool {
    let many = part.count.least > 1 && part.count.most == Some(part.count.least);
    many && matches!(part.atom, Atom::Class(_) | Atom::Set(_))
}

fn is_phrase(part: &Part) -> bool {
    matches!(part.atom, Atom::Named(name) if name.is_phrase())
}

/// Whether a part is a mark that always stands there.
fn is_mark(part: &Part) -> bool {
    let mark = |c: char| !c.is_alphanumeric() && !c.is_whitespace();
    part.count.least > 0 && matches!(part.atom, Atom::Literal(c) if mark(c))
}

/// A part that is not yet over, which stands less often than it may.
fn begun(part: &Part) -> Part {
    let most = part.count.most.map(|most| most.saturating_sub(1));
    Part {
        atom: part.atom.clone(),
        count: Count {
            least: 0,
            most,
            usual: None,
        },
    }
}

fn whole(places: &Places, length: usize) -> f64 {
    let last = places.last().filter(|(end, _)| *end == length);
    last.map_or(f64::NEG_INFINITY, |(_, log)| *log)
}

/// ln of the probability of blanks, of which there are none at no cost.
fn blanks(text: &[char]) -> f64 {
    let each = |c: &char| match c {
        ' ' => PLAIN.ln(),
        _ => ((1.0 - PLAIN) / OTHERS).ln(),
    };
    match text.is_empty() {
        true => 0.0,
        false => Count::from(1).log_prob(text.len()) + text.iter().map(each).sum::<f64>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accident(format: &str, text: &str) -> f64 {
        let text: Vec<char> = text.chars().collect();
        format.parse::<Format>().unwrap().accident(&text, true)
    }

    #[test]
    fn blanks_around_a_value_are_an_accident() {
        for text in [" AB12", "AB12 ", "AB12\u{a0}", "  AB12\t"] {
            assert!(accident("[A-Z]{2}[0-9]{2}", text) > -30.0, "{text:?}");
        }
        assert!(accident("[A-Z]{2}[0-9]{2}", " AB1x") == f64::NEG_INFINITY);
        assert!(accident("[A-Z]{2}[0-9]{2}", " ") == f64::NEG_INFINITY);
    }

    #[test]
    fn a_value_that_ends_too_soon_is_an_accident() {
        let log = accident(r#"\{"id": [0-9]{3}, "tag": (?:a|b)\}"#, r#"{"id": 12"#);
        // It ends in the seventh of thirteen parts and a few, in which two digits of up to two stand.
        assert!(log > -13.0 && log < -8.0, "{log}");
        assert!(accident("[0-9]{4}", "12x") == f64::NEG_INFINITY);
        // A phrase that lacks a word.
        assert!(accident("<Words> & <Word> <Word>", "Road & Street") == f64::NEG_INFINITY);
    }

    #[test]
    fn a_code_may_lose_its_zeros() {
        let format: Format = "[0-9]{5}".parse().unwrap();
        let log = |text: &str| format.without_zeros(&text.chars().collect::<Vec<_>>());
        assert!(log("7307").is_finite() && log("501").is_finite());
        let begun: Format = "0[0-9]{3}[05]".parse().unwrap();
        assert!(begun.is_code() && begun.without_zeros(&['7', '5']).is_finite());
        assert!(
            ["12345", "0307", "73a", ""]
                .iter()
                .all(|t| log(t) == f64::NEG_INFINITY)
        );
    }

    /// Whatever is cut is one of few: all texts of a small format sum to no more than one.
    #[test]
    fn accidents_are_a_law() {
        let format: Format = "a[bc]{2}-".parse().unwrap();
        let letters = ['a', 'b', 'c', '-', ' '];
        let mut sum = 0.0;
        for length in 0..=6u32 {
            for mut number in 0..5usize.pow(length) {
                let text: Vec<char> = (0..length)
                    .map(|_| {
                        let c = letters[number % 5];
                        number /= 5;
                        c
                    })
                    .collect();
                sum += format.accident(&text, false).exp();
            }
        }
        assert!(sum > 0.5 && sum <= 1.0 + 1e-9, "{sum}");
    }
}
