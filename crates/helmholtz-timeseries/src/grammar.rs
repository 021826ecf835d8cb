//! Which symbol may come next, so that what is written is a canonical kernel that fits the limit.
//!
//! A symbol is allowed if and only if some completion is. Two facts make that easy to decide. However a
//! part began, it can be ended by the greatest base kernel, PER4, wherever a base kernel is due; so the
//! fewest symbols that finish a writing do not depend on its order. And a part is in order when at the
//! first difference to the part before it its symbol is greater: as long as there is no difference, the
//! symbol of the part before is a lower bound of the next one.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expression::{Expression, Leaf, Range, Token};
use helmholtz_core::program::Language;
use helmholtz_math::error::SettingError;
use helmholtz_nn::Masks;

/// What may be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Canonical kernels of the paper's grammar.
    Paper,
    /// Canonical kernels that differ in what they mean: white noise and a constant occur once in a sum and
    /// are no factors, noise is outside of all brackets, a product has one squared exponential. A line may be one
    /// of the outermost summands.
    #[default]
    Distinct,
    /// Any symbols of the paper's grammar, kernels or not, as the authors' program wrote them.
    Free,
}

/// The grammar of kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar {
    form: Form,
    max_tokens: usize,
}

/// A set of symbols: bit i is symbol i.
pub type Mask = u16;

/// The longest expression.
pub const MOST_TOKENS: usize = 64;

/// One level of brackets in a writing.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// Where the sum, the term, and the factor begin.
    term: usize,
    factor: usize,
    /// Where the term and the factor before begin, if there are such.
    last_term: Option<usize>,
    last_factor: Option<usize>,
    /// Summands begun.
    terms: usize,
    /// Factors of the term that are finished.
    factors: usize,
    /// Whether the term's last factor is a bracket.
    bracket: bool,
    /// Whether the sum has white noise, or a constant, or a line.
    white: bool,
    constant: bool,
    line: bool,
    /// Whether the term has a squared exponential.
    smooth: bool,
}

impl Grammar {
    /// The grammar of kernels of at most `max_tokens` symbols.
    ///
    /// # Errors
    /// A limit of 0 or above [`MOST_TOKENS`].
    pub fn new(form: Form, max_tokens: usize) -> Result<Self, SettingError> {
        match max_tokens {
            1..=MOST_TOKENS => Ok(Self { form, max_tokens }),
            _ => Err(SettingError::new(
                "max_tokens",
                format!("{max_tokens}; choose a limit from 1 to {MOST_TOKENS}"),
            )),
        }
    }

    /// What may be written.
    pub fn form(self) -> Form {
        self.form
    }

    /// The most symbols.
    pub fn max_tokens(self) -> usize {
        self.max_tokens
    }

    /// The symbols that may follow, of a writing that followed the masks so far.
    pub fn allowed(self, written: &[Token]) -> Mask {
        let level = Levels::of(written);
        let mask = Token::ALL.iter().enumerate().filter(|&(_, &token)| {
            if self.form == Form::Free {
                return self.allows_freely(written, token);
            }
            self.allows(written, &level, token)
        });
        mask.fold(0, |mask, (i, _)| mask | 1 << i)
    }

    /// Whether the whole expression can be written.
    pub fn accepts(self, expression: &Expression) -> bool {
        let tokens = expression.tokens();
        let steps = (0..=tokens.len()).map(|i| (i, tokens.get(i).unwrap_or(&Token::End)));
        tokens.len() <= self.max_tokens
            && steps
                .into_iter()
                .all(|(i, t)| self.allowed(&tokens[..i]) >> t.index() & 1 == 1)
    }

    fn allows_freely(self, written: &[Token], token: Token) -> bool {
        match token {
            Token::End => !written.is_empty(),
            Token::Leaf(Leaf::Line) => false,
            _ => written.len() < self.max_tokens,
        }
    }

