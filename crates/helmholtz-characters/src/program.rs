//! Programs of strokes: which of a bank, and whether the pen is on the page.
//!
//! Strokes are drawn end to end from the middle of the page. The first only moves the pen to where the character
//! begins. A program ends with a stroke that is drawn, since what the pen does after that cannot be seen: of the
//! programs that draw the same and differ in the way the pen leaves, there is one (the paper's have ten strokes,
//! however many are drawn).

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use helmholtz_core::program::Language;
use helmholtz_math::error::SettingError;
use helmholtz_math::random::Stream;
use helmholtz_nn::Masks;

/// One stroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stroke {
    /// Its number in the bank.
    pub id: u8,
    /// Whether the pen is on the page.
    pub down: bool,
}

/// The fewest strokes that a limit may be.
pub(super) const FEWEST_STROKES: usize = 2;
/// The most strokes of a bank.
pub const MOST_BANK: usize = 64;
/// The most strokes of a program.
pub const MOST_STROKES: usize = 64;

/// What explains an image: strokes, and the label that the image is known to have.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Program {
    /// The label of the class, 0 where there are none.
    pub label: u16,
    /// The strokes.
    pub strokes: Strokes,
}

/// Strokes end to end. As text `-3 7 60`: numbers of strokes, those with a hyphen only move the pen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Strokes(pub Vec<Stroke>);

/// Text that is no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no stroke; write numbers below {MOST_BANK}, with a hyphen before those that only move the pen"
)]
pub struct NotAStroke(String);

impl fmt::Display for Strokes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, stroke) in self.0.iter().enumerate() {
            let space = if i > 0 { " " } else { "" };
            let pen = if stroke.down { "" } else { "-" };
            write!(f, "{space}{pen}{}", stroke.id)?;
        }
        Ok(())
    }
}

impl FromStr for Strokes {
    type Err = NotAStroke;

    fn from_str(text: &str) -> Result<Self, NotAStroke> {
        let stroke = |word: &str| {
            let number = word.strip_prefix('-').unwrap_or(word);
            let id: Option<u8> = number.parse().ok();
            let id = id.filter(|&id| usize::from(id) < MOST_BANK && !number.starts_with('+'));
            let down = number.len() == word.len();
            id.map(|id| Stroke { id, down })
                .ok_or_else(|| NotAStroke(word.to_owned()))
        };
        text.split_whitespace()
            .map(stroke)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TryFrom<String> for Strokes {
    type Error = NotAStroke;

    fn try_from(text: String) -> Result<Self, NotAStroke> {
        text.parse()
    }
}

impl From<Strokes> for String {
    fn from(strokes: Strokes) -> Self {
        strokes.to_string()
    }
}

/// Which programs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar {
    bank: u8,
    most: u8,
}

/// What matters of a program under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    strokes: u8,
    /// Whether the last one was drawn.
    down: bool,
}

/// What may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Move,
    Stroke,
    Drawn,
    StrokeOrEnd,
    DrawnOrEnd,
    End,
}

impl Next {
    const ALL: [Self; 6] = [
        Self::Move,
        Self::Stroke,
        Self::Drawn,
        Self::StrokeOrEnd,
        Self::DrawnOrEnd,
        Self::End,
    ];

    fn allows(self, symbol: Option<Stroke>) -> bool {
        match symbol {
            None => matches!(self, Self::StrokeOrEnd | Self::DrawnOrEnd | Self::End),
            Some(stroke) if stroke.down => !matches!(self, Self::Move | Self::End),
            Some(_) => matches!(self, Self::Move | Self::Stroke | Self::StrokeOrEnd),
        }
    }
}

impl Grammar {
    /// Programs of at most `most` strokes out of `bank`.
    ///
    /// # Errors
    /// When there is no such program, or more than can be written.
    pub fn new(bank: usize, most: usize) -> Result<Self, SettingError> {
        let check = |name, value: usize, range: std::ops::RangeInclusive<usize>| {
            let reason = format!("{value}; choose from {} to {}", range.start(), range.end());
            match range.contains(&value) {
                true => Ok(value as u8),
                false => Err(SettingError::new(name, reason)),
            }
        };
        Ok(Self {
            bank: check("bank", bank, 1..=MOST_BANK)?,
            most: check("strokes", most, FEWEST_STROKES..=MOST_STROKES)?,
        })
    }

