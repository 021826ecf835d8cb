//! Local parts of addresses, domains and versions: words that are joined by marks and numbers.

use super::words::{LETTERS, UNLIKE};
use crate::density::plus;

/// A text of letters, digits and marks, each of which depends on what stands before it.
pub(super) struct Chain {
    marks: &'static [char],
}

/// The part before `@`.
pub(super) const LOCAL: Chain = Chain {
    marks: &['-', '.', '_', '+', '\''],
};
/// What stands between the dots of a domain.
const LABEL: Chain = Chain { marks: &['-'] };

/// What stands last.
#[derive(Clone, Copy)]
enum Last {
    Start,
    Letter(usize),
    Digit,
    Mark,
}

/// The chances of a letter, a digit, a mark and the end, behind each; behind a letter, where its word ends.
const START: [f64; 4] = [0.92, 0.06, 0.02, 0.0];
const LETTER: [f64; 4] = [0.0, 0.3, 0.2, 0.5];
const DIGIT: [f64; 4] = [0.08, 0.55, 0.12, 0.25];
const MARK: [f64; 4] = [0.8, 0.16, 0.03, 0.01];

impl Last {
    fn chances(self) -> ([f64; 4], f64) {
        match self {
            Self::Start => (START, 0.0),
            Self::Letter(letter) => (LETTER, LETTERS[letter][0]),
            Self::Digit => (DIGIT, 0.0),
            Self::Mark => (MARK, 0.0),
        }
    }
}

/// ln of the chance of a letter that follows another, or begins a word, in lower case mostly; and which it is.
fn letter(before: usize, character: char) -> Option<(f64, usize)> {
    let lower = character.to_ascii_lowercase();
    let next = lower
        .is_ascii_lowercase()
        .then(|| usize::from(lower as u8 - b'a') + 1)?;
    let case = if lower == character {
        1.0 - UNLIKE
    } else {
        UNLIKE
    };
    // A word that begins has a letter.
    let some = if before == 0 {
        1.0 - LETTERS[0][0].exp()
    } else {
        1.0
    };
    Some((LETTERS[before][next] + case.ln() - some.ln(), next))
}

impl Chain {
    /// ln of the chance of a character behind what stands last; nothing of one that is none of its own.
    fn next(&self, last: Last, character: char) -> Option<(f64, Last)> {
        if let Last::Letter(before) = last
            && let Some((log, next)) = letter(before, character)
        {
            return Some((log, Last::Letter(next)));
        }
        let ([letters, digits, marks, _], ended) = last.chances();
        if character.is_ascii_digit() {
            return Some((ended + digits.ln() - 10f64.ln(), Last::Digit));
        }
        if self.marks.contains(&character) {
            let each = marks / self.marks.len() as f64;
            return Some((ended + each.ln(), Last::Mark));
        }
        let (log, next) = letter(0, character)?;
        Some((letters.ln() + log, Last::Letter(next)))
    }

    /// Where one may end that begins a text, with log-probabilities, in order.
    pub(super) fn ends(&self, text: &[char]) -> Vec<(usize, f64)> {
        let (mut log, mut last, mut found) = (0.0, Last::Start, vec![]);
        for (at, c) in text.iter().enumerate() {
            let Some((own, next)) = self.next(last, *c) else {
                break;
            };
            (log, last) = (log + own, next);
            let ([.., end], ended) = last.chances();
            found.push((at + 1, log + ended + end.ln()));
        }
        found
    }
}

/// The chance of one label more before the last.
const LABELS: f64 = 0.35;
/// The ends of most domains; others are of two letters, or of any number of them.
const COMMON: [&str; 8] = ["com", "org", "net", "edu", "gov", "info", "io", "dev"];
const KINDS: [f64; 3] = [0.5, 0.35, 0.15];
/// The chance of one letter more in an end of any number of letters.
const LONGER: f64 = 0.7;

