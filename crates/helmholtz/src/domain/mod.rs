//! Model families, one folder each: what is particular to a kind of data and its programs.

pub mod automata;
pub mod mixture;
pub mod strings;