    /// The size of the bank.
    pub fn bank(self) -> usize {
        self.bank.into()
    }

    /// The most strokes of a program.
    pub fn most(self) -> usize {
        self.most.into()
    }

    fn next(self, begun: Begun) -> Next {
        match (
            begun.strokes,
            self.most - begun.strokes.min(self.most),
            begun.down,
        ) {
            (0, _, _) => Next::Move,
            (_, 0, _) => Next::End,
            (_, 1, false) => Next::Drawn,
            (_, 1, true) => Next::DrawnOrEnd,
            (_, _, false) => Next::Stroke,
            (_, _, true) => Next::StrokeOrEnd,
        }
    }

    /// Whether the strokes are a program.
    pub fn accepts(self, strokes: &[Stroke]) -> bool {
        let mut begun = self.start();
        let each = strokes.iter().all(|stroke| {
            let allowed = stroke.id < self.bank && self.next(begun).allows(Some(*stroke));
            begun = begun.and(*stroke);
            allowed
        });
        each && self.next(begun).allows(None)
    }

    /// A program that differs in one place: a stroke is replaced, drawn or not drawn, put in, left out, or changes places
    /// with the next. `None` where that gave no other program.
    /// A stroke that is replaced becomes one of those that `alike` says of it half of the time, if it says any.
    pub fn edit(
        self,
        strokes: &[Stroke],
        alike: impl Fn(u8) -> Vec<u8>,
        rng: &mut Stream,
    ) -> Option<Strokes> {
        if strokes.is_empty() {
            return None;
        }
        let mut edited = strokes.to_vec();
        let any = |rng: &mut Stream| Stroke {
            id: rng.below(self.bank()) as u8,
            down: rng.uniform() < 0.5,
        };
        let at = rng.below(strokes.len());
        match rng.below(8) {
            0..2 => {
                let near = alike(edited[at].id);
                let id = near.get(rng.below(near.len().max(1))).copied();
                edited[at].id = id.unwrap_or_else(|| any(rng).id);
            }
            2..4 => edited[at].id = any(rng).id,
            4 => edited[at].down ^= true,
            5 => edited.insert(1 + at, any(rng)),
            6 => drop(edited.remove(at)),
            _ if at + 1 < edited.len() => edited.swap(at, at + 1),
            _ => return None,
        }
        (self.accepts(&edited) && edited != strokes).then_some(Strokes(edited))
    }
}

impl Begun {
    fn and(self, stroke: Stroke) -> Self {
        Self {
            strokes: self.strokes.saturating_add(1),
            down: stroke.down,
        }
    }
}

/// The stroke of a symbol; `None` for the end. Those that are drawn come first.
pub(super) fn stroke_of(symbol: u8) -> Option<Stroke> {
    let bank = MOST_BANK as u8;
    (symbol < Grammar::END).then_some(Stroke {
        id: symbol % bank,
        down: symbol < bank,
    })
}

impl Language for Grammar {
    type Program = Strokes;
    type State = Begun;

    const SYMBOLS: usize = 2 * MOST_BANK + 1;
    const END: u8 = 2 * MOST_BANK as u8;

    fn start(&self) -> Begun {
        Begun {
            strokes: 0,
            down: false,
        }
    }

    fn push(&self, state: &mut Begun, symbol: u8) {
        if let Some(stroke) = stroke_of(symbol) {
            *state = state.and(stroke);
        }
    }

    fn mask(&self, state: &Begun) -> u16 {
        let next = self.next(*state);
        let kind = Next::ALL.iter().position(|&n| n == next).unwrap_or(0);
        (usize::from(self.bank - 1) * Next::ALL.len() + kind) as u16
    }

    fn all_masks(&self) -> Masks {
        static MASKS: OnceLock<Masks> = OnceLock::new();
        let kinds = Next::ALL.len();
        let all = MASKS.get_or_init(|| {
            Masks::new(MOST_BANK * kinds, Self::SYMBOLS, |mask, symbol| {
                let stroke = stroke_of(symbol as u8);
                let banked = stroke.is_none_or(|s| usize::from(s.id) <= mask / kinds);
                banked && Next::ALL[mask % kinds].allows(stroke)
            })
        });
        all.clone()
    }

