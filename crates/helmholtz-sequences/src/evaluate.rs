//! What recordings cost that a model has not learned from.

use serde::Serialize;

use super::config::Config;
use super::networks::SequenceFilter;
use super::recording::{Part, Recording, of_part};
use helmholtz_core::filter::{Particles, Sequence, StepEnergy};

/// Means over steps, in nats.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The number of recordings.
    pub recordings: usize,
    /// The number of steps that are scored.
    pub steps: usize,
    /// The step free energy over all steps.
    pub free_energy: f64,
    /// The mean over recordings of their means.
    pub free_energy_by_recording: f64,
    /// The same with sums divided by all steps, a first one that is not scored included (AVF, as the authors' program
    /// counts).
    pub free_energy_by_all_steps: f64,
    /// The part of the free energy that is the reconstruction.
    pub reconstruction: f64,
    /// The divergence of posteriors from priors.
    pub kl: f64,
    /// The free energy of the prior and after every iteration, over all steps; only the last where the network does
    /// not iterate.
    pub iterations: Vec<f64>,
    /// Bits per sample of a sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits_per_sample: Option<f64>,
    /// The particle bound over all steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub particle_bound: Option<f64>,
    /// As [`Evaluation::free_energy_by_all_steps`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub particle_bound_by_all_steps: Option<f64>,
}

/// A mean over steps, and in two other ways.
struct PerStep {
    pooled: f64,
    by_recording: f64,
    by_all_steps: f64,
}

impl PerStep {
    /// By the costs of the steps that are scored, of each sequence.
    fn of(costs: &[Vec<f64>], sequences: &[&Sequence]) -> Self {
        let sums = costs.iter().map(|c| c.iter().sum::<f64>());
        let sums: Vec<f64> = sums.collect();
        let steps: usize = costs.iter().map(Vec::len).sum();
        let mean = |length: &dyn Fn(usize) -> usize| -> f64 {
            let each = sums
                .iter()
                .enumerate()
                .map(|(i, sum)| sum / length(i) as f64);
            each.sum::<f64>() / sums.len() as f64
        };
        Self {
            pooled: sums.iter().sum::<f64>() / steps as f64,
            by_recording: mean(&|i| costs[i].len()),
            by_all_steps: mean(&|i| sequences[i].len()),
        }
    }
}

/// How hard to look.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvaluateOptions {
    /// The particles of a bound besides, if one is wanted.
    pub particles: Option<Particles>,
}

/// What recordings cost; `None` where no step is scored.
pub fn evaluate(
    filter: &dyn SequenceFilter,
    config: &Config,
    recordings: &[&Recording],
    options: &EvaluateOptions,
) -> Option<Evaluation> {
    let first = config.filtering.first;
    let sequences: Vec<Sequence> = recordings.iter().map(|r| config.scaled(&r.steps)).collect();
    let scored: Vec<&Sequence> = sequences
        .iter()
        .filter(|s| s.len() > first.unscored())
        .collect();
    let energies = filter.energies(&scored, first);
    let mut evaluation = summary(&energies, &scored, config)?;
    if recordings.iter().all(|r| r.sound.is_some()) {
        let samples = config.width.unwrap_or(1) as f64;
        evaluation.bits_per_sample = Some(evaluation.free_energy / samples / 2f64.ln());
    }
    if let Some(particles) = &options.particles {
        let bounds = filter.particle_bound(&scored, first, particles);
        let cost = |song: &Vec<f64>| song.iter().map(|b| config.correction() - b).collect();
        let bound = PerStep::of(&bounds.iter().map(cost).collect::<Vec<_>>(), &scored);
        evaluation.particle_bound = Some(bound.pooled);
        evaluation.particle_bound_by_all_steps = Some(bound.by_all_steps);
    }
    Some(evaluation)
}

/// The means of step free energies: per sequence, step and iteration.
fn summary(
    energies: &[Vec<Vec<StepEnergy>>],
    sequences: &[&Sequence],
    config: &Config,
) -> Option<Evaluation> {
    let correction = config.correction();
    let rounds = energies.iter().flatten().map(Vec::len).min()?;
    let last: Vec<StepEnergy> = energies
        .iter()
        .flatten()
        .filter_map(|step| step.last().copied())
        .collect();
    let mean = |of: &dyn Fn(&StepEnergy) -> f64| -> f64 {
        last.iter().map(of).sum::<f64>() / last.len() as f64
    };
    let round = |k: usize| {
        let cost = |step: &Vec<StepEnergy>| step[k].free_energy() + correction;
        let costs = energies.iter().map(|song| song.iter().map(cost).collect());
        PerStep::of(&costs.collect::<Vec<Vec<f64>>>(), sequences)
    };
    let each: Vec<PerStep> = (0..rounds).map(round).collect();
    let free_energy = each.last()?;
    Some(Evaluation {
        recordings: energies.len(),
        steps: last.len(),
        free_energy: free_energy.pooled,
        free_energy_by_recording: free_energy.by_recording,
        free_energy_by_all_steps: free_energy.by_all_steps,
        reconstruction: mean(&|e| e.reconstruction + correction),
        kl: mean(&|e| e.kl),
        iterations: each.iter().map(|e| e.pooled).collect(),
        bits_per_sample: None,
        particle_bound: None,
        particle_bound_by_all_steps: None,
    })
}