    fn allows(self, written: &[Token], levels: &Levels, token: Token) -> bool {
        let level = levels.innermost();
        let item = matches!(written.last(), Some(Token::Leaf(_) | Token::Close));
        // A bracket is the reason of a product: alone in a term it would be none.
        let needless = level.bracket && level.factors == 1;
        let fits = match token {
            Token::Open | Token::Leaf(_) => !item && self.has_place(levels, token),
            Token::Times => item && self.multiplies(levels, written),
            Token::Plus => item && !needless,
            Token::Close => item && !needless && levels.depth() > 0 && level.terms > 1,
            Token::End => return item && !needless && levels.depth() == 0,
        };
        if !fits || token < levels.bound(written) {
            return false;
        }
        let mut next = levels.clone();
        next.push(written.len(), token);
        let item = matches!(token, Token::Leaf(_) | Token::Close);
        written.len() + 1 + next.needed(item) <= self.max_tokens
    }

    /// Whether a base kernel or a bracket makes sense here.
    fn has_place(self, levels: &Levels, token: Token) -> bool {
        let level = levels.innermost();
        let distinct = self.form == Form::Distinct;
        let first = level.factors == 0;
        match token {
            Token::Leaf(Leaf::Line) => distinct && first && !level.line && levels.depth() == 0,
            _ if !distinct => true,
            Token::Leaf(Leaf::White) => first && !level.white && levels.depth() == 0,
            Token::Leaf(Leaf::Constant) => first && !level.constant,
            Token::Leaf(Leaf::Smooth) => !level.smooth,
            _ => true,
        }
    }

    /// Whether what is written last may be multiplied.
    fn multiplies(self, levels: &Levels, written: &[Token]) -> bool {
        let alone = matches!(
            written.last(),
            Some(Token::Leaf(Leaf::Line | Leaf::White | Leaf::Constant))
        );
        self.form != Form::Distinct || !alone || levels.innermost().factors > 1
    }
}

impl Language for Grammar {
    type Program = Expression;
    type State = Vec<Token>;

    const SYMBOLS: usize = Token::COUNT;
    const END: u8 = Token::COUNT as u8 - 1;

    fn start(&self) -> Vec<Token> {
        vec![]
    }

    fn push(&self, state: &mut Vec<Token>, symbol: u8) {
        state.push(Token::ALL[usize::from(symbol)]);
    }

    fn mask(&self, state: &Vec<Token>) -> Mask {
        self.allowed(state)
    }

    fn all_masks(&self) -> Masks {
        static MASKS: OnceLock<Masks> = OnceLock::new();
        let all = MASKS.get_or_init(|| {
            Masks::new(1 << Token::COUNT, Token::COUNT, |mask, token| {
                mask >> token & 1 == 1
            })
        });
        all.clone()
    }

    fn symbols(&self, program: &Expression) -> Option<Vec<u8>> {
        let symbols = program.tokens().iter().map(|t| t.index() as u8);
        self.accepts(program).then(|| symbols.collect())
    }

    fn program(&self, symbols: &[u8]) -> Option<Expression> {
        let tokens: Vec<Token> = symbols
            .iter()
            .map(|&s| Token::ALL[usize::from(s)])
            .collect();
        (!tokens.is_empty()).then(|| Expression::from_tokens(&tokens))
    }

    fn stand_in(&self) -> Expression {
        Expression::from_tokens(&[Token::Leaf(Leaf::White)])
    }
}

/// All open levels of a writing, the outermost first.
#[derive(Clone, Debug)]
struct Levels(Vec<Level>);

impl Levels {
    fn of(written: &[Token]) -> Self {
        let mut levels = Self(vec![Level {
            terms: 1,
            ..Level::default()
        }]);
        for (at, &token) in written.iter().enumerate() {
            levels.push(at, token);
        }
        levels
    }

    /// The level that is being written; there is always one in a writing that followed the masks.
    fn innermost(&self) -> Level {
        self.0.last().copied().unwrap_or_default()
    }

