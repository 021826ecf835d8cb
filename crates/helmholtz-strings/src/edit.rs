//! Local edits: small random changes that turn one program into another.
//!
//! A memory may search around its members: any proposal is valid for a bound that is computed from
//! exact joints. An edit works on tokens, because almost every change is local there (an atom, an
//! operator, a pair of brackets), and then asks the reader and the grammar whether the result is a
//! canonical program. So no edit needs to know the grammar, and one that breaks it is simply no
//! proposal.

use super::alphabet::{CHARACTERS, Class};
use super::grammar::Grammar;
use super::program::Regex;
use super::token::{Kind, Token};
use helmholtz_math::random::Stream;

/// The most copies that a repeat is unrolled to.
const LONGEST_UNROLLED: usize = 6;

/// One random change of a program, with literals drawn mostly from `hints` (characters seen in the
/// observation; may be empty). `None` when this attempt gave no other canonical program in the limit.
pub fn edit(regex: &Regex, grammar: Grammar, rng: &mut Stream, hints: &[u8]) -> Option<Regex> {
    let items = items_of(regex.tokens());
    let mut editor = Editor {
        tokens: regex.tokens(),
        items,
        rng,
        hints,
    };
    let weights = Editor::MOVES.map(|(weight, _)| weight);
    let (_, change) = Editor::MOVES.get(editor.rng.categorical(&weights)?)?;
    let edited = Regex::from_tokens(&change(&mut editor)?).ok()?;
    (edited != *regex && grammar.accepts(&edited)).then_some(edited)
}

/// An atom or a bracket, at `start..core_end`, with its operator, if any, at `core_end..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item {
    start: usize,
    core_end: usize,
    end: usize,
}

/// All items of a program, those inside brackets included.
fn items_of(tokens: &[Token]) -> Vec<Item> {
    let mut opened = Vec::new();
    let mut items = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let start = match token.kind() {
            Kind::Atom => Some(at),
            Kind::Close => opened.pop(),
            Kind::Open => {
                opened.push(at);
                None
            }
            Kind::Postfix | Kind::Or | Kind::End => None,
        };
        if let Some(start) = start {
            let operated = tokens
                .get(at + 1)
                .is_some_and(|next| next.kind() == Kind::Postfix);
            items.push(Item {
                start,
                core_end: at + 1,
                end: at + 1 + usize::from(operated),
            });
        }
    }
    items
}

/// How many tokens belong to an alternative that begins here: up to the next choice, or the end of the bracket
/// around it. `enters` and `leaves` are the brackets as they are met.
fn branch_length<'t>(tokens: impl Iterator<Item = &'t Token>, enters: Kind, leaves: Kind) -> usize {
    let mut depth = 0;
    tokens
        .take_while(|token| {
            let kind = token.kind();
            let ends = depth == 0 && (kind == Kind::Or || kind == leaves);
            depth += i32::from(kind == enters) - i32::from(kind == leaves);
            !ends
        })
        .count()
}

/// Gives the tokens after the change, if it can be made here.
type Move<E> = fn(&mut E) -> Option<Vec<Token>>;

struct Editor<'a> {
    tokens: &'a [Token],
    items: Vec<Item>,
    rng: &'a mut Stream,
    hints: &'a [u8],
}

