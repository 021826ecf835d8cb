//! Layer normalisation (Ba et al., 2016), without parameters.

use burn_tensor::Tensor;

use super::kernel::{Kernel, Vjp, apply};

/// Every row shifted and scaled to mean 0 and standard deviation 1, `[rows, width]`. A row of one number becomes 0.
pub fn layer_norm(x: Tensor<2>) -> Tensor<2> {
    let kernel = LayerNormKernel { shape: x.dims() };
    apply(kernel, [x.into()])
}

#[derive(Debug)]
struct LayerNormKernel {
    shape: [usize; 2],
}

impl LayerNormKernel {
    fn rows<'a>(&self, numbers: &'a [f32]) -> impl Iterator<Item = &'a [f32]> {
        numbers.chunks_exact(self.shape[1].max(1))
    }
}

impl Kernel for LayerNormKernel {
    fn shape(&self) -> Vec<usize> {
        self.shape.to_vec()
    }

    fn forward(&self, inputs: &[&[f32]], _kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        self.rows(inputs[0])
            .flat_map(|row| normalised(row.to_vec()))
            .collect()
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let rows = self.rows(vjp.inputs[0]).zip(self.rows(vjp.gradient));
        vec![rows.flat_map(|(row, by)| unnormalised(row, by)).collect()]
    }
}

/// A row with mean 0 and standard deviation 1.
pub fn normalised(mut numbers: Vec<f32>) -> Vec<f32> {
    let (mean, deviation) = spread(&numbers);
    numbers
        .iter_mut()
        .for_each(|x| *x = (*x - mean) / deviation);
    numbers
}

/// The mean, and the standard deviation plus what keeps it from 0.
fn spread(numbers: &[f32]) -> (f32, f32) {
    let n = numbers.len() as f32;
    let mean = numbers.iter().sum::<f32>() / n;
    let squares: f32 = numbers.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt() + 1e-7)
}

/// The gradient by numbers, given that by what [`normalised`] makes of them.
pub fn unnormalised(numbers: &[f32], by: &[f32]) -> Vec<f32> {
    let (mean, deviation) = spread(numbers);
    let n = numbers.len() as f32;
    let off: Vec<f32> = numbers.iter().map(|x| (x - mean) / deviation).collect();
    let sum = by.iter().sum::<f32>() / n;
    let along: f32 = by.iter().zip(&off).map(|(b, o)| b * o).sum::<f32>() / (n - 1.0).max(1.0);
    // The standard deviation beside the constant that it is kept from 0 by.
    let pure = deviation / (deviation - 1e-7).max(f32::MIN_POSITIVE);
    let each = by.iter().zip(&off);
    each.map(|(b, o)| (b - sum - o * along * pure) / deviation)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_normalised_row_has_mean_0_and_deviation_1() {
        let row = normalised(vec![1.0, 2.0, 6.0, -3.0]);
        let (mean, deviation) = spread(&row);
        assert!(mean.abs() < 1e-6 && (deviation - 1.0).abs() < 1e-5);
        assert_eq!(normalised(vec![4.0]), [0.0]);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let x = [0.3, -1.2, 2.0, 0.7, 5.0, 4.0, -3.0, 0.1];
        crate::testing::check_gradient(&LayerNormKernel { shape: [2, 4] }, &[x.to_vec()]);
    }
}
