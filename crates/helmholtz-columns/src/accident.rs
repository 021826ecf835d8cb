//! Accidents: texts that a format all but generates, with blanks around them, cut short, or without the zeros in front.
//!
//! A value with a blank too many is no new format, and one that ends in its middle is none either. Such a value is foreign, and
//! known to be. Half of all accidents are padded, half are cut; of codes half are some that were taken for numbers.

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
        let half = plus(self.padded(text), self.cut(text)) - 2f64.ln();
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
        match self.0[..] {
            [
                Part {
                    atom: Atom::Class(Class::DIGIT),
                    count,
                },
            ] if count.most == Some(count.least) => Some(usize::from(count.least)),
            _ => None,
        }
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

    /// The text ends in some part, each as likely, and in how often that stands, each as likely.
    fn cut(&self, text: &[char]) -> f64 {
        let (mut places, mut all) = (vec![(0, 0.0)], f64::NEG_INFINITY);
        for part in &self.0 {
            let ends = through(&[begun(part)], text, places.clone());
            all = plus(all, whole(&ends, text.len()));
            places = through(std::slice::from_ref(part), text, places);
            if places.is_empty() {
                break;
            }
        }
        all - (self.0.len().max(1) as f64).ln()
    }
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
    }

    #[test]
    fn a_code_may_lose_its_zeros() {
        let format: Format = "[0-9]{5}".parse().unwrap();
        let log = |text: &str| format.without_zeros(&text.chars().collect::<Vec<_>>());
        assert!(log("7307").is_finite() && log("501").is_finite());
        assert!(
            ["12345", "0307", "73a", ""]
                .iter()
                .all(|t| log(t) == f64::NEG_INFINITY)
        );
    }

    /// Whatever is cut is one of few: all texts of a small format sum to no more than one.
    #[test]
    fn accidents_are_a_law() {
        let format: Format = "a[bc]{1,2}d?".parse().unwrap();
        let letters = ['a', 'b', 'c', 'd', ' '];
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
