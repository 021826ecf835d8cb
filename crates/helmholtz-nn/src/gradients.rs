//! The gradient of a loss by parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn_tensor::Tensor;

use super::factors::{Factors, left_by};
use super::kernel::{Numbers, node, numbers};
use helmholtz_math::simd::{add_assign, squares};

/// The gradient of a loss by all parameters that it depends on; by those of large layers that few rows went through, as
/// factors.
pub struct Gradients {
    dense: burn_tensor::Gradients,
    factored: BTreeMap<u64, Arc<Factors>>,
}

impl Gradients {
    /// The gradient of a loss, whose graph is used up.
    pub fn of(loss: &Tensor<1>) -> Self {
        let (dense, left) = left_by(|| loss.backward());
        let factored = left.into_iter().map(|(node, f)| (node, Arc::new(f)));
        Self {
            dense,
            factored: factored.collect(),
        }
    }

    /// The gradient by a parameter; `None` where the loss does not depend on it.
    pub(super) fn by<const D: usize>(&self, parameter: &Tensor<D>) -> Option<Gradient> {
        let dense = parameter.grad(&self.dense).map(|g| numbers(&g));
        let factors = self.factored.get(&node(parameter)?).cloned();
        Gradient::sum(dense, factors)
    }

    /// The same, taken out.
    pub(super) fn take<const D: usize>(&mut self, parameter: &Tensor<D>) -> Option<Gradient> {
        let dense = parameter.grad_remove(&mut self.dense);
        let factors = self.factored.remove(&node(parameter)?);
        Gradient::sum(dense.map(|g| numbers(&g)), factors)
    }
}

/// The gradient by one parameter.
pub(super) enum Gradient {
    /// As the tensor library computed it.
    Dense(Numbers),
    /// As factors.
    Factored(Arc<Factors>),
    /// The sum of both.
    Sum(Vec<f32>),
}

impl Gradient {
    fn sum(dense: Option<Numbers>, factors: Option<Arc<Factors>>) -> Option<Self> {
        match (dense, factors) {
            (Some(dense), Some(factors)) => {
                let mut sum = factors.product();
                add_assign(&mut sum, &dense);
                Some(Self::Sum(sum))
            }
            (Some(dense), None) => Some(Self::Dense(dense)),
            (None, factors) => factors.map(Self::Factored),
        }
    }

    /// The sum of squares, in a fixed order.
    pub(super) fn squares(&self) -> f64 {
        match self {
            Self::Dense(numbers) => squares(numbers),
            Self::Factored(factors) => factors.squares(),
            Self::Sum(numbers) => squares(numbers),
        }
    }

    /// Its numbers in order, some at a time: where they begin, and what they are.
    pub(super) fn bands(&self, mut each: impl FnMut(usize, &[f32])) {
        match self {
            Self::Dense(numbers) => each(0, numbers),
            Self::Factored(factors) => factors.bands(each),
            Self::Sum(numbers) => each(0, numbers),
        }
    }
}
