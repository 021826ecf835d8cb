//! Words and phrases: what people call things.
//!
//! A word costs what its letters cost that follow each other, which is less than a code of as many letters: that is how a column of
//! names is told from one of codes, and why it is told without lengths. The next name is longer or shorter than all before.

use std::sync::LazyLock;

use helmholtz_math::random::Stream;

use super::letters::FOLLOWING;
use crate::class::Class;
use crate::density::plus;

/// What is written: a word in one of three ways, or words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// One in lower case.
    Lower,
    /// One with a capital; capitals inside it are rare.
    Capital,
    /// One in upper case.
    Upper,
    /// Several words, with blanks and marks between them.
    Phrase,
    /// The same where most words have a capital.
    Title,
}

/// The ways to write a word.
const WAYS: [Words; 3] = [Words::Capital, Words::Lower, Words::Upper];
/// How likely each way is in phrases, and where most words have a capital.
const PHRASE: [f64; 3] = [0.3, 0.65, 0.05];
const TITLE: [f64; 3] = [0.9, 0.07, 0.03];
/// The chance of a letter that is written in another way than the rest of its word.
pub(super) const UNLIKE: f64 = 0.01;
/// The chance of a letter beyond a to z: half of them are those of European languages, a quarter others of Latin scripts.
const BEYOND: f64 = 0.04;
/// Those of European languages, with few others among them: how many there are.
const EUROPEAN: std::ops::RangeInclusive<char> = 'À'..='ſ';
const MANY: f64 = 192.0;

/// What follows a word of a phrase: its end, a blank, or another mark.
const FOLLOWS: [f64; 3] = [0.5, 0.4, 0.1];
/// The chance that a mark is followed by another, and not by a word.
const MARKS: f64 = 0.2;
/// What stands between words.
const BETWEEN: [char; 11] = [' ', ',', '.', '\'', '’', '-', '&', '/', '(', ')', ':'];
/// What may end a phrase behind its last word, with the chance of it.
const CLOSES: [(char, f64); 2] = [(')', 0.02), ('.', 0.02)];

/// ln of the chances of what follows each letter, or begins a word.
pub(super) static LETTERS: LazyLock<[[f64; 27]; 27]> = LazyLock::new(|| {
    FOLLOWING.map(|row| {
        let smooth = row.map(|n| f64::from(n) + 0.5);
        let all = smooth.iter().sum::<f64>();
        smooth.map(|n| (n / all).ln())
    })
});

/// A word under way: what its letters cost by each way to write it, and the last of them.
#[derive(Clone, Copy)]
struct Word {
    ways: [f64; 3],
    last: usize,
    letters: usize,
}

impl Word {
    fn begun(words: Words) -> Self {
        let ways = match words {
            Words::Phrase => PHRASE.map(f64::ln),
            Words::Title => TITLE.map(f64::ln),
            one => WAYS.map(|way| if one == way { 0.0 } else { f64::NEG_INFINITY }),
        };
        Self {
            ways,
            last: 0,
            letters: 0,
        }
    }

    /// With one more letter. Where the word stands alone it is written strictly, but for a capital inside.
    fn with(mut self, letter: char, words: Words) -> Self {
        let lower = letter.to_ascii_lowercase();
        let log = match lower.is_ascii_lowercase() {
            true => {
                let next = usize::from(lower as u8 - b'a') + 1;
                let log = LETTERS[self.last][next] + (1.0 - BEYOND).ln();
                self.last = next;
                log
            }
            // What follows is as after the letter before.
            false => beyond(letter) + (1.0 - LETTERS[self.last][0].exp()).ln(),
        };
        let is_upper = Class::UPPERCASE.has(letter);
        let is_lower = Class::LOWERCASE.has(letter);
        for (way, total) in WAYS.iter().zip(&mut self.ways) {
            let fits = match way {
                Words::Capital if self.letters == 0 => is_upper,
                Words::Upper => is_upper,
                _ => is_lower,
            };
            let strict = !words.are_several() && (*way != Words::Capital || self.letters == 0);
            *total += log
                + match (fits, strict) {
                    (true, true) => 0.0,
                    (true, false) => (1.0 - UNLIKE).ln(),
                    (false, true) => f64::NEG_INFINITY,
                    (false, false) => UNLIKE.ln(),
                };
        }
        self.letters += 1;
        self
    }

    /// ln of the probability that it ends here, where every word has a letter.
    fn ended(&self) -> f64 {
        let ways = self.ways.iter().copied().fold(f64::NEG_INFINITY, plus);
        ways + LETTERS[self.last][0] - (1.0 - LETTERS[0][0].exp()).ln()
    }
}

/// ln of the chance of a letter that is not of a to z.
fn beyond(letter: char) -> f64 {
    let european = match EUROPEAN.contains(&letter) {
        true => 0.5f64.ln() - MANY.ln(),
        false => f64::NEG_INFINITY,
    };
    let others = plus(
        Class::LATIN.log_beyond(letter),
        Class::ALPHABETIC.log_beyond(letter),
    );
    plus(european, others + 0.25f64.ln()) + BEYOND.ln()
}

