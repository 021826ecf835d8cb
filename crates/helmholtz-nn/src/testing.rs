//! What tests of a kernel need: its value and gradients outside the graph, and finite differences.

use std::collections::BTreeMap;

use helmholtz_math::random::Stream;

use super::gradients::Gradients;
use super::kernel::{Kernel, Vjp};
use super::module::{Module, Param, Visitor};
use super::parameters::{Array, Path};

fn random(n: usize, scale: f64, seed: u64) -> Vec<f32> {
    let mut rng = Stream::at([seed, 0, 0, 0]);
    (0..n).map(|_| (rng.normal() * scale) as f32).collect()
}

/// The output, and the gradients by all inputs where that by the output is given; the backward pass sees no more than it says
/// that it reads.
pub fn value_and_gradients(
    kernel: &dyn Kernel,
    inputs: &[Vec<f32>],
    gradient: &[f32],
) -> (Vec<f32>, Vec<Vec<f32>>) {
    let all: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    let mut kept = vec![];
    let output = kernel.forward(&all, Some(&mut kept));
    let read = all.iter().enumerate().map(|(i, &numbers)| {
        let read = kernel.reads_input(i);
        if read { numbers } else { &[] }
    });
    let vjp = Vjp {
        inputs: &read.collect::<Vec<_>>(),
        lengths: &all.iter().map(|i| i.len()).collect::<Vec<_>>(),
        output: if kernel.reads_output() { &output } else { &[] },
        kept,
        gradient,
        wanted: &vec![true; all.len()],
    };
    let gradients = kernel.backward(vjp);
    (output, gradients)
}

/// Compares the vector-Jacobian product of a random direction with central differences, at every coordinate.
pub fn check_gradient(kernel: &dyn Kernel, inputs: &[Vec<f32>]) {
    let slices = |inputs: &[Vec<f32>]| inputs.to_vec();
    let value = |inputs: &[Vec<f32>], direction: &[f32]| -> f64 {
        let owned = slices(inputs);
        let borrowed: Vec<&[f32]> = owned.iter().map(Vec::as_slice).collect();
        let output = kernel.forward(&borrowed, None);
        output
            .iter()
            .zip(direction)
            .map(|(o, d)| f64::from(*o) * f64::from(*d))
            .sum()
    };
    let borrowed: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    let output = kernel.forward(&borrowed, None);
    assert_eq!(output.len(), kernel.shape().iter().product::<usize>());
    let direction = random(output.len(), 1.0, 99);
    let (kept, gradients) = value_and_gradients(kernel, inputs, &direction);
    assert_eq!(output, kept);
    // With step h in f32 the error is about h^2 |f'''| / 6 + |f| 1e-7 / h: 1e-3 at h = 1e-2.
    let h = 1e-2;
    for (i, gradient) in gradients.iter().enumerate() {
        assert_eq!(gradient.len(), inputs[i].len());
        for j in 0..gradient.len() {
            let moved = |by: f32| {
                let mut inputs = inputs.to_vec();
                inputs[i][j] += by;
                value(&inputs, &direction)
            };
            let numeric = (moved(h) - moved(-h)) / f64::from(2.0 * h);
            let error = (numeric - f64::from(gradient[j])).abs();
            assert!(
                error < 3e-3 * (1.0 + numeric.abs()),
                "{i},{j}: {numeric} {}",
                gradient[j]
            );
        }
    }
}

/// The derivative of a loss along a direction, from its gradients by the parameters of a module: the sum of gradients
/// times directions. Parameters that the direction does not name stay where they are.
pub fn slope<M: Module>(
    module: &M,
    gradients: &Gradients,
    direction: &BTreeMap<String, Array>,
) -> f64 {
    struct Sum<'a> {
        path: Path,
        gradients: &'a Gradients,
        direction: &'a BTreeMap<String, Array>,
        total: f64,
    }
    impl Visitor for Sum<'_> {
        fn enter(&mut self, name: &str) {
            self.path.enter(name);
        }

        fn exit(&mut self) {
            self.path.exit();
        }

        fn visit<const D: usize>(&mut self, param: &Param<D>) {
            let direction = self.direction.get(&self.path.name());
            let gradient = self.gradients.by(param);
            if let (Some(direction), Some(gradient)) = (direction, gradient) {
                let total = &mut self.total;
                gradient.bands(|from, band| {
                    let along = direction.values.get(from..).unwrap_or_default();
                    let each = band.iter().zip(along);
                    *total += each
                        .map(|(g, d)| f64::from(*g) * f64::from(*d))
                        .sum::<f64>();
                });
            }
        }
    }
    let mut sum = Sum {
        path: Path::default(),
        gradients,
        direction,
        total: 0.0,
    };
    module.visit(&mut sum);
    sum.total
}