impl std::fmt::Display for Evaluation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "recordings           {} ({} steps scored)",
            self.recordings, self.steps
        )?;
        let energy = |f: &mut std::fmt::Formatter<'_>, what: &str, nats: f64| {
            writeln!(f, "{what:20} {nats:.3} nats a step")
        };
        energy(f, "free energy", self.free_energy)?;
        energy(f, "  reconstruction", self.reconstruction)?;
        energy(f, "  divergence", self.kl)?;
        energy(f, "  mean by recording", self.free_energy_by_recording)?;
        if self.iterations.len() > 1 {
            energy(f, "prediction", self.iterations[0])?;
        }
        if let Some(bound) = self.particle_bound {
            energy(f, "particle bound", bound)?;
        }
        match self.bits_per_sample {
            Some(bits) => writeln!(f, "bits per sample      {bits:.3}"),
            None => Ok(()),
        }
    }
}

/// What steps usually cost, so that it can be said how surprising one is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// In increasing order.
    energies: Vec<f64>,
}

/// Recordings, and steps of each, by which it is told what is usual.
const USUAL: (usize, usize) = (32, 48);

impl Baseline {
    /// By some recordings, of which the beginnings are looked at.
    pub fn new<'a>(
        filter: &dyn SequenceFilter,
        config: &Config,
        recordings: impl Iterator<Item = &'a Recording>,
    ) -> Self {
        Self::of(filter, config, &beginnings(config, recordings))
    }

    /// By the beginnings of some recordings.
    pub(super) fn of(filter: &dyn SequenceFilter, config: &Config, parts: &[Sequence]) -> Self {
        let first = config.filtering.first;
        let found = filter.energies(&parts.iter().collect::<Vec<_>>(), first);
        let last = found.iter().flatten().filter_map(|s| s.last());
        let correction = config.correction();
        let mut energies: Vec<f64> = last.map(|e| e.free_energy() + correction).collect();
        energies.sort_by(f64::total_cmp);
        Self { energies }
    }

    /// As bytes of a state.
    pub(super) fn written(&self) -> Vec<u8> {
        self.energies.iter().flat_map(|e| e.to_le_bytes()).collect()
    }

    /// What [`Baseline::written`] gave; `None` of what is something else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks();
        let energies: Vec<f64> = numbers.iter().map(|b| f64::from_le_bytes(*b)).collect();
        let is_ours = rest.is_empty() && energies.is_sorted_by(|a, b| a.total_cmp(b).is_le());
        is_ours.then_some(Self { energies })
    }

    /// The share of usual steps that cost less, densities being those of recorded numbers; `None` where nothing is
    /// known.
    pub fn surprise(&self, energy: &StepEnergy) -> Option<f64> {
        let below = self.energies.partition_point(|&e| e < energy.free_energy());
        let all = self.energies.len();
        (all > 0).then(|| below as f64 / all as f64)
    }
}

/// The beginnings of some recordings, by which it is told what is usual.
pub(super) fn beginnings<'a>(
    config: &Config,
    recordings: impl Iterator<Item = &'a Recording>,
) -> Vec<Sequence> {
    let (count, steps) = USUAL;
    let first = recordings.take(count);
    first
        .map(|r| config.scaled(&r.steps.part(0, steps)))
        .collect()
}

/// The recordings of which steps are usual: those held out, if there are any.
pub(super) fn typical(recordings: &[Recording]) -> impl Iterator<Item = &Recording> {
    let held_out = of_part(recordings, Part::Valid).count() > 0;
    of_part(recordings, if held_out { Part::Valid } else { Part::Train })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(parts: &[(f64, f64)]) -> Vec<StepEnergy> {
        let each = parts.iter();
        each.map(|&(reconstruction, kl)| StepEnergy { reconstruction, kl })
            .collect()
    }

    #[test]
    fn three_ways_to_divide() {
        let energies = [
            vec![step(&[(3.0, 0.0), (1.0, 1.0)])],
            vec![
                step(&[(9.0, 0.0), (4.0, 1.0)]),
                step(&[(6.0, 0.0), (2.0, 0.0)]),
            ],
        ];
        let sequence = |n: usize| Sequence::try_from(vec![vec![0.0]; n]).unwrap();
        let (two, three) = (sequence(2), sequence(3));
        let found = summary(&energies, &[&two, &three], &Config::default()).unwrap();
        assert_eq!((found.recordings, found.steps), (2, 3));
        assert!((found.free_energy - 3.0).abs() < 1e-12);
        assert!((found.free_energy_by_recording - (2.0 + 3.5) / 2.0).abs() < 1e-12);
        assert!((found.free_energy_by_all_steps - (1.0 + 7.0 / 3.0) / 2.0).abs() < 1e-12);
        assert!((found.kl - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(found.iterations, [6.0, 3.0]);
        assert!(summary(&[], &[], &Config::default()).is_none());
    }

    #[test]
    fn surprise_is_the_share_that_costs_less() {
        let usual = Baseline {
            energies: vec![1.0, 2.0, 3.0, 4.0],
        };
        let surprise = |f| {
            usual.surprise(&StepEnergy {
                reconstruction: f,
                kl: 0.0,
            })
        };
        assert_eq!(
            (surprise(2.5), surprise(0.0), surprise(9.0)),
            (Some(0.5), Some(0.0), Some(1.0))
        );
        assert_eq!(Baseline::default().surprise(&StepEnergy::default()), None);
        let bytes = usual.written();
        assert_eq!(Baseline::read(&bytes), Some(usual));
        assert_eq!(Baseline::read(&bytes[1..]), None);
    }
}