    fn depth(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    fn push(&mut self, at: usize, token: Token) {
        if token == Token::Close && self.0.len() > 1 {
            self.0.pop();
        }
        let Some(level) = self.0.last_mut() else {
            return;
        };
        match token {
            Token::Open => self.0.push(Level {
                term: at + 1,
                factor: at + 1,
                terms: 1,
                ..Level::default()
            }),
            Token::Leaf(leaf) => level.take(leaf),
            Token::Close => {
                level.factors += 1;
                level.bracket = true;
            }
            Token::Times => {
                level.last_factor = Some(level.factor);
                level.factor = at + 1;
                level.bracket = false;
            }
            Token::Plus => {
                *level = Level {
                    last_term: Some(level.term),
                    term: at + 1,
                    factor: at + 1,
                    last_factor: None,
                    terms: level.terms + 1,
                    factors: 0,
                    bracket: false,
                    smooth: false,
                    ..*level
                };
            }
            Token::End => {}
        }
    }

    /// The least symbol that keeps all parts in order.
    fn bound(&self, written: &[Token]) -> Token {
        let bounds = self.0.iter().flat_map(|level| {
            let terms = level.last_term.map(|from| (from, level.term));
            let factors = level.last_factor.map(|from| (from, level.factor));
            [terms, factors].into_iter().flatten()
        });
        let least = bounds.filter_map(|(before, from)| {
            // The operator between the two stands at `from - 1`, and ends the part before.
            let (before, own) = (&written[before..from], &written[from..]);
            before.starts_with(own).then(|| before[own.len()])
        });
        least.max().unwrap_or(Token::Open)
    }

    /// The fewest symbols that finish the writing, where `item` tells whether it ends with an item.
    fn needed(&self, item: bool) -> usize {
        let last = self.0.len() - 1;
        let each = self.0.iter().enumerate().map(|(depth, level)| {
            let innermost = depth == last;
            // A base kernel where one is due; a level around a bracket gets its item when that closes.
            let due = usize::from(innermost && !item);
            // A bracket that would be alone in its term wants `*` and a base kernel.
            let alone = match innermost {
                true => level.bracket && level.factors == 1,
                false => level.factors == 0,
            };
            // A bracket wants a second summand and an end.
            let second = if depth > 0 && level.terms == 1 { 2 } else { 0 };
            due + 2 * usize::from(alone) + second + usize::from(depth > 0)
        });
        each.sum()
    }
}

impl Level {
    fn take(&mut self, leaf: Leaf) {
        self.factors += 1;
        self.bracket = false;
        match leaf {
            Leaf::Line => self.line = true,
            Leaf::White => self.white = true,
            Leaf::Constant => self.constant = true,
            Leaf::Smooth => self.smooth = true,
            Leaf::Periodic(Range::First | Range::Second | Range::Third | Range::Fourth) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::expression::tests::trees;
    use super::*;
    use helmholtz_math::random::Stream;

    /// All expressions of at most `most` symbols that the masks admit.
    fn written(grammar: Grammar) -> Vec<Expression> {
        let (mut open, mut all) = (vec![vec![]], vec![]);
        while let Some(tokens) = open.pop() {
            let mask = grammar.allowed(&tokens);
            assert_ne!(mask, 0, "a dead end after {tokens:?}");
            for (i, &token) in Token::ALL.iter().enumerate() {
                match token {
                    _ if mask >> i & 1 == 0 => {}
                    Token::End => all.push(Expression::from_tokens(&tokens)),
                    token => open.push([tokens.clone(), vec![token]].concat()),
                }
            }
        }
        all
    }

    /// The same by trying everything: kernels that are their own canonical writing.
    fn canonical(most: usize) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        let mut open: Vec<Vec<Token>> = vec![vec![]];
        while let Some(tokens) = open.pop() {
            let expression = Expression::from_tokens(&tokens);
            if let Ok(kernel) = expression.kernel()
                && Expression::from(kernel) == expression
            {
                all.insert(expression.to_string());
            }
            if tokens.len() < most {
                // Three base kernels show every relation of order that there is.
                for i in [0, 2, 4, 8, 9, 10, 11] {
                    open.push([tokens.clone(), vec![Token::ALL[i]]].concat());
                }
            }
        }
        all
    }

    #[test]
    fn the_masks_admit_the_canonical_kernels_and_nothing_else() {
        // Seven symbols show everything but order between brackets, which eight do not show either.
        let most = 7;
        let grammar = Grammar::new(Form::Paper, most).unwrap();
        let few = [2, 4, 8].map(|i| Token::ALL[i]);
        let only_few = |e: &Expression| {
            let leaf = |t: &Token| !matches!(t, Token::Leaf(_)) || few.contains(t);
            e.tokens().iter().all(leaf)
        };
        let masked = written(grammar);
        let texts: BTreeSet<String> = masked
            .iter()
            .filter(|e| only_few(e))
            .map(|e| e.to_string())
            .collect();
        assert_eq!(texts, canonical(most));
        assert!(masked.iter().all(|e| grammar.accepts(e)));
    }

    /// An expression drawn by choosing evenly among what is allowed.
    fn wander(grammar: Grammar, rng: &mut Stream) -> Expression {
        let mut tokens = vec![];
        loop {
            let mask = grammar.allowed(&tokens);
            let allowed: Vec<Token> = Token::ALL
                .into_iter()
                .enumerate()
                .filter(|(i, _)| mask >> i & 1 == 1)
                .map(|(_, t)| t)
                .collect();
            match allowed[rng.below(allowed.len())] {
                Token::End => return Expression::from_tokens(&tokens),
                token => tokens.push(token),
            }
        }
    }

    #[test]
    fn long_writings_are_canonical_and_fit() {
        for form in [Form::Paper, Form::Distinct] {
            let grammar = Grammar::new(form, 20).unwrap();
            for i in 0..2_000 {
                let expression = wander(grammar, &mut Stream::at([i, 0, 0, 0]));
                assert!(expression.tokens().len() <= 20);
                assert_eq!(Expression::from(expression.kernel().unwrap()), expression);
            }
        }
    }

    proptest! {
        #[test]
        fn every_canonical_kernel_can_be_written(kernel in trees()) {
            let expression = Expression::from(kernel);
            let paper = !expression.tokens().contains(&Token::Leaf(Leaf::Line));
            let fits = expression.tokens().len() <= MOST_TOKENS;
            let grammar = Grammar::new(Form::Paper, MOST_TOKENS).unwrap();
            prop_assert_eq!(grammar.accepts(&expression), paper && fits, "{}", expression);
        }
    }

    #[test]
    fn distinct_kernels_leave_out_what_means_the_same() {
        let grammar = Grammar::new(Form::Distinct, 20).unwrap();
        let accepts = |text: &str| grammar.accepts(&text.parse().unwrap());
        for good in [
            "LIN+WN+SE",
            "SE*PER1+WN+C",
            "(C+SE)*PER2+LIN",
            "PER1*PER1",
            "SE+SE",
        ] {
            assert!(accepts(good), "{good}");
        }
        for synonym in [
            "WN*SE",
            "C*SE",
            "SE*SE",
            "WN+WN",
            "C+C+SE",
            "LIN+LIN",
            "(SE+WN)*PER1",
            "LIN*SE",
        ] {
            assert!(!accepts(synonym), "{synonym}");
        }
    }

    #[test]
    fn without_a_mask_anything_may_be_written() {
        let grammar = Grammar::new(Form::Free, 3).unwrap();
        assert!(grammar.accepts(&Expression::try_from("+)SE".to_owned()).unwrap()));
        assert!(!grammar.accepts(&Expression::try_from("+)SESE".to_owned()).unwrap()));
        assert!(!grammar.accepts(&Expression::from_tokens(&[])));
    }
}
