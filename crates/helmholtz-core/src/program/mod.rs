//! Programs written symbol by symbol: what every language of programs shares.
//!
//! A network that writes is given the symbol before (the end's at the start) and scores the next; the
//! language masks what may not come. Teacher forcing ([`Script`]) scores given programs, all steps at once;
//! [`write()`] draws new ones, step by step. Both compute once what programs with a common beginning share.
//!
//! What is ready for any language: a [`Prior`], a [`Conditional`] and a [`ProgramGuide`]. What is ready for a grammar of
//! one's own ([`Grammar`]): the language itself, its programs ([`Tree`]) with text, edits of them ([`Written`]), and the
//! model, where the likelihood is plain Rust ([`Semantics`], [`TreeModel`]).

mod change;
mod conditional;
mod grammar;
mod guide;
mod model;
mod prior;
mod script;
mod tree;
mod write;

pub use conditional::Conditional;
pub use grammar::{Grammar, MOST, Open, Production, Written};
pub use guide::{Encoder, ProgramGuide, SequenceEncoder};
pub use model::{Semantics, TreeModel};
pub use prior::Prior;
pub use script::{Node, Script};
pub use tree::{NotATree, Tree};
pub use write::{LstmWriter, Pen, Writer, select_rows, write};

use std::fmt::Debug;

use helmholtz_nn::Masks;

/// A language of programs. Symbols are numbered; one of them, the end, also stands for the beginning.
pub trait Language: Clone + Debug + Send + Sync {
    /// A finished program.
    type Program: Clone + Send + Sync;
    /// What has been written so far, as far as it matters for what may follow.
    type State;

    /// The number of symbols.
    const SYMBOLS: usize;
    /// The number of the end.
    const END: u8;

    /// Nothing written.
    fn start(&self) -> Self::State;

    /// Writes a symbol.
    fn push(&self, state: &mut Self::State, symbol: u8);

    /// Which of [`Language::all_masks`] tells what may follow.
    fn mask(&self, state: &Self::State) -> u16;

    /// All masks, a copy that costs nothing.
    fn all_masks(&self) -> Masks;

    /// The symbols of a program without the end; `None` for one that the masks do not admit.
    fn symbols(&self, program: &Self::Program) -> Option<Vec<u8>>;

    /// The program of some symbols. Under the masks there always is one.
    fn program(&self, symbols: &[u8]) -> Option<Self::Program>;

    /// A program that the masks admit, to stand in for one that they do not.
    fn stand_in(&self) -> Self::Program;
}

#[cfg(test)]
mod tests;
