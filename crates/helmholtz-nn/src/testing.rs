//! What tests of a kernel need: its value and gradients outside the graph, and finite differences.

use helmholtz_math::random::Stream;

use super::kernel::{Kernel, Vjp};

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
