//! Zeros and ones that depend on each other: the neural autoregressive distribution estimator (Larochelle and Murray,
//! 2011), whose biases another network gives (Boulanger-Lewandowski et al., 2012).

use crate::module::{Module, Param};
use burn_tensor::{Device, Tensor};

use super::bernoulli::coin_log_prob;
use crate::{Input, Kernel, Numbers, Vjp, apply, host, matrix, numbers, uniform_parameter};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::simd::{add_assign, add_scaled, dot, sigmoids};

/// p(x) is the product of p(x_i | x_<i), and the log-odds of x_i are b_i + v_i sigmoid(c + sum of w_j over j < i with
/// x_j = 1). The biases b and c are given for each row.
#[derive(Clone, Debug, Module)]
pub struct Nade {
    /// w, `[width, hidden]`.
    read: Param<2>,
    /// v, `[width, hidden]`.
    say: Param<2>,
}

/// Distributions of one estimator, a row each.
#[derive(Clone, Debug)]
pub struct Joint {
    nade: Nade,
    /// b beside c, `[rows, width + hidden]`.
    biases: Tensor<2>,
}

/// Draws by which the probabilities of ones are estimated: of all rows together, as rows are mostly averaged, and the
/// fewest of one.
const DRAWS: (u64, u64) = (64, 8);

impl Nade {
    /// Numbers that depend on each other, `width` of them, through `hidden` units.
    pub fn new((width, hidden): (usize, usize), rng: &mut Stream, device: &Device) -> Self {
        let scale = (6.0 / (width + hidden) as f64).sqrt();
        let mut weights = || uniform_parameter(width, hidden, scale, rng, device);
        Self {
            read: weights(),
            say: weights(),
        }
    }

    /// Numbers per row, and hidden units.
    fn size(&self) -> (usize, usize) {
        let [width, hidden] = self.read.dims();
        (width, hidden)
    }

    /// The distributions that have these biases, `[rows, width + hidden]`.
    pub fn given(&self, biases: Tensor<2>) -> Joint {
        Joint {
            nade: self.clone(),
            biases,
        }
    }
}

impl Joint {
    /// log p of each row of `x`, `[rows, width]`, with its gradient by biases and weights.
    pub fn log_prob(&self, x: &Tensor<2>) -> Tensor<1> {
        let (width, hidden) = self.nade.size();
        let kernel = NadeKernel {
            width,
            hidden,
            x: host(x),
        };
        let Nade { read, say } = &self.nade;
        let inputs = [self.biases.clone(), read.val(), say.val()];
        apply(kernel, inputs.map(Input::from))
    }

    /// p(x_i = 1 | x_<i) of each row of `x`, `[rows, width]`.
    pub fn conditionals(&self, x: &Tensor<2>) -> Tensor<2> {
        let (held, values) = (self.held(), numbers(x));
        let rows = held.rows().zip(values.chunks(held.width));
        let each = rows.flat_map(|(biases, x)| {
            let log_odds = held.walk().log_odds(biases, |i, _| x[i] > 0.5);
            log_odds.into_iter().map(probability)
        });
        self.matrix(each.collect())
    }

    /// The probabilities of ones, estimated: the mean of p(x_i = 1 | x_<i) over some draws of x.
    pub fn marginals(&self) -> Tensor<2> {
        let held = self.held();
        let draws = (DRAWS.0 / held.rows().count().max(1) as u64).max(DRAWS.1);
        let row = |(r, biases): (u64, &[f32])| {
            let mut sum = vec![0.0; held.width];
            for draw in 0..draws {
                let mut rng = Stream::at([0, r, draw, Purpose::Draws.tag()]);
                let log_odds = held.draw(biases, &mut rng).1;
                add_assign(
                    &mut sum,
                    &log_odds.into_iter().map(probability).collect::<Vec<_>>(),
                );
            }
            sum.into_iter().map(|p| p / draws as f32)
        };
        self.matrix((0..).zip(held.rows()).flat_map(row).collect())
    }

    /// A draw of the first row.
    pub fn draw(&self, rng: &mut Stream) -> Vec<f32> {
        let held = self.held();
        let first = held.rows().next();
        first.map_or(vec![], |biases| held.draw(biases, rng).0)
    }

    fn matrix(&self, values: Vec<f32>) -> Tensor<2> {
        let (rows, width) = (self.biases.dims()[0], self.nade.size().0);
        matrix(values, rows, width, &self.biases.device())
    }

    fn held(&self) -> Held {
        let (width, hidden) = self.nade.size();
        Held {
            width,
            hidden,
            biases: numbers(&self.biases),
            read: numbers(&self.nade.read.val()),
            say: numbers(&self.nade.say.val()),
        }
    }
}

fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Everything as numbers.
struct Held {
    width: usize,
    hidden: usize,
    biases: Numbers,
    read: Numbers,
    say: Numbers,
}

