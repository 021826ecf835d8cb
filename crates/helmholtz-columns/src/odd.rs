//! Values that do not belong: how they come about.

use super::class::Class;
use super::density::plus;
use super::format::Count;
use super::names::Name;
use super::rows::Rows;

/// The law of odd values, read off the rows as far as edits go, so that log p(rows) is no normalised likelihood there: any text, runs of like
/// characters, words, words for nothing, and one edit of a value that stands often.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// Values that stand often, with the share of rows of each.
    frequent: Vec<(Vec<char>, f64)>,
}

/// How odd values come about: any text, runs of like characters, words, words for nothing, one edit. Most errors are of a kind that is
/// known: who calls a value foreign and cannot say how it came about is mistaken more often.
const ODD: [f64; 5] = [0.008, 0.024, 0.002, 0.483, 0.483];

/// A value that stands so often may be mistyped once.
const OFTEN: u64 = 10;
/// Values of which edits are thought of, the most frequent ones.
const FREQUENT: usize = 20;

impl Foreign {
    /// For the rows of a column.
    pub fn new(rows: &Rows) -> Self {
        let total = rows.count() as f64;
        let mut order: Vec<usize> = (0..rows.values.len()).collect();
        order.retain(|v| rows.counts[*v] >= OFTEN);
        order.sort_by_key(|v| std::cmp::Reverse(rows.counts[*v]));
        order.truncate(FREQUENT);
        let frequent = order
            .into_iter()
            .map(|v| (rows.values[v].clone(), rows.counts[v] as f64 / total));
        Self {
            frequent: frequent.collect(),
        }
    }

    /// ln of the probability of a text.
    pub fn log_prob(&self, text: &[char]) -> f64 {
        let edits = self.frequent.iter();
        let edits = edits.map(|(value, share)| share.ln() + edited(value, text));
        let edits = edits.fold(f64::NEG_INFINITY, plus);
        let all = [any(text), runs(text), sentence(text), nothing(text), edits];
        let shared = all.iter().zip(ODD).map(|(log, share)| log + share.ln());
        shared.fold(f64::NEG_INFINITY, plus)
    }
}

/// How values of any column come about: any text, runs, words for nothing, characters of one class, words. If words had less of it
/// than they have of odd values, a word would speak for any column; with a third of it codes are told from words, and names from
/// nothing: of 251 real concepts 88 % of new values are accepted where now 92 % are, at the same rate of others'.
const ANYWHERE: [f64; 5] = [0.23, 0.23, 0.23, 0.23, 0.08];

/// ln of the probability of a text of any column, as far as nothing is known of it.
pub(crate) fn anywhere(text: &[char]) -> f64 {
    let phrase = Name::log_phrase(text);
    let all = [any(text), runs(text), nothing(text), alike(text), phrase];
    let shared = all
        .iter()
        .zip(ANYWHERE)
        .map(|(log, share)| log + share.ln());
    shared.fold(f64::NEG_INFINITY, plus)
}

/// Any text.
fn any(text: &[char]) -> f64 {
    of_class(Class::ANY, Count::from(0), text)
}

/// Characters of one class, of those that codes are made of, each as likely.
fn alike(text: &[char]) -> f64 {
    let classes = [
        Class::DIGIT,
        Class::LOWER,
        Class::UPPER,
        Class::LETTER,
        Class::WORD,
        Class::VISIBLE,
    ];
    let each = classes.map(|class| of_class(class, Count::from(1), text));
    each.into_iter().fold(f64::NEG_INFINITY, plus) - (classes.len() as f64).ln()
}

fn of_class(class: Class, count: Count, text: &[char]) -> f64 {
    count.log_prob(text.len()) + text.iter().map(|c| class.log_prob(*c)).sum::<f64>()
}

/// The chance of a mark behind a sentence, each as likely.
const MARKED: f64 = 0.2;
const MARKS: [char; 6] = [':', '!', '?', ';', ',', '\u{2026}'];

