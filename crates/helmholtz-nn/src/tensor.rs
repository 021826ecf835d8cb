//! What of the tensor library a domain sees: tensors, with gradients where they lie on [`super::training_device`].

pub use burn_tensor::{Device, Int, Tensor, TensorData, activation};
