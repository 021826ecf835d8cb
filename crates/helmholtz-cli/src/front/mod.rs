//! What was typed: first the verb and the domain are found, then the rest is read by the options of that domain.

pub(crate) mod arguments;
pub(crate) mod everywhere;
pub(crate) mod files;
pub(crate) mod first;
pub(crate) mod help;
pub(crate) mod project;
pub(crate) mod usage;
