//! The core of helmholtz: what a model and a guide are, the memory of programs, estimators and algorithms as data, one
//! training loop, filters, and runs that are folders. It knows no domain.

pub mod algorithm;
pub mod conform;
mod disk;
pub mod domain;
pub mod estimator;
pub mod evidence;
pub mod files;
pub mod filter;
pub mod guide;
pub mod machine;
pub mod memory;
pub mod model;
pub mod needs;
pub mod product;
pub mod program;
pub mod run;
pub mod search;
pub mod train;
