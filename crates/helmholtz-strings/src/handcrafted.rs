//! Programs written by hand-made rules, to pre-train the guide before there is a learned prior.
//!
//! A network that has never seen a program spends its first hours learning that digits come in runs
//! and that dates have separators. These rules draw programs that look like the columns of a
//! spreadsheet: one to six segments (words, runs of a class, numbers with optional signs and
//! decimals), joined by separators of which a program tends to reuse one, with an occasional optional
//! tail, repeated group or choice. They are broad rather than right: every token and every character
//! occurs, and learning corrects the frequencies.

use super::alphabet::{CHARACTERS, Class, index_of};
use super::grammar::Grammar;
use super::program::Regex;
use super::token::Token;
use helmholtz_math::random::Stream;

/// Characters that separate or decorate, the commoner ones more than once.
const SEPARATORS: &str = "---///...,,::__   #$%()@&;=+*'\"[]<>|!?^~{}\\`\t";

/// Draws a canonical program of at most `max_tokens` tokens (at least one).
///
/// ```
/// use helmholtz_strings::grammar::Grammar;
/// use helmholtz_strings::handcrafted::sample_program;
/// use helmholtz_math::random::Stream;
/// let mut rng = Stream::at([1, 0, 0, 0]);
/// let program = sample_program(&mut rng, 20);
/// assert!(Grammar::new(20)?.accepts(&program));
/// # Ok::<(), helmholtz_strings::grammar::LimitOutOfRange>(())
/// ```
pub fn sample_program(rng: &mut Stream, max_tokens: usize) -> Regex {
    let mut writer = Writer {
        separator: separator(rng),
        rng,
    };
    let mut tokens = Vec::new();
    for segment in 0..1 + writer.rng.below(6) {
        let mut new = Vec::new();
        if segment > 0 && writer.coin(0.5) {
            new.push(writer.joint());
        }
        new.extend(writer.segment());
        if tokens.len() + new.len() <= max_tokens {
            tokens.extend(new);
        }
    }
    // Reading removes the brackets of a choice that turned out to stand alone.
    let read = Regex::from_tokens(&tokens).ok();
    let canonical = |regex: &Regex| {
        Grammar::new(max_tokens.min(Grammar::MAX_TOKENS)).is_ok_and(|g| g.accepts(regex))
    };
    read.filter(canonical).unwrap_or_else(|| Class::Any.into())
}

/// Writes the tokens of one segment.
type Rule<W> = fn(&mut W) -> Vec<Token>;

struct Writer<'a> {
    /// The separator this program prefers.
    separator: Token,
    rng: &'a mut Stream,
}

/// The token of a character of the alphabet, which the characters of this file are.
fn literal(character: char) -> Token {
    index_of(character)
        .and_then(Token::literal)
        .unwrap_or(Token::class(Class::Any))
}

fn separator(rng: &mut Stream) -> Token {
    let choices: Vec<char> = SEPARATORS.chars().collect();
    literal(choices[rng.below(choices.len())])
}