/// Words, perhaps with a mark behind them.
fn sentence(text: &[char]) -> f64 {
    match text.split_last() {
        Some((last, before)) if MARKS.contains(last) => {
            (MARKED / MARKS.len() as f64).ln() + Name::log_phrase(before)
        }
        _ => (1.0 - MARKED).ln() + Name::log_phrase(text),
    }
}

/// How people write that there is nothing, in lower case.
const NOTHING: [&str; 24] = [
    "",
    "-",
    "--",
    "---",
    "?",
    "??",
    ".",
    "*",
    "n/a",
    "na",
    "#n/a",
    "n.a.",
    "nan",
    "null",
    "none",
    "nil",
    "nul",
    "unknown",
    "missing",
    "undefined",
    "tbd",
    "-1",
    "-999",
    "9999",
];

/// ln of the chance of a word for nothing, in lower case, in upper case, or with a capital.
fn nothing(text: &[char]) -> f64 {
    let written: String = text.iter().collect();
    let lower = written.to_lowercase();
    let capital = || {
        let mut rest = lower.chars();
        let first = rest.next().into_iter().flat_map(char::to_uppercase);
        first.chain(rest).collect::<String>()
    };
    let plain = written == lower || written == lower.to_uppercase() || written == capital();
    match plain && NOTHING.contains(&lower.as_str()) {
        true => -((NOTHING.len() * 3) as f64).ln(),
        false => f64::NEG_INFINITY,
    }
}

/// The most characters of a word for nothing.
const LONGEST_NOTHING: usize = 9;

/// Whether a text is a word for nothing.
pub(crate) fn is_nothing(text: &[char]) -> bool {
    // Most texts are longer than all of these.
    text.len() <= LONGEST_NOTHING && nothing(text).is_finite()
}

/// The classes of like characters.
const ALIKE: [Class; 4] = [Class::DIGIT, Class::LOWER, Class::UPPER, Class::ANY];

/// Runs of like characters: how many, and for each its class, its length and its characters.
fn runs(text: &[char]) -> f64 {
    let kind = |c: &char| {
        ALIKE
            .iter()
            .position(|class| class.has(*c))
            .unwrap_or(ALIKE.len() - 1)
    };
    let (mut log, mut count) = (0.0, 0);
    for run in text.chunk_by(|a, b| kind(a) == kind(b)) {
        let class = ALIKE[kind(&run[0])];
        let characters = run.iter().map(|c| class.log_prob(*c)).sum::<f64>();
        log += characters - (ALIKE.len() as f64).ln() + Count::from(1).log_prob(run.len());
        count += 1;
    }
    log + Count::from(0).log_prob(count)
}

/// ln of the chance that one edit makes a text of a value: a character more, one less, another one, or two that changed places,
/// anywhere; -inf if that takes more than one.
pub(crate) fn edited(value: &[char], text: &[char]) -> f64 {
    let begin = value.iter().zip(text).take_while(|(a, b)| a == b).count();
    let (value_end, text_end) = (&value[begin..], &text[begin..]);
    let end = value_end.iter().rev().zip(text_end.iter().rev());
    let end = end.take_while(|(a, b)| a == b).count();
    let (before, after) = (
        &value_end[..value_end.len() - end],
        &text_end[..text_end.len() - end],
    );
    // Kinds of edits, and places.
    let place = -(4.0 * (value.len() + 1) as f64).ln();
    match (before, after) {
        ([], [new]) | ([_], [new]) => place + Class::ANY.log_prob(*new),
        ([_], []) => place,
        ([a, b], [c, d]) if (a, b) == (d, c) => place,
        _ => f64::NEG_INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_single() {
        let chars = |t: &str| -> Vec<char> { t.chars().collect() };
        let edit = |a: &str, b: &str| edited(&chars(a), &chars(b)) > f64::NEG_INFINITY;
        for (one, other) in [
            ("shipped", "shiped"),
            ("shiped", "shipped"),
            ("cat", "cut"),
            ("form", "from"),
            ("", "a"),
        ] {
            assert!(edit(one, other), "{one} {other}");
        }
        assert!(!edit("cat", "cat") && !edit("cat", "dog") && !edit("cat", "cater"));
    }
}
