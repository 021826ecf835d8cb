//! The experiments that `helmholtz reproduce` knows, and their pictures.

mod catalogue;
mod chart;

pub(crate) use catalogue::{CATALOGUE, find};
pub(crate) use chart::curves;