impl Writer<'_> {
    /// The kinds of segment and how often each is written.
    const RULES: [(f64, Rule<Self>); 8] = [
        (6.0, Self::class_run),
        (4.0, Self::word),
        (1.0, Self::number),
        (1.0, |writer| vec![writer.joint()]),
        (0.4, |writer| vec![writer.any_literal()]),
        (0.7, Self::optional_tail),
        (0.7, Self::repeated_group),
        (0.8, Self::choice),
    ];

    fn coin(&mut self, probability: f64) -> bool {
        self.rng.uniform() < probability
    }

    fn segment(&mut self) -> Vec<Token> {
        let weights = Self::RULES.map(|(weight, _)| weight);
        let chosen = self.rng.categorical(&weights).unwrap_or(0);
        Self::RULES[chosen].1(self)
    }

    /// The program's own separator as a rule, or another one.
    fn joint(&mut self) -> Token {
        if self.coin(0.6) {
            self.separator
        } else {
            separator(self.rng)
        }
    }

    fn any_literal(&mut self) -> Token {
        let character = self.rng.below(CHARACTERS) as u8;
        Token::literal(character).unwrap_or(self.separator)
    }

    fn class(&mut self) -> Token {
        const WEIGHTS: [f64; 6] = [0.4, 5.0, 0.3, 1.5, 2.0, 2.5];
        Token::class(Class::ALL[self.rng.categorical(&WEIGHTS).unwrap_or(1)])
    }

    /// `\d\d\d`, `\d\d?`, `\u+`, `.*`.
    fn class_run(&mut self) -> Vec<Token> {
        let class = self.class();
        if self.coin(0.35) {
            let operator = if self.coin(0.8) {
                Token::PLUS
            } else {
                Token::STAR
            };
            return vec![class, operator];
        }
        // Short runs are commoner: the smaller of two draws.
        let length = 1 + self.rng.below(8).min(self.rng.below(8));
        let mut run = vec![class; length];
        if self.coin(0.15) {
            run.push(Token::MAYBE);
        }
        run
    }

    /// One to five letters or digits, of one case.
    fn word(&mut self) -> Vec<Token> {
        let alphabets = [Class::Upper, Class::Lower, Class::Lower, Class::Digit];
        let class = alphabets[self.rng.below(alphabets.len())];
        let capital = class == Class::Lower && self.coin(0.25);
        let length = 1 + self.rng.below(5);
        let case = |i| {
            if i == 0 && capital {
                Class::Upper
            } else {
                class
            }
        };
        (0..length).map(|i| self.member(case(i))).collect()
    }

    fn member(&mut self, class: Class) -> Token {
        let members: Vec<u8> = class.members().collect();
        Token::literal(members[self.rng.below(members.len())]).unwrap_or(Token::class(class))
    }

    /// `-?\d+\.\d\d`, `$\d+`, `\d+%`.
    fn number(&mut self) -> Vec<Token> {
        let digit = Token::class(Class::Digit);
        let mut number = match self.rng.below(4) {
            0 | 1 => vec![literal('-'), Token::MAYBE],
            2 => vec![literal('$')],
            _ => vec![],
        };
        number.push(digit);
        if self.coin(0.6) {
            number.push(Token::PLUS);
        }
        if self.coin(0.6) {
            number.push(literal('.'));
            number.extend(vec![digit; 1 + self.rng.below(3)]);
        }
        if self.coin(0.15) {
            number.push(literal('%'));
        }
        number
    }

    /// `(-\d+)?`
    fn optional_tail(&mut self) -> Vec<Token> {
        let mut tail = vec![Token::OPEN, self.joint()];
        tail.extend(self.class_run());
        tail.extend([Token::CLOSE, Token::MAYBE]);
        tail
    }

    /// `(,\u)*`
    fn repeated_group(&mut self) -> Vec<Token> {
        let mut group = vec![Token::OPEN, self.joint(), self.class()];
        if self.coin(0.4) {
            group.push(Token::PLUS);
        }
        let operator = if self.coin(0.6) {
            Token::STAR
        } else {
            Token::PLUS
        };
        group.extend([Token::CLOSE, operator]);
        group
    }

    /// `(ab|cd)`, `(\d|\u)+`
    fn choice(&mut self) -> Vec<Token> {
        let mut choice = vec![Token::OPEN];
        for branch in 0..2 + usize::from(self.coin(0.3)) {
            if branch > 0 {
                choice.push(Token::OR);
            }
            if self.coin(0.5) {
                choice.push(self.class());
            } else {
                choice.extend(self.word());
            }
        }
        choice.push(Token::CLOSE);
        let operators = [Token::STAR, Token::PLUS, Token::MAYBE];
        if self.coin(0.4) {
            choice.push(operators[self.rng.below(operators.len())]);
        }
        choice
    }
}

#[cfg(test)]
mod tests;
