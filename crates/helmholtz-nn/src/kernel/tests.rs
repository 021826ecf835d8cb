//! Kernels in the graph: any number of inputs, constants among them, and what is refused.

use burn_tensor::{Device, TensorData};

use super::*;
use crate::testing::check_gradient;
use crate::{host, training_device, vector};

/// The elementwise product of all inputs, each of this length.
#[derive(Debug)]
struct Product(usize);

impl Kernel for Product {
    fn shape(&self) -> Vec<usize> {
        vec![self.0]
    }

    fn forward(&self, inputs: &[&[f32]], _: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let product = |i: usize| inputs.iter().map(|x| x[i]).product();
        (0..self.0).map(product).collect()
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let n = vjp.inputs.len();
        let others = |k: usize, i: usize| -> f32 {
            let others = (0..n).filter(|&other| other != k);
            others.map(|other| vjp.inputs[other][i]).product()
        };
        let by = |k: usize| {
            (0..self.0)
                .map(|i| vjp.gradient[i] * others(k, i))
                .collect()
        };
        (0..n).map(by).collect()
    }
}

fn values(k: usize) -> Vec<f32> {
    (0..3).map(|i| 0.9 + 0.1 * ((k + i) % 4) as f32).collect()
}

#[test]
fn a_kernel_takes_any_number_of_inputs() {
    let device = training_device();
    for n in [1, 2, 5, 8, 9, 17, 64, 65, 200] {
        let all: Vec<Vec<f32>> = (0..n).map(values).collect();
        if n < 20 {
            check_gradient(&Product(3), &all);
        }
        let inputs = all
            .iter()
            .map(|x| vector(x.clone(), &device).require_grad());
        let inputs: Vec<Tensor<1>> = inputs.collect();
        let product = apply::<1>(Product(3), inputs.iter().map(Input::from));
        let gradients = product.clone().sum().backward();
        let borrowed: Vec<&[f32]> = all.iter().map(Vec::as_slice).collect();
        assert_eq!(host(&product), Product(3).forward(&borrowed, None));
        let want = Product(3).backward(Vjp {
            inputs: &borrowed,
            lengths: &vec![3; n],
            output: &[],
            kept: vec![],
            gradient: &[1.0; 3],
            wanted: &vec![true; n],
        });
        for (input, want) in inputs.iter().zip(want) {
            assert_eq!(input.grad(&gradients).map(|g| host(&g)), Some(want));
        }
    }
}

#[test]
fn constants_may_lie_in_the_graph_or_outside() {
    let device = training_device();
    let a = vector(values(0), &device).require_grad();
    let inside = vector(values(1), &device);
    let outside = vector(values(2), &Device::flex());
    let all = [Input::from(&a), inside.into(), outside.clone().into()];
    let gradients = apply::<1>(Product(3), all).sum().backward();
    let want: Vec<f32> = values(1)
        .iter()
        .zip(values(2))
        .map(|(x, y)| x * y)
        .collect();
    assert_eq!(a.grad(&gradients).map(|g| host(&g)), Some(want));
    // Where nobody asks for a gradient, there is no graph.
    let plain = apply::<1>(Product(3), [Input::from(&outside)]);
    assert_eq!(host(&plain), values(2));
    assert!(!plain.is_require_grad());
}

#[test]
#[should_panic(expected = "kernels compute with f32")]
fn another_type_is_refused_and_does_not_read_as_nothing() {
    let double = Tensor::<1>::from_data(
        TensorData::from([1.0f64]),
        (&Device::flex(), burn_tensor::DType::F64),
    );
    apply::<1>(Product(1), [Input::from(&double)]);
}
