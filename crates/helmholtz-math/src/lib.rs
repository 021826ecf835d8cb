//! Mathematics that knows no tensor: random streams, Gaussians, dense and Toeplitz algebra, Laplace's
//! approximation, and elementary functions that the compiler can vectorise.

pub mod dense;
pub mod distinct;
pub mod error;
pub mod gaussian;
pub mod laplace;
mod logs;
pub mod matmul;
pub mod normal;
pub mod purpose;
pub mod random;
pub mod simd;
mod thin;
pub mod toeplitz;
pub mod vectors;
pub mod words;

pub use logs::{logsumexp, softmax, weights};
