//! Which token may come next: a mask that leaves only well-formed, canonical, short enough programs.
//!
//! Prior and guide write programs token by token. Left alone they would spend probability on
//! sequences that are no program, on programs cut off by the length limit, and on synonyms: `(ab)c`
//! beside `abc`, `(a*)*` beside `a*`. A memory of synonyms is a memory of one program, so the mask
//! removes them where it is free. A bracket must have a reason:
//!
//! - a bracket without a `|` of its own holds at least two items and takes an operator;
//! - a bracket with a `|` takes an operator or shares its branch with another item;
//! - operators do not stack, and nothing is empty.
//!
//! The mask is exact: a token is allowed if and only if some completion fits the limit. That is
//! what makes the masked distributions sum to one. The fewest tokens still needed follow from one
//! observation: filling up with atoms and closing brackets is never longer than any other way to
//! finish. The tests check this against a search.

use super::program::Regex;
use super::token::{Kind, Token};

/// The grammar of canonical programs of at most a given number of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar {
    max_tokens: u8,
}

/// A length limit that the grammar cannot work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("programs of at most {0} tokens: choose a limit from 1 to 128")]
pub struct LimitOutOfRange(pub usize);

/// A set of kinds: those that may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mask(u8);

/// A prefix of a program, as far as it matters for what may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// Tokens that may still be written.
    remaining: u8,
    /// The innermost open bracket's level; 0 is outside of all brackets.
    depth: u8,
    /// Items in the branch being written: 0, 1, or 2 for more.
    items: u8,
    /// What was written last in this branch.
    last: Last,
    /// Tokens needed to close all brackets but the innermost.
    debt: u8,
    /// Bit d: level d's branch had an item before the bracket that is open in it.
    filled: u64,
    /// Bit d: level d has a `|`.
    alternated: u64,
}

/// No token makes the shortest completion longer by more than this: `(` needs `aa)*` at worst.
const LARGEST_DETOUR: u8 = 4;

/// What was written last in the current branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Last {
    /// Nothing yet: an item must come.
    Nothing,
    /// An item that may take an operator.
    Item,
    /// An item with its operator.
    Operated,
    /// A bracket without `|`, which must take an operator.
    Bracket,
    /// A bracket with `|`, first in its branch: must take an operator or be followed by an item.
    LoneChoice,
}

impl Mask {
    /// Whether tokens of this kind may come next.
    pub const fn allows(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether this token may come next.
    pub const fn allows_token(self, token: Token) -> bool {
        self.allows(token.kind())
    }

    /// The bit set: bit k is the k-th of [`Kind::ALL`].
    pub const fn bits(self) -> u8 {
        self.0
    }
}

impl Grammar {
    /// The largest limit, so that bracket levels fit a machine word.
    pub const MAX_TOKENS: usize = 128;

    /// The grammar of programs of at most `max_tokens` tokens, the end token not counted.
    ///
    /// # Errors
    /// A limit of 0, or above [`Grammar::MAX_TOKENS`].
    pub fn new(max_tokens: usize) -> Result<Self, LimitOutOfRange> {
        match max_tokens {
            1..=Self::MAX_TOKENS => Ok(Self {
                max_tokens: max_tokens as u8,
            }),
            _ => Err(LimitOutOfRange(max_tokens)),
        }
    }

    /// The length limit, the end token not counted.
    pub fn max_tokens(self) -> usize {
        self.max_tokens.into()
    }

    /// The empty prefix.
    ///
    /// ```
    /// use helmholtz_strings::grammar::Grammar;
    /// use helmholtz_strings::token::{Kind, Token};
    /// let mut state = Grammar::new(2)?.start();
    /// state.push(Token::from_index(0).unwrap());
    /// assert!(state.allowed().allows(Kind::End) && state.allowed().allows(Kind::Postfix));
    /// assert!(!state.allowed().allows(Kind::Or)); // `a|` cannot be finished with two tokens
    /// # Ok::<(), helmholtz_strings::grammar::LimitOutOfRange>(())
    /// ```
    pub fn start(self) -> State {
        State {
            remaining: self.max_tokens,
            depth: 0,
            items: 0,
            last: Last::Nothing,
            debt: 0,
            filled: 0,
            alternated: 0,
        }
    }

    /// Whether a program is canonical and within the limit.
    pub fn accepts(self, regex: &Regex) -> bool {
        self.accepts_tokens(regex.tokens())
    }

    /// Whether a token sequence, without its end token, can be written under the masks.
    pub fn accepts_tokens(self, tokens: &[Token]) -> bool {
        let mut state = self.start();
        let mut steps = tokens.iter().chain([&Token::END]);
        steps.all(|&token| {
            let allowed = state.allowed().allows_token(token);
            state.push(token);
            allowed
        })
    }

