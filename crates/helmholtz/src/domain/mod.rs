//! Model families, one folder each: what is particular to a kind of data and its programs.

pub mod mixture;
pub mod strings;
