//! Every kernel against finite differences, and against the same mathematics op by op.

use super::forest::Before;
use super::gradients::Gradient;
use super::kernel::Kernel;
use super::lstm::{Beside, CellKernel, LstmKernel};
use super::testing::{check_gradient, value_and_gradients};
use super::*;
use burn_tensor::activation;
use helmholtz_math::random::Stream;

fn random(n: usize, scale: f64, seed: u64) -> Vec<f32> {
    let mut rng = Stream::at([seed, 0, 0, 0]);
    (0..n).map(|_| (rng.normal() * scale) as f32).collect()
}

const HIDDEN: usize = 3;
const VOCABULARY: usize = 4;

/// Five sequences in four groups: one empty, two that share two steps, two groups starting from the same
/// state.
fn lstm() -> (LstmKernel, Vec<Vec<f32>>) {
    let sequences = [&[0, 3, 1][..], &[2], &[], &[1, 1, 0, 3], &[0, 3, 2, 0]].map(<[u8]>::to_vec);
    let shared = Shared::new(&[0, 1, 2, 3, 0], &sequences);
    assert_eq!(shared.tokens.len(), 10);
    let kernel = LstmKernel {
        hidden: HIDDEN,
        read: shared.tokens.into_iter().map(usize::from).collect(),
        forest: shared.forest,
        beside: Beside::Starts {
            hidden: vec![0, 1, 0, 0],
            cell: vec![0; 4],
        },
    };
    let inputs = vec![
        random(VOCABULARY * 4 * HIDDEN, 0.7, 1),
        random(HIDDEN * 4 * HIDDEN, 0.7, 2),
        random(2 * HIDDEN, 0.7, 3),
        random(HIDDEN, 0.7, 4),
    ];
    (kernel, inputs)
}

#[test]
fn a_table_with_a_row_for_every_step_has_its_gradient() {
    let (kernel, mut inputs) = lstm();
    let steps = kernel.read.len();
    let read = (0..steps).rev().collect();
    inputs[0] = random(2 * steps * 4 * HIDDEN, 0.7, 1);
    check_gradient(&LstmKernel { read, ..kernel }, &inputs);
}

#[test]
fn the_lstm_gradient_agrees_with_finite_differences() {
    let (kernel, inputs) = lstm();
    check_gradient(&kernel, &inputs);
}

/// The same steps from zeros, reading two numbers each besides.
fn number_lstm() -> (LstmKernel, Vec<Vec<f32>>) {
    let (kernel, mut inputs) = lstm();
    let steps = kernel.read.len();
    inputs[2] = random(steps * 2, 1.0, 6);
    inputs[3] = random(2 * 4 * HIDDEN, 0.7, 7);
    let beside = Beside::Numbers { width: 2 };
    (LstmKernel { beside, ..kernel }, inputs)
}

#[test]
fn an_lstm_that_reads_numbers_has_its_gradient() {
    let (kernel, inputs) = number_lstm();
    check_gradient(&kernel, &inputs);
    let beside = Beside::Nothing;
    check_gradient(&LstmKernel { beside, ..kernel }, &inputs[..2]);
}

#[test]
fn a_step_alone_is_a_step_of_the_whole() {
    let cell = CellKernel {
        rows: 2,
        hidden: HIDDEN,
    };
    let inputs = [random(2 * 4 * HIDDEN, 0.7, 8), random(2 * HIDDEN, 0.7, 9)];
    check_gradient(&cell, &inputs);
    let whole = LstmKernel {
        hidden: HIDDEN,
        forest: Forest::chains(Packed::new([1, 1])),
        read: vec![0, 1],
        beside: Beside::Starts {
            hidden: vec![0, 0],
            cell: vec![0, 1],
        },
    };
    let (recurrent, zeros) = (random(HIDDEN * 4 * HIDDEN, 0.7, 2), [0.0; HIDDEN]);
    let want = whole.forward(&[&inputs[0], &recurrent, &zeros, &inputs[1]], None);
    let got = cell.forward(&[&inputs[0], &inputs[1]], None);
    for (got, want) in got.chunks(2 * HIDDEN).zip(want.chunks(HIDDEN)) {
        assert_close(&got[..HIDDEN], want);
    }
}

#[test]
fn numbers_count_like_rows_of_a_table() {
    let (kernel, inputs) = number_lstm();
    let wide = 4 * HIDDEN;
    let mut table = vec![];
    for (step, &row) in kernel.read.iter().enumerate() {
        let numbers = &inputs[2][2 * step..][..2];
        table.extend((0..wide).map(|j| {
            let weight = |i: usize| inputs[3][i * wide + j];
            inputs[0][row * wide + j] + numbers[0] * weight(0) + numbers[1] * weight(1)
        }));
    }
    let got = kernel.forward(&inputs.iter().map(Vec::as_slice).collect::<Vec<_>>(), None);
    let one_each = LstmKernel {
        read: (0..kernel.read.len()).collect(),
        beside: Beside::Nothing,
        ..kernel
    };
    assert_close(&got, &one_each.forward(&[&table, &inputs[1]], None));
}

