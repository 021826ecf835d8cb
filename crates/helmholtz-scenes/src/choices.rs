//! How high every stack is and of what kinds its blocks are, each chosen by itself.

use helmholtz_nn::tensor::Tensor;

use super::program::{Plan, Stacks};
use helmholtz_math::random::Stream;
use helmholtz_nn::{ChoiceKernel, Masks, Packed, apply, draw, host, masked_softmax};

/// Categorical distributions of a batch of scenes: of the height of every cell, and of the kind of every place.
pub(super) struct Choices {
    pub(super) plan: Plan,
    /// `[scenes cells, height + 1]`.
    pub(super) heights: Tensor<2>,
    /// `[scenes places, kinds]`, where a scene has `places` of them.
    pub(super) kinds: Tensor<2>,
    /// Distributions of kinds per scene: one for each place of each cell, or one for all.
    pub(super) places: usize,
}

/// The steps of one scene: which distribution, and what is chosen from it.
type Steps = Vec<(usize, u8)>;

impl Choices {
    /// Which distribution of kinds a place has.
    fn place(&self, scene: usize, cell: usize, place: usize) -> usize {
        let own = match self.places {
            1 => 0,
            _ => cell * self.plan.height + place,
        };
        scene * self.places + own
    }

    /// The log-probability of each program, which is of scene `of[i]`.
    pub(super) fn log_prob(&self, of: &[usize], programs: &[Stacks]) -> Tensor<1> {
        let each = || of.iter().zip(programs);
        let heights = |(&scene, stacks): (&usize, &Stacks)| -> Steps {
            let each = stacks.0.iter().enumerate();
            each.map(|(cell, stack)| (scene * self.plan.cells() + cell, stack.len() as u8))
                .collect()
        };
        let kinds = |(&scene, stacks): (&usize, &Stacks)| -> Steps {
            let each = stacks.each();
            each.map(|(cell, place, kind)| (self.place(scene, cell, place), kind))
                .collect()
        };
        scored(self.heights.clone(), each().map(heights).collect())
            + scored(self.kinds.clone(), each().map(kinds).collect())
    }

    /// A program for each of `of`, with its log-probability.
    pub(super) fn sample(&self, of: &[usize], rngs: &mut [Stream]) -> Vec<(Stacks, f64)> {
        let heights = Table::new(&self.heights);
        let kinds = Table::new(&self.kinds);
        let draw = |(&scene, rng): (&usize, &mut Stream)| {
            let mut log_prob = 0.0;
            let mut choose = |table: &Table, row: usize| {
                let (chosen, log) = table.draw(row, rng);
                log_prob += log;
                chosen
            };
            let mut stack = |cell: usize| {
                let height = choose(&heights, scene * self.plan.cells() + cell);
                let kind = |place| choose(&kinds, self.place(scene, cell, place)) as u8;
                (0..height).map(kind).collect()
            };
            let stacks = Stacks((0..self.plan.cells()).map(&mut stack).collect());
            (stacks, log_prob)
        };
        of.iter().zip(rngs).map(draw).collect()
    }
}

fn masks(width: usize) -> Masks {
    Masks::new(1, width, |_, _| true)
}

/// The sum of each scene's steps' log-probabilities.
fn scored(logits: Tensor<2>, steps: Vec<Steps>) -> Tensor<1> {
    let [rows, width] = logits.dims();
    let all = || steps.iter().flatten();
    let kernel = ChoiceKernel {
        paths: Packed::new(steps.iter().map(Vec::len)),
        nodes: all().map(|step| step.0).collect(),
        chosen: all().map(|step| step.1).collect(),
        mask: vec![0; rows],
        masks: masks(width),
    };
    apply(kernel, [logits.into()])
}

/// Distributions by row.
struct Table {
    probabilities: Vec<f32>,
    width: usize,
}

impl Table {
    fn new(logits: &Tensor<2>) -> Self {
        let width = logits.dims()[1];
        let mut probabilities = host(logits);
        let mask = vec![1.0; width];
        for row in probabilities.chunks_exact_mut(width) {
            masked_softmax(row, &mask);
        }
        Self {
            probabilities,
            width,
        }
    }

    fn draw(&self, row: usize, rng: &mut Stream) -> (usize, f64) {
        let row = &self.probabilities[row * self.width..][..self.width];
        let chosen = draw(row, rng);
        (chosen, f64::from(row[chosen]).ln())
    }
}