impl Held {
    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.biases.chunks(self.width + self.hidden)
    }

    fn walk(&self) -> Walk<'_> {
        Walk {
            hidden: self.hidden,
            read: &self.read,
            say: &self.say,
        }
    }

    /// A draw, and the log-odds of its numbers given those before them.
    fn draw(&self, biases: &[f32], rng: &mut Stream) -> (Vec<f32>, Vec<f32>) {
        let mut x = vec![0.0; self.width];
        let log_odds = self.walk().log_odds(biases, |i, l| {
            let is_one = rng.uniform() < f64::from(probability(l));
            x[i] = f32::from(u8::from(is_one));
            is_one
        });
        (x, log_odds)
    }
}

/// From the first number of a row to the last.
struct Walk<'a> {
    hidden: usize,
    read: &'a [f32],
    say: &'a [f32],
}

impl<'a> Walk<'a> {
    /// w_i or v_i.
    fn of(&self, weights: &'a [f32], i: usize) -> &'a [f32] {
        &weights[i * self.hidden..][..self.hidden]
    }

    /// The log-odds of every number given those before it; `is_one` tells what it is.
    fn log_odds(&self, biases: &[f32], mut is_one: impl FnMut(usize, f32) -> bool) -> Vec<f32> {
        let (own, common) = biases.split_at(biases.len() - self.hidden);
        let (mut before, mut after) = (common.to_vec(), vec![0.0; self.hidden]);
        sigmoids(&mut after, &before);
        let mut found = own.to_vec();
        for (i, log_odds) in found.iter_mut().enumerate() {
            *log_odds += dot(self.of(self.say, i), &after);
            if is_one(i, *log_odds) {
                add_assign(&mut before, self.of(self.read, i));
                sigmoids(&mut after, &before);
            }
        }
        found
    }

    /// The hidden units change behind every one, and nowhere else: from which number on they are what.
    fn stretches(&self, common: &[f32], x: &[f32]) -> Vec<(usize, Vec<f32>)> {
        let (mut before, mut stretches) = (common.to_vec(), vec![]);
        let mut push = |from, before: &[f32]| {
            let mut after = vec![0.0; before.len()];
            sigmoids(&mut after, before);
            stretches.push((from, after));
        };
        push(0, &before);
        for i in (0..x.len()).filter(|&i| x[i] > 0.5) {
            add_assign(&mut before, self.of(self.read, i));
            push(i + 1, &before);
        }
        stretches
    }
}

/// Inputs: biases, `[rows, width + hidden]`, w and v. Output: log p of every row.
#[derive(Debug)]
struct NadeKernel {
    width: usize,
    hidden: usize,
    x: Vec<f32>,
}

/// Where gradients are added up: by a row's biases, by w and by v.
struct Sums<'a> {
    biases: &'a mut [f32],
    read: &'a mut [f32],
    say: &'a mut [f32],
}

impl NadeKernel {
    fn walk<'a>(&self, inputs: &'a [&'a [f32]]) -> Walk<'a> {
        Walk {
            hidden: self.hidden,
            read: inputs[1],
            say: inputs[2],
        }
    }

    /// Adds the gradient of one row, from the last number to the first. `slopes` are those by the log-odds.
    fn pull_row(
        &self,
        walk: &Walk<'_>,
        (biases, x): (&[f32], &[f32]),
        slopes: &[f32],
        to: Sums<'_>,
    ) {
        let (own, common) = to.biases.split_at_mut(self.width);
        own.copy_from_slice(slopes);
        // The gradient by what goes into the hidden units, which all ones so far are summands of.
        let mut end = self.width;
        for (from, after) in walk.stretches(&biases[self.width..], x).into_iter().rev() {
            let mut by_after = vec![0.0; self.hidden];
            for (i, &slope) in (from..end).zip(&slopes[from..end]) {
                add_scaled(&mut by_after, slope, walk.of(walk.say, i));
                if !to.say.is_empty() {
                    add_scaled(&mut to.say[i * self.hidden..][..self.hidden], slope, &after);
                }
            }
            let each = common.iter_mut().zip(&by_after).zip(&after);
            each.for_each(|((c, g), h)| *c += g * h * (1.0 - h));
            if from > 0 && !to.read.is_empty() {
                add_assign(
                    &mut to.read[(from - 1) * self.hidden..][..self.hidden],
                    common,
                );
            }
            end = from;
        }
    }
}

impl Kernel for NadeKernel {
    fn shape(&self) -> Vec<usize> {
        vec![self.x.len() / self.width]
    }

    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32> {
        let walk = self.walk(inputs);
        let rows = inputs[0].chunks(self.width + self.hidden);
        let rows = rows.zip(self.x.chunks(self.width));
        let log_odds: Vec<Vec<f32>> = rows
            .map(|(biases, x)| walk.log_odds(biases, |i, _| x[i] > 0.5))
            .collect();
        let each = log_odds.iter().zip(self.x.chunks(self.width));
        let total = |(l, x): (&Vec<f32>, &[f32])| -> f32 {
            let terms = l.iter().zip(x).map(|(&l, &x)| coin_log_prob(l, x));
            terms.sum::<f64>() as f32
        };
        let value = each.map(total).collect();
        if let Some(kept) = kept {
            kept.push(log_odds.concat());
        }
        value
    }