/// The same network from single tensor operations.
fn lstm_op_by_op(kernel: &LstmKernel, inputs: &[Tensor<2>]) -> Tensor<2> {
    let (h, device) = (kernel.hidden, inputs[0].device());
    let row = |from: &Tensor<2>, i: usize| from.clone().select(0, indices([i], &device));
    let Beside::Starts {
        hidden: hidden_rows,
        cell: cell_rows,
    } = &kernel.beside
    else {
        panic!("starts from given states");
    };
    let mut states: Vec<(Tensor<2>, Tensor<2>)> = vec![];
    for (node, &read) in kernel.read.iter().enumerate() {
        let (hidden, cell) = match kernel.forest.before(node) {
            Before::Node(parent) => states[parent].clone(),
            Before::Start(tree) => (
                row(&inputs[2], hidden_rows[tree]),
                row(&inputs[3], cell_rows[tree]),
            ),
        };
        let gates = row(&inputs[0], read) + hidden.matmul(inputs[1].clone());
        let gate = |i: usize| gates.clone().narrow(1, i * h, h);
        let kept = activation::sigmoid(gate(1)) * cell;
        let cell = kept + activation::sigmoid(gate(0)) * gate(2).tanh();
        states.push((activation::sigmoid(gate(3)) * cell.clone().tanh(), cell));
    }
    Tensor::cat(states.into_iter().map(|s| s.0).collect(), 0)
}

/// Value and gradients of `sum(direction * output)`.
fn pulled(output: Tensor<2>, inputs: &[Tensor<2>]) -> (Vec<f32>, Vec<Vec<f32>>) {
    let [rows, columns] = output.dims();
    let direction = matrix(
        random(rows * columns, 1.0, 5),
        rows,
        columns,
        &output.device(),
    );
    let gradients = (output.clone() * direction).sum().backward();
    let all = inputs
        .iter()
        .map(|i| host(&i.grad(&gradients).unwrap()))
        .collect();
    (host(&output), all)
}

fn assert_close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() < 2e-5 * (1.0 + x.abs()), "{x} against {y}");
    }
}

fn leaves(inputs: &[Vec<f32>], columns: &[usize]) -> Vec<Tensor<2>> {
    let device = training_device();
    let leaf = |(values, &columns): (&Vec<f32>, &usize)| {
        matrix(values.clone(), values.len() / columns, columns, &device).require_grad()
    };
    inputs.iter().zip(columns).map(leaf).collect()
}

#[test]
fn the_fused_lstm_equals_the_one_op_by_op() {
    let (kernel, inputs) = lstm();
    let tensors = leaves(&inputs, &[4 * HIDDEN, 4 * HIDDEN, HIDDEN, HIDDEN]);
    let slow = pulled(lstm_op_by_op(&kernel, &tensors), &tensors);
    let dispatched: [_; 4] = tensors.clone().try_into().unwrap();
    let fast = pulled(apply(kernel, dispatched.map(Input::from)), &tensors);
    assert_close(&slow.0, &fast.0);
    slow.1
        .iter()
        .zip(&fast.1)
        .for_each(|(a, b)| assert_close(a, b));
}

/// Two trees of 2 and 3 steps; the first has two strings, the second three, one shared.
fn attend() -> (AttendKernel, Vec<Vec<f32>>) {
    let copies = Packed::new([2, 2, 3, 3, 3]);
    let (hidden, width) = (3, 2);
    let inputs = vec![
        random(copies.steps() * width, 1.0, 11),
        random(copies.steps() * hidden, 1.0, 12),
        random(9 * hidden, 1.0, 13),
        random(9 * width, 1.0, 14),
    ];
    let kernel = AttendKernel {
        hidden,
        width,
        trees: Packed::new([2, 3]),
        copies,
        copies_of: Packed::new([2, 3]),
        characters: vec![0..4, 4..5, 5..8, 4..5, 8..9],
    };
    (kernel, inputs)
}

#[test]
fn the_attention_gradient_agrees_with_finite_differences() {
    let (kernel, inputs) = attend();
    check_gradient(&kernel, &inputs);
}

