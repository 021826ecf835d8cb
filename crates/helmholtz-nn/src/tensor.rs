//! What of the tensor library a domain sees: tensors with gradients, and modules whose parameters have names.
//!
//! A module is derived, and the derived code names the library as `burn`: bring that name into scope beside [`Module`].
//!
//! ```
//! use helmholtz_nn::tensor::{Device, Module, Tensor, burn};
//! use helmholtz_nn::{Linear, training_device};
//!
//! #[derive(Module, Debug)]
//! struct Doubt {
//!     layer: Linear,
//! }
//!
//! impl Doubt {
//!     fn forward(&self, x: Tensor<2>) -> Tensor<2> {
//!         self.layer.forward(x) * 0.5
//!     }
//! }
//! ```

pub use burn;
pub use burn::module::{Module, Param};
pub use burn::tensor::{Device, Int, Tensor, TensorData, activation};