impl Editor<'_> {
    /// The changes and how often each is tried.
    const MOVES: [(f64, Move<Self>); 11] = [
        (4.0, Self::replace_atom),
        (3.0, Self::insert_atom),
        (2.0, Self::delete_item),
        (2.0, Self::change_postfix),
        (1.0, Self::bracket_run),
        (1.0, Self::offer_alternative),
        (0.5, Self::drop_alternative),
        (0.5, Self::swap_alternatives),
        (0.5, Self::swap_neighbours),
        (0.5, Self::duplicate_item),
        (2.0, Self::merge_or_unroll_run),
    ];

    fn replace_atom(&mut self) -> Option<Vec<Token>> {
        let atoms: Vec<usize> = (0..self.tokens.len())
            .filter(|&i| self.tokens[i].kind() == Kind::Atom)
            .collect();
        let at = self.one_of(&atoms)?;
        let atom = self.neighbour_of(self.tokens[at])?;
        Some(self.spliced(at, at + 1, &[atom]))
    }

    fn insert_atom(&mut self) -> Option<Vec<Token>> {
        let item = self.item()?;
        let at = if self.coin(0.5) { item.start } else { item.end };
        let mut new = vec![self.atom()?];
        if self.coin(0.2) {
            new.push(self.postfix()?);
        }
        Some(self.spliced(at, at, &new))
    }

    /// Deletes an item, or only the bracket around it.
    fn delete_item(&mut self) -> Option<Vec<Token>> {
        let Item {
            start,
            core_end,
            end,
        } = self.item()?;
        let bracketed = self.tokens[start].kind() == Kind::Open;
        let inside = start + 1..core_end - 1;
        let left = if bracketed && self.coin(0.5) {
            &self.tokens[inside]
        } else {
            &[]
        };
        Some(self.spliced(start, end, left))
    }

    /// Removes, changes or adds an operator.
    fn change_postfix(&mut self) -> Option<Vec<Token>> {
        let Item { core_end, end, .. } = self.item()?;
        if end > core_end && self.coin(0.5) {
            return Some(self.spliced(core_end, end, &[]));
        }
        let operator = self.postfix()?;
        Some(self.spliced(core_end, end, &[operator]))
    }

    fn bracket_run(&mut self) -> Option<Vec<Token>> {
        let (start, end) = self.run()?;
        let mut new = vec![Token::OPEN];
        new.extend(&self.tokens[start..end]);
        new.extend([Token::CLOSE, self.postfix()?]);
        Some(self.spliced(start, end, &new))
    }

    fn offer_alternative(&mut self) -> Option<Vec<Token>> {
        let (start, end) = self.run()?;
        let alternative = [self.atom()?];
        let (old, new) = (&self.tokens[start..end], &alternative[..]);
        let (left, right) = if self.coin(0.5) {
            (old, new)
        } else {
            (new, old)
        };
        let choice = [&[Token::OPEN], left, &[Token::OR], right, &[Token::CLOSE]].concat();
        Some(self.spliced(start, end, &choice))
    }

    /// Deletes one of two neighbouring alternatives.
    fn drop_alternative(&mut self) -> Option<Vec<Token>> {
        let (start, or, end) = self.alternatives()?;
        let kept = if self.coin(0.5) {
            start..or
        } else {
            or + 1..end
        };
        Some(self.spliced(start, end, &self.tokens[kept]))
    }

    /// Exchanges two neighbouring alternatives: of more than two, the first is the likeliest.
    fn swap_alternatives(&mut self) -> Option<Vec<Token>> {
        let (start, or, end) = self.alternatives()?;
        let (left, right) = (&self.tokens[start..or], &self.tokens[or + 1..end]);
        Some(self.spliced(start, end, &[right, &[Token::OR], left].concat()))
    }

    fn swap_neighbours(&mut self) -> Option<Vec<Token>> {
        let first = self.item()?;
        let second = self.next(first)?;
        let (a, b) = (
            &self.tokens[first.start..first.end],
            &self.tokens[second.start..second.end],
        );
        Some(self.spliced(first.start, second.end, &[b, a].concat()))
    }

    fn duplicate_item(&mut self) -> Option<Vec<Token>> {
        let Item { start, end, .. } = self.item()?;
        Some(self.spliced(end, end, &self.tokens[start..end]))
    }

    /// `\d\d\d` to `\d+` or `\d*`, and back.
    fn merge_or_unroll_run(&mut self) -> Option<Vec<Token>> {
        let item = self.item()?;
        let core = &self.tokens[item.start..item.core_end];
        if item.end > item.core_end {
            let copies = 1 + self.rng.below(LONGEST_UNROLLED);
            return Some(self.spliced(item.start, item.end, &core.repeat(copies)));
        }
        let mut end = item.end;
        while self.tokens[end..].starts_with(core) {
            end += core.len();
        }
        let operator = if self.coin(0.8) {
            Token::PLUS
        } else {
            Token::STAR
        };
        Some(self.spliced(item.start, end, &[core, &[operator]].concat()))
    }

    /// Two neighbouring alternatives, `start..or` and `or + 1..end`.
    fn alternatives(&mut self) -> Option<(usize, usize, usize)> {
        let choices: Vec<usize> = (0..self.tokens.len())
            .filter(|&i| self.tokens[i].kind() == Kind::Or)
            .collect();
        let or = self.one_of(&choices)?;
        let before = self.tokens[..or].iter().rev();
        let start = or - branch_length(before, Kind::Close, Kind::Open);
        let end = or + 1 + branch_length(self.tokens[or + 1..].iter(), Kind::Open, Kind::Close);
        Some((start, or, end))
    }

    /// The tokens with `start..end` replaced.
    fn spliced(&self, start: usize, end: usize, new: &[Token]) -> Vec<Token> {
        [&self.tokens[..start], new, &self.tokens[end..]].concat()
    }

    fn coin(&mut self, probability: f64) -> bool {
        self.rng.uniform() < probability
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        if choices.is_empty() {
            None
        } else {
            Some(choices[self.rng.below(choices.len())])
        }
    }

    fn item(&mut self) -> Option<Item> {
        let chosen = self.rng.below(self.items.len().max(1));
        self.items.get(chosen).copied()
    }

    /// The item that follows in the same branch.
    fn next(&self, item: Item) -> Option<Item> {
        self.items
            .iter()
            .find(|next| next.start == item.end)
            .copied()
    }

    /// A run of items of one branch, of geometric length.
    fn run(&mut self) -> Option<(usize, usize)> {
        let first = self.item()?;
        let mut last = first;
        while self.coin(0.6) {
            match self.next(last) {
                Some(next) => last = next,
                None => break,
            }
        }
        Some((first.start, last.end))
    }

    fn postfix(&mut self) -> Option<Token> {
        self.one_of(&[Token::STAR, Token::PLUS, Token::MAYBE])
    }

    /// A hinted literal as a rule; a class that holds it, or anything, otherwise.
    fn atom(&mut self) -> Option<Token> {
        let character = match self.one_of(self.hints) {
            Some(hint) if self.coin(0.9) => hint,
            _ => self.rng.below(CHARACTERS) as u8,
        };
        if self.coin(0.5) {
            self.class_of(character)
        } else {
            Token::literal(character)
        }
    }

    /// A more general, more special or just another atom.
    fn neighbour_of(&mut self, atom: Token) -> Option<Token> {
        if self.coin(0.4) {
            return self.atom();
        }
        match (atom.as_literal(), atom.as_class()) {
            (Some(character), _) => self.class_of(character),
            (_, Some(class)) => self.narrowed(class),
            _ => None,
        }
    }

    /// One of the classes that hold a character.
    fn class_of(&mut self, character: u8) -> Option<Token> {
        let holding = |class: &Class| class.contains(character);
        let classes: Vec<Class> = Class::ALL.into_iter().filter(holding).collect();
        self.one_of(&classes).map(Token::class)
    }

    /// Another class, or a member of this one, hinted if possible.
    fn narrowed(&mut self, class: Class) -> Option<Token> {
        if self.coin(0.5) {
            return self.one_of(&Class::ALL).map(Token::class);
        }
        let hinted: Vec<u8> = self
            .hints
            .iter()
            .copied()
            .filter(|&c| class.contains(c))
            .collect();
        let members: Vec<u8> = class.members().collect();
        self.one_of(if hinted.is_empty() { &members } else { &hinted })
            .and_then(Token::literal)
    }
}

#[cfg(test)]
mod tests;