#[test]
fn fused_attention_equals_the_one_op_by_op() {
    let (kernel, inputs) = attend();
    let tensors = leaves(&inputs, &[2, 3, 3, 2]);
    let rows =
        |t: &Tensor<2>, r: std::ops::Range<usize>| t.clone().select(0, indices(r, &t.device()));
    let program = |p: usize| {
        let copy = |r: usize| {
            let (steps, characters) = (kernel.copies.range(r), kernel.characters[r].clone());
            let keys = rows(&tensors[2], characters.clone());
            let a =
                activation::softmax(rows(&tensors[1], steps.clone()).matmul(keys.transpose()), 1);
            rows(&tensors[0], steps) + a.matmul(rows(&tensors[3], characters))
        };
        let joined = kernel
            .copies_of
            .range(p)
            .map(copy)
            .reduce(|a, b| a.max_pair(b));
        joined.unwrap().tanh()
    };
    let slow = pulled(Tensor::cat(vec![program(0), program(1)], 0), &tensors);
    let dispatched: [_; 4] = tensors.clone().try_into().unwrap();
    let fast = pulled(apply(kernel, dispatched.map(Input::from)), &tensors);
    assert_close(&slow.0, &fast.0);
    slow.1
        .iter()
        .zip(&fast.1)
        .for_each(|(a, b)| assert_close(a, b));
}

fn choice() -> (ChoiceKernel, Vec<Vec<f32>>) {
    let masks = Masks::new(3, 5, |mask, token| mask == 0 || token % 2 == mask - 1);
    let kernel = ChoiceKernel {
        paths: Packed::new([2, 0, 3, 3]),
        nodes: vec![0, 1, 2, 3, 4, 2, 3, 1],
        chosen: vec![1, 4, 0, 3, 2, 0, 1, 2],
        mask: vec![0, 1, 1, 2, 0],
        masks,
    };
    (kernel, vec![random(25, 2.0, 21)])
}

#[test]
fn the_choice_gradient_agrees_with_finite_differences() {
    let (kernel, inputs) = choice();
    check_gradient(&kernel, &inputs);
}

#[test]
fn choices_are_normalised_over_what_the_mask_allows() {
    let logits = random(5, 3.0, 31);
    for allowed in 1..32u32 {
        let mask: Vec<f32> = (0..5).map(|i| (allowed >> i & 1) as f32).collect();
        let mut p = logits.clone();
        let total = masked_softmax(&mut p, &mask);
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        for i in 0..5 {
            assert_eq!(p[i] > 0.0, mask[i] > 0.0);
            if mask[i] > 0.0 {
                assert!((p[i].ln() - (logits[i] - total)).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn kernels_give_the_same_bits_at_any_number_of_threads() {
    let lengths: Vec<usize> = (0..600).map(|i| 1 + i * 7 % 13).collect();
    let packed = Packed::new(lengths);
    let read = (0..packed.steps()).map(|i| i * 5 % VOCABULARY).collect();
    let kernel = LstmKernel {
        hidden: HIDDEN,
        beside: Beside::Nothing,
        forest: Forest::chains(packed),
        read,
    };
    let inputs = &lstm().1[..2];
    let gradient = random(kernel.shape().iter().product(), 1.0, 41);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| value_and_gradients(&kernel, inputs, &gradient))
    };
    assert_eq!(with(1), with(2));
}

/// A large layer, which is used twice, and what it makes of few rows.
fn twice(rows: usize) -> (Tensor<2>, Tensor<1>) {
    let (device, wide) = (training_device(), 300);
    let weights = matrix(random(wide * wide, 0.1, 1), wide, wide, &device).require_grad();
    let bias = matrix(random(wide, 0.1, 2), 1, wide, &device).require_grad();
    let x = matrix(random(rows * wide, 1.0, 3), rows, wide, &device);
    let y = linear::affine(x, weights.clone(), bias.clone());
    let y = linear::affine(y.tanh(), weights.clone(), bias);
    (weights, y.tanh().sum())
}

#[test]
fn gradients_that_are_left_as_factors_are_the_same() {
    for rows in [3, 64] {
        let (weights, loss) = twice(rows);
        let want = host(&weights.grad(&loss.backward()).unwrap());
        let (weights, loss) = twice(rows);
        let mut gradients = Gradients::of(&loss);
        let squares: f64 = want.iter().map(|&g| f64::from(g).powi(2)).sum();
        let found = gradients.by(&weights).unwrap();
        assert_eq!(matches!(found, Gradient::Factored(_)), rows == 3);
        assert!((found.squares() / squares - 1.0).abs() < 1e-5);
        let mut got = vec![f32::NAN; want.len()];
        let taken = gradients.take(&weights).unwrap();
        taken.bands(|at, band| got[at..at + band.len()].copy_from_slice(band));
        assert_close(&want, &got);
        assert!(gradients.take(&weights).is_none());
    }
}

#[test]
fn a_gradient_may_come_in_both_ways() {
    let (weights, loss) = twice(3);
    let penalty = weights.clone().powi_scalar(2).sum();
    let want = host(&weights.grad(&(loss + penalty).backward()).unwrap());
    let (weights, loss) = twice(3);
    let penalty = weights.clone().powi_scalar(2).sum();
    let sum = Gradients::of(&(loss + penalty)).take(&weights).unwrap();
    sum.bands(|at, band| {
        assert_eq!((at, band.len()), (0, want.len()));
        assert_close(&want, band);
    });
}