/// What stands last of a phrase.
enum Last {
    Word(Word),
    Mark,
}

impl Last {
    /// ln of the probability that a word ends here; -inf of a mark, which ends nothing.
    fn ended(&self) -> f64 {
        match self {
            Self::Word(word) => word.ended(),
            Self::Mark => f64::NEG_INFINITY,
        }
    }
}

impl Words {
    /// Whether it is of phrases.
    pub(super) fn are_several(self) -> bool {
        matches!(self, Self::Phrase | Self::Title)
    }

    /// Where one may end that begins a text, with log-probabilities, in order.
    pub(super) fn ends(self, text: &[char]) -> Vec<(usize, f64)> {
        let Some(first) = text.first().filter(|c| Class::ALPHABETIC.has(**c)) else {
            return vec![];
        };
        let word = Last::Word(Word::begun(self).with(*first, self));
        let (mut before, mut last) = (0.0, word);
        let mut found = self.ended(1, before + last.ended(), text);
        for (at, c) in text.iter().enumerate().skip(1) {
            let Some((paid, next)) = self.next(&last, *c) else {
                break;
            };
            (before, last) = (before + paid, next);
            found.extend(self.ended(at + 1, before + last.ended(), text));
        }
        found.retain(|(_, log)| log.is_finite());
        found
    }

    /// Where it ends that has come to a place.
    fn ended(self, at: usize, log: f64, text: &[char]) -> Vec<(usize, f64)> {
        if !self.are_several() {
            return vec![(at, log)];
        }
        let log = log + FOLLOWS[0].ln();
        let none = 1.0 - CLOSES.iter().map(|c| c.1).sum::<f64>();
        let next = text.get(at);
        let closed = CLOSES.iter().find(|(mark, _)| next == Some(mark));
        let closed = closed.map(|(_, chance)| (at + 1, log + chance.ln()));
        std::iter::once((at, log + none.ln()))
            .chain(closed)
            .collect()
    }

    /// What stands last after one more character, and what was paid for what ended before it; nothing where it cannot go on so.
    fn next(self, last: &Last, c: char) -> Option<(f64, Last)> {
        let is_letter = Class::ALPHABETIC.has(c);
        if !self.are_several() {
            return match last {
                Last::Word(word) if is_letter => Some((0.0, Last::Word(word.with(c, self)))),
                _ => None,
            };
        }
        let [_, blank, mark] = FOLLOWS;
        let others = (BETWEEN.len() - 1) as f64;
        let new_mark = if c == ' ' { blank } else { mark / others };
        Some(match last {
            Last::Word(word) if is_letter => (0.0, Last::Word(word.with(c, self))),
            Last::Mark if is_letter => {
                let word = Word::begun(self).with(c, self);
                ((1.0 - MARKS).ln(), Last::Word(word))
            }
            _ if !BETWEEN.contains(&c) => return None,
            Last::Word(word) => (word.ended() + new_mark.ln(), Last::Mark),
            Last::Mark => (MARKS.ln() - (BETWEEN.len() as f64).ln(), Last::Mark),
        })
    }

    /// The formats that generate the same.
    pub(super) fn regex(self) -> String {
        match self {
            Self::Lower => Class::LOWERCASE.to_string() + "+",
            Self::Upper => Class::UPPERCASE.to_string() + "+",
            Self::Capital => format!("{}{}*", Class::UPPERCASE, Class::ALPHABETIC),
            Self::Phrase | Self::Title => {
                let letter = Class::ALPHABETIC;
                format!("{letter}+(?:[ &'’(),./:\\-]+{letter}+)*[).]?")
            }
        }
    }

    /// A word as the law has it, or two of them: of letters from a to z.
    pub(super) fn sample(self, stream: &mut Stream) -> String {
        let lower = spoken(stream);
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        match self {
            Self::Lower => lower,
            Self::Upper => lower.to_ascii_uppercase(),
            Self::Capital => capital(&lower),
            Self::Phrase => format!("{lower} {}", spoken(stream)),
            Self::Title => format!("{} {}", capital(&lower), capital(&spoken(stream))),
        }
    }
}

/// The fewest letters of a word that is drawn: shorter ones look like accidents.
const SHORTEST: usize = 3;

/// Letters that follow each other, in lower case.
fn spoken(stream: &mut Stream) -> String {
    let (mut word, mut last) = (String::new(), 0);
    loop {
        match stream.categorical(&LETTERS[last].map(f64::exp)) {
            Some(letter @ 1..) => {
                word.push(char::from(b'a' + letter as u8 - 1));
                last = letter;
            }
            _ if word.len() < SHORTEST => (word, last) = (String::new(), 0),
            _ => return word,
        }
    }
}