    /// The masks met on the way through `tokens` (without the end token): one before each token,
    /// and the last one for the end.
    pub fn masks(self, tokens: &[Token]) -> Vec<Mask> {
        let mut state = self.start();
        let mut masks = Vec::with_capacity(tokens.len() + 1);
        for &token in tokens {
            masks.push(state.allowed());
            state.push(token);
        }
        masks.push(state.allowed());
        masks
    }
}

impl State {
    /// The kinds that may come next: those after which the program can be finished in time.
    pub fn allowed(&self) -> Mask {
        // Far from the limit there is nothing to check: this is most of the time.
        let roomy = self.remaining > self.needed().saturating_add(LARGEST_DETOUR);
        let mut bits = 0;
        for kind in Kind::ALL {
            if self.is_legal(kind) && (roomy || self.fits(kind)) {
                bits |= 1 << kind as u8;
            }
        }
        Mask(bits)
    }

    /// Writes an allowed token. After one that is not allowed the state means nothing.
    pub fn push(&mut self, token: Token) {
        *self = self.after(token.kind());
    }

    fn fits(&self, kind: Kind) -> bool {
        kind == Kind::End || (self.remaining > 0 && self.after(kind).needed() < self.remaining)
    }

    /// Whether the grammar lets `kind` follow, the limit aside.
    fn is_legal(&self, kind: Kind) -> bool {
        let complete = matches!(self.last, Last::Item | Last::Operated);
        match kind {
            Kind::Atom | Kind::Open => self.last != Last::Bracket,
            Kind::Postfix => matches!(self.last, Last::Item | Last::Bracket | Last::LoneChoice),
            Kind::Or => complete,
            Kind::Close => complete && self.depth > 0 && (self.has_choice() || self.items >= 2),
            Kind::End => complete && self.depth == 0,
        }
    }

    /// The state after a token of this kind.
    fn after(mut self, kind: Kind) -> Self {
        self.remaining = self.remaining.saturating_sub(1);
        match kind {
            Kind::Atom => self.add_item(Last::Item),
            Kind::Postfix => self.last = Last::Operated,
            Kind::Or => {
                self.alternated |= bit(self.depth);
                self.items = 0;
                self.last = Last::Nothing;
            }
            Kind::Open => self.open(),
            Kind::Close => self.close(),
            Kind::End => {}
        }
        self
    }

    fn add_item(&mut self, last: Last) {
        self.items = (self.items + 1).min(2);
        self.last = last;
    }

    fn open(&mut self) {
        self.debt = self.debt.saturating_add(self.closing());
        if self.items > 0 {
            self.filled |= bit(self.depth);
        }
        self.depth = self.depth.saturating_add(1);
        self.items = 0;
        self.last = Last::Nothing;
    }

    fn close(&mut self) {
        let chosen = self.has_choice();
        self.alternated &= !bit(self.depth);
        self.depth = self.depth.saturating_sub(1);
        let filled = self.is_filled(self.depth);
        self.filled &= !bit(self.depth);
        self.debt = self.debt.saturating_sub(self.closing());
        self.items = filled.into();
        self.add_item(match (chosen, filled) {
            (false, _) => Last::Bracket,
            (true, false) => Last::LoneChoice,
            (true, true) => Last::Item,
        });
    }

    /// The fewest tokens that finish the program.
    fn needed(&self) -> u8 {
        (self.needed_here() + self.closing()).saturating_add(self.debt)
    }

    /// The fewest tokens after which this level could be closed, or ended at level 0.
    fn needed_here(&self) -> u8 {
        // A bracket must have two items or a `|`; missing items are filled up with atoms.
        let wanted = if self.depth > 0 && !self.has_choice() {
            2
        } else {
            1
        };
        let missing = u8::saturating_sub(wanted, self.items);
        match self.last {
            Last::Nothing | Last::Item | Last::Operated => missing,
            Last::Bracket => 1 + missing,
            // The atom that gives the choice company also counts as an item.
            Last::LoneChoice => 1,
        }
    }

    /// The fewest tokens from closing this level (included) to where its parent could be closed.
    fn closing(&self) -> u8 {
        let Some(parent) = self.depth.checked_sub(1) else {
            return 0;
        };
        let chosen = self.has_choice();
        let operator_or_company = match (self.is_filled(parent), chosen) {
            (true, true) => 0,
            (true, false) | (false, true) => 1,
            // An operator, and a second item where the parent has no other reason.
            (false, false) => 1 + u8::from(parent > 0 && self.alternated & bit(parent) == 0),
        };
        1 + operator_or_company
    }

    fn has_choice(&self) -> bool {
        self.alternated & bit(self.depth) != 0
    }

    fn is_filled(&self, level: u8) -> bool {
        self.filled & bit(level) != 0
    }
}

/// The bit of a level. Levels stay below 64: each costs three tokens of at most 128.
const fn bit(level: u8) -> u64 {
    1 << (level & 63)
}

#[cfg(test)]
mod tests;