/// ln of the chance of the last label of a domain, of two letters or more.
fn top(label: &[char]) -> f64 {
    let lower: String = label.iter().map(char::to_ascii_lowercase).collect();
    let capitals = label.iter().filter(|c| c.is_ascii_uppercase()).count() as f64;
    let case = capitals * UNLIKE.ln() + (label.len() as f64 - capitals) * (1.0 - UNLIKE).ln();
    let letters = label.len() as f64;
    let each = -letters * 26f64.ln();
    let common = match COMMON.contains(&lower.as_str()) {
        true => (KINDS[0] / COMMON.len() as f64).ln(),
        false => f64::NEG_INFINITY,
    };
    let two = match label.len() {
        2 => KINDS[1].ln() + each,
        _ => f64::NEG_INFINITY,
    };
    let any = (KINDS[2] * (1.0 - LONGER)).ln() + (letters - 2.0) * LONGER.ln() + each;
    case + plus(plus(common, two), any)
}

/// Where a domain may end that begins a text, with log-probabilities, in order.
pub(super) fn domain(text: &[char]) -> Vec<(usize, f64)> {
    let (mut found, mut start, mut log) = (vec![], 0, (1.0 - LABELS).ln() - LABELS.ln());
    loop {
        let rest = &text[start..];
        let letters = rest.iter().take_while(|c| c.is_ascii_alphabetic()).count();
        if start > 0 {
            let ends = 2..=letters;
            found.extend(ends.map(|n| (start + n, log + top(&rest[..n]))));
        }
        let label = LABEL.ends(rest).into_iter();
        let dotted = label.rev().find(|(end, _)| rest.get(*end) == Some(&'.'));
        let Some((end, own)) = dotted else {
            return found;
        };
        (start, log) = (start + end + 1, log + own + LABELS.ln());
    }
}

/// What may stand behind the numbers of a version and `-` or `+`, and how often something does.
const TAG: Chain = Chain {
    marks: &['-', '.', '+'],
};
const TAGGED: f64 = 0.1;

/// What versions are for engines of regular expressions.
pub(super) const VERSION: &str =
    r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){2}(?:[+\-][0-9A-Za-z.+\-]+)?";

/// Where a version may end that begins a text, such as 1.0.12-rc.1: three numbers below 1000, of which smaller ones are likelier.
pub(super) fn version(text: &[char]) -> Vec<(usize, f64)> {
    // (end, ln) after each choice of how many digits are read of a number: the last may be cut.
    let mut places = vec![(0, 0.0)];
    for k in 0..3 {
        let after_dot = |(at, log): (usize, f64)| match k {
            0 => Some((at, log)),
            _ => (text.get(at) == Some(&'.')).then_some((at + 1, log)),
        };
        let starts = places.into_iter().filter_map(after_dot);
        let numbers = |(at, log): (usize, f64)| {
            let each = small_numbers(&text[at..]).into_iter();
            each.map(move |(length, own)| (at + length, log + own))
        };
        places = starts.flat_map(numbers).collect();
    }
    let mut found: Vec<(usize, f64)> = places
        .iter()
        .map(|(at, log)| (*at, log + (1.0 - TAGGED).ln()))
        .collect();
    for (at, log) in places {
        if text.get(at).is_some_and(|c| ['-', '+'].contains(c)) {
            let tags = TAG.ends(&text[at + 1..]).into_iter();
            let cost = log + (TAGGED / 2.0).ln();
            found.extend(tags.map(|(length, own)| (at + 1 + length, cost + own)));
        }
    }
    found
}

/// The numbers below 1000 that begin a text, without zeros in front: n with the chance 1 / ((n + 1) (n + 2)).
fn small_numbers(text: &[char]) -> Vec<(usize, f64)> {
    let digits = text.iter().take(3).map_while(|c| c.to_digit(10));
    let mut number = 0;
    let mut found = vec![];
    for (at, digit) in digits.enumerate() {
        if at > 0 && number == 0 {
            break;
        }
        number = 10 * number + digit;
        let n = f64::from(number);
        found.push((at + 1, -((n + 1.0) * (n + 2.0)).ln()));
    }
    found
}