    fn backward(&self, vjp: Vjp<'_>) -> Vec<Vec<f32>> {
        let (walk, given) = (self.walk(vjp.inputs), self.width + self.hidden);
        let zeros = |i: usize| {
            vec![
                0.0;
                if vjp.wanted[i] {
                    vjp.inputs[i].len()
                } else {
                    0
                }
            ]
        };
        let (mut by_biases, mut read, mut say) =
            (vec![0.0; vjp.inputs[0].len()], zeros(1), zeros(2));
        let rows = vjp.inputs[0].chunks(given).zip(self.x.chunks(self.width));
        let rows = rows
            .zip(vjp.kept[0].chunks(self.width))
            .zip(by_biases.chunks_mut(given));
        for ((((biases, x), log_odds), biases_sum), by) in rows.zip(vjp.gradient) {
            let slope = |(&l, &x): (&f32, &f32)| by * (x - probability(l));
            let slopes: Vec<f32> = log_odds.iter().zip(x).map(slope).collect();
            let to = Sums {
                biases: biases_sum,
                read: &mut read,
                say: &mut say,
            };
            self.pull_row(&walk, (biases, x), &slopes, to);
        }
        vec![by_biases, read, say]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check_gradient;
    use crate::training_device;

    const WIDTH: usize = 5;
    const HIDDEN: usize = 3;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = Stream::at([seed, 19, 0, 0]);
        (0..n).map(|_| rng.normal() as f32).collect()
    }

    fn joint(rows: usize) -> Joint {
        let device = training_device();
        let nade = Nade::new((WIDTH, HIDDEN), &mut Stream::at([1, 19, 1, 0]), &device);
        let given = WIDTH + HIDDEN;
        nade.given(matrix(random(rows * given, 2), rows, given, &device))
    }

    /// All outcomes, a row each.
    fn outcomes() -> Tensor<2> {
        let bit = |k: usize| f32::from(u8::from(((k / WIDTH) >> (k % WIDTH)) & 1 == 1));
        let rows = 1 << WIDTH;
        matrix(
            (0..rows * WIDTH).map(bit).collect(),
            rows,
            WIDTH,
            &training_device(),
        )
    }

    fn of_all_outcomes() -> (Joint, Vec<f64>) {
        let one = joint(1);
        let all = one.nade.given(one.biases.clone().repeat_dim(0, 1 << WIDTH));
        let log_probs = host(&all.log_prob(&outcomes()));
        (
            one,
            log_probs.into_iter().map(|l| f64::from(l).exp()).collect(),
        )
    }

    #[test]
    fn probabilities_of_all_outcomes_sum_to_one() {
        let total: f64 = of_all_outcomes().1.iter().sum();
        assert!((total - 1.0).abs() < 1e-6, "{total}");
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let x = vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0];
        let kernel = NadeKernel {
            width: WIDTH,
            hidden: HIDDEN,
            x,
        };
        let weights = || random(WIDTH * HIDDEN, 4);
        check_gradient(
            &kernel,
            &[
                random(2 * (WIDTH + HIDDEN), 3),
                weights(),
                random(WIDTH * HIDDEN, 5),
            ],
        );
    }

    /// Draws have the probabilities that are said of them, and marginals are those of draws.
    #[test]
    fn draws_follow_the_distribution() {
        let (joint, probabilities) = of_all_outcomes();
        let (draws, mut counts) = (20_000, vec![0.0; 1 << WIDTH]);
        let mut rng = Stream::at([3, 19, 2, 0]);
        for _ in 0..draws {
            let x = joint.draw(&mut rng);
            counts[(0..WIDTH).map(|i| (x[i] as usize) << i).sum::<usize>()] += 1.0;
        }
        for (k, (count, p)) in counts.iter().zip(&probabilities).enumerate() {
            let error = (p * (1.0 - p) / f64::from(draws)).sqrt();
            let off = count / f64::from(draws) - p;
            assert!(off.abs() < 4.5 * error + 1e-9, "{k}: {off} {error}");
        }
        let marginals = host(&joint.marginals());
        for (i, &m) in marginals.iter().enumerate() {
            let ones = (0..1 << WIDTH).filter(|k| k >> i & 1 == 1);
            let p: f64 = ones.map(|k: usize| probabilities[k]).sum();
            // A mean of conditional probabilities varies less than one of draws.
            let error = (p * (1.0 - p) / DRAWS.0 as f64).sqrt();
            assert!((f64::from(m) - p).abs() < 4.5 * error, "{i}: {m} {p}");
        }
        let conditionals = host(&joint.conditionals(&outcomes().narrow(0, 0, 1)));
        assert!(
            (conditionals[0] - marginals[0]).abs() < 1e-6,
            "nothing is before the first"
        );
    }
}
