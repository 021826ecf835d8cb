//! String concepts: a spreadsheet column explained by a probabilistic regular expression.
//!
//! - programs: [`alphabet`], [`token`], [`program`] with [`syntax`] and [`export`], [`grammar`], [`edit`];
//! - p(x | z), exact over all parses: [`parameters`], [`automaton`], [`likelihood`], [`sample`];
//! - p(z): a network that writes tokens; q(z | x): one that reads strings first ([`StringModel`],
//!   [`StringGuide`]);
//! - any column, by formats with shares of its rows: [`columns`];
//! - data: [`Concept`]s, read from files or [`builtin`].

pub mod alphabet;
pub mod automaton;
pub mod builtin;
pub mod columns;
pub mod config;
pub mod data;
pub mod edit;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod fantasy;
pub mod grammar;
mod guide;
pub mod handcrafted;
mod induction;
pub mod likelihood;
mod mass;
mod model;
pub mod parameters;
pub mod pretrained;
mod product;
pub mod program;
pub mod sample;
pub mod search;
mod simplify;
pub mod syntax;
pub mod token;
pub mod training;
mod tree;
mod trial;
pub mod weight;
mod writing;

pub use config::{Config, Sizes};
pub use data::{Concept, Split, Strings};
pub use guide::StringGuide;
/// The language of columns: formats, rows under them, search and exports.
pub use helmholtz_columns as language;
pub use model::StringModel;
pub use training::StringDomain;
