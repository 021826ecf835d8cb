//! What an update is shown, and the noise that it is judged by.

use helmholtz_nn::tensor::Tensor;

use super::Filtering;
use crate::filter::{Cut, First, Infer, StateSpace};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::dist::Normal;

/// The clips of an update.
pub(super) struct Clips {
    /// The number of each row's sequence, and which of its particles it is.
    pub(super) rows: Vec<(usize, usize)>,
    pub(super) step: u64,
    /// What comes before the scored steps.
    pub(super) first: Option<Tensor<2>>,
    /// The scored steps, `[rows, width]` each.
    pub(super) observations: Vec<Tensor<2>>,
    pub(super) weight: f32,
}

impl<S: StateSpace, I: Infer<S>> Filtering<S, I> {
    /// A stream for a step of a row's clip.
    pub(super) fn stream(
        &self,
        (item, particle): (usize, usize),
        (step, t): (u64, usize),
        (purpose, sample): (Purpose, usize),
    ) -> Stream {
        let tag = purpose.with((t as u64) << 24 | sample as u64);
        let row = (particle as u64) << 40 | item as u64;
        Stream::at([self.seed, row, step, tag])
    }

    /// A clip of each sequence, from a random place, once for every particle.
    pub(super) fn clips(&self, items: &[usize], step: u64) -> Clips {
        let (clip, unscored) = (self.settings.clip, self.settings.first.unscored());
        let device = &self.model.device().without_autodiff();
        let particles = 0..self.settings.particles;
        let rows = items.iter();
        let rows: Vec<(usize, usize)> = rows
            .flat_map(|&i| particles.clone().map(move |n| (i, n)))
            .collect();
        let cut = |&(i, _): &(usize, usize)| {
            let mut rng = self.stream((i, 0), (step, 0), (Purpose::Clip, 0));
            let from = rng.below(self.data[i].len() - clip + 1);
            let (down, up) = self.data[i].room(from, clip);
            let (down, up) = (down.min(self.settings.shift), up.min(self.settings.shift));
            Cut {
                sequence: &self.data[i],
                from,
                shift: rng.below(down + up + 1) as isize - down as isize,
            }
        };
        let cuts: Vec<Cut<'_>> = rows.iter().map(cut).collect();
        let batch = |t| Cut::batch(&cuts, t, device);
        Clips {
            rows,
            step,
            first: (self.settings.first == First::Condition).then(|| batch(0)),
            observations: (unscored..clip).map(batch).collect(),
            weight: self.settings.weight(step) as f32,
        }
    }

    /// Standard normal numbers like `like`, whose rows are the clips'.
    pub(super) fn noise(
        &self,
        clips: &Clips,
        t: usize,
        (purpose, sample): (Purpose, usize),
        like: &Normal,
    ) -> Tensor<2> {
        let rngs = clips.rows.iter();
        like.noise(rngs.map(|&row| self.stream(row, (clips.step, t), (purpose, sample))))
    }

    /// The noise of the samples at which a posterior is judged.
    pub(super) fn judging(
        &self,
        clips: &Clips,
        t: usize,
        k: usize,
        like: &Normal,
    ) -> Vec<Tensor<2>> {
        let each = 0..self.settings.samples;
        each.map(|s| self.noise(clips, t, (Purpose::Judge, k << 12 | s), like))
            .collect()
    }
}