    fn symbols(&self, program: &Strokes) -> Option<Vec<u8>> {
        let bank = MOST_BANK as u8;
        let symbol = |stroke: &Stroke| stroke.id + if stroke.down { 0 } else { bank };
        self.accepts(&program.0)
            .then(|| program.0.iter().map(symbol).collect())
    }

    fn program(&self, symbols: &[u8]) -> Option<Strokes> {
        let strokes: Option<Vec<Stroke>> = symbols.iter().map(|&s| stroke_of(s)).collect();
        strokes.filter(|s| self.accepts(s)).map(Strokes)
    }

    fn stand_in(&self) -> Strokes {
        Strokes([false, true].map(|down| Stroke { id: 0, down }).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn strokes() -> impl Strategy<Value = Strokes> {
        let stroke = (0..MOST_BANK as u8, any::<bool>()).prop_map(|(id, down)| Stroke { id, down });
        prop::collection::vec(stroke, 0..12).prop_map(Strokes)
    }

    proptest! {
        #[test]
        fn text_is_read_back(strokes in strokes()) {
            prop_assert_eq!(strokes.to_string().parse(), Ok(strokes));
        }

        #[test]
        fn symbols_are_read_back(strokes in strokes()) {
            let grammar = Grammar::new(64, 10).unwrap();
            let symbols = grammar.symbols(&strokes);
            prop_assert_eq!(symbols.is_some(), grammar.accepts(&strokes.0));
            if let Some(symbols) = symbols {
                prop_assert_eq!(grammar.program(&symbols), Some(strokes));
            }
        }

        #[test]
        fn what_the_masks_admit_is_a_program(seed: u64, bank in 1usize..=64, most in 2usize..12) {
            let grammar = Grammar::new(bank, most).unwrap();
            let mut rng = Stream::at([seed, 0, 0, 62]);
            let (mut state, mut symbols) = (grammar.start(), vec![]);
            loop {
                let masks = grammar.all_masks();
                let allowed = masks.row(grammar.mask(&state));
                let weights: Vec<f64> = allowed.iter().map(|&m| m.into()).collect();
                let symbol = rng.categorical(&weights).unwrap() as u8;
                if symbol == Grammar::END {
                    break;
                }
                grammar.push(&mut state, symbol);
                symbols.push(symbol);
            }
            prop_assert!(symbols.len() <= most);
            let program = grammar.program(&symbols);
            prop_assert!(program.is_some_and(|p| grammar.accepts(&p.0)));
        }

        #[test]
        fn edits_are_other_programs(seed: u64, strokes in strokes()) {
            let grammar = Grammar::new(64, 10).unwrap();
            let mut rng = Stream::at([seed, 1, 0, 62]);
            if let Some(edited) = grammar.edit(&strokes.0, |id| vec![id / 2], &mut rng) {
                prop_assert!(grammar.accepts(&edited.0) && edited != strokes);
            }
        }
    }

    #[test]
    fn programs_begin_with_a_move_and_end_with_a_stroke() {
        let grammar = Grammar::new(8, 3).unwrap();
        let accepts = |text: &str| grammar.accepts(&text.parse::<Strokes>().unwrap().0);
        assert!(accepts("-1 2") && accepts("-1 2 3") && accepts("-1 -2 3"));
        for text in ["", "-1", "1 2", "-1 2 -3", "-1 2 3 4", "-1 8"] {
            assert!(!accepts(text), "{text}");
        }
        assert!("-1 64".parse::<Strokes>().is_err() && "1 +2".parse::<Strokes>().is_err());
        assert!(Grammar::new(65, 3).is_err() && Grammar::new(8, 1).is_err());
    }

    #[test]
    fn all_edits_reach_each_other() {
        let grammar = Grammar::new(2, 3).unwrap();
        let mut rng = Stream::at([3, 2, 0, 62]);
        let mut met = std::collections::HashSet::new();
        let mut at: Strokes = "-0 0".parse().unwrap();
        for _ in 0..5000 {
            met.insert(at.clone());
            at = grammar.edit(&at.0, |_| vec![], &mut rng).unwrap_or(at);
        }
        // A move of 2, then one drawn stroke of 2, or two strokes of which the last is drawn.
        assert_eq!(met.len(), 2 * 2 + 2 * 4 * 2);
    }
}
