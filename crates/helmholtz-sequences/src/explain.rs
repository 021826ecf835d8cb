//! A recording as a model sees it: what its steps cost, and which are surprising.

use serde::Serialize;

use super::config::Config;
use super::evaluate::Baseline;
use super::follow::{Follow, Followed};
use super::networks::SequenceFilter;
use super::recording::Recording;

/// A sequence under way, in recorded numbers; densities are those of recorded numbers, too.
pub struct Recorded<'a> {
    config: &'a Config,
    follow: Box<dyn Follow + 'a>,
}

impl<'a> Recorded<'a> {
    /// Before the first step.
    pub fn new(filter: &'a dyn SequenceFilter, config: &'a Config) -> Self {
        Self {
            config,
            follow: filter.follow(config.filtering.first),
        }
    }

    /// [`Follow::see`].
    pub fn see(&mut self, row: &[f32]) -> Option<Followed> {
        let Some(scaling) = &self.config.scaling else {
            return self.follow.see(row);
        };
        let mut followed = self.follow.see(&scaling.apply(row))?;
        for expected in [&mut followed.prediction, &mut followed.reconstruction] {
            expected.mean = scaling.undo(&expected.mean);
            expected.deviation = scaling.stretch(&expected.deviation);
        }
        followed.energy.reconstruction += self.config.correction();
        Some(followed)
    }
}

/// What is to be said of a recording.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Its name.
    pub name: String,
    /// The mean step free energy, in nats.
    pub free_energy: f64,
    /// The mean divergence, which is a part of it.
    pub kl: f64,
    /// The costliest steps, the costliest first.
    pub surprising: Vec<Surprising>,
    /// Every step; `None` of one that is not scored.
    #[serde(skip)]
    pub steps: Vec<Option<Followed>>,
}

/// A step that cost much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Surprising {
    /// The step, from 1.
    pub t: usize,
    /// Its free energy, in nats.
    pub free_energy: f64,
    /// The share of usual steps that cost less.
    pub surprise: Option<f64>,
}

/// The steps that are told as surprising.
const SURPRISING: usize = 5;

/// Follows a recording from its beginning to its end.
pub fn explain(
    filter: &dyn SequenceFilter,
    config: &Config,
    recording: &Recording,
    usual: &Baseline,
) -> Explanation {
    let mut recorded = Recorded::new(filter, config);
    let steps: Vec<Option<Followed>> = (recording.steps.rows())
        .map(|row| recorded.see(row))
        .collect();
    let scored = || {
        steps
            .iter()
            .zip(1..)
            .filter_map(|(f, t)| Some((t, f.as_ref()?)))
    };
    let count = scored().count().max(1) as f64;
    let mut costs: Vec<Surprising> = scored()
        .map(|(t, f)| Surprising {
            t,
            free_energy: f.energy.free_energy(),
            surprise: usual.surprise(&f.energy),
        })
        .collect();
    costs.sort_by(|a, b| b.free_energy.total_cmp(&a.free_energy));
    costs.truncate(SURPRISING);
    Explanation {
        name: recording.name.clone(),
        free_energy: scored().map(|(_, f)| f.energy.free_energy()).sum::<f64>() / count,
        kl: scored().map(|(_, f)| f.energy.kl).sum::<f64>() / count,
        surprising: costs,
        steps,
    }
}
