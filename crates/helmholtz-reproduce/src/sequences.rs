//! Sequences in experiments: what recordings cost that were held out.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Benchmark, Exhibit, Metric, Moment};
use helmholtz_core::filter::{Inference, Kalman, Particles, energies};
use helmholtz_math::error::SettingError;
use helmholtz_sequences::config::Config;
use helmholtz_sequences::drawing::drawing;
use helmholtz_sequences::evaluate::{Baseline, EvaluateOptions, Evaluation, evaluate};
use helmholtz_sequences::explain::explain;
use helmholtz_sequences::medium::Medium;
use helmholtz_sequences::networks::SequenceFilter;
use helmholtz_sequences::recording::{Part, Recording, hold_out, of_part};
use helmholtz_sequences::training::{SequenceLearner, Sequences};
use helmholtz_sequences::{Output, builtin};

/// The data of an experiment on sequences.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Recordings to learn from; the library's own if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Which file of the folder `file`, where there are several sets of recordings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// The most recordings of a part; 0 for all.
    pub recordings: usize,
    /// The most steps of a recording that is held out; 0 for all.
    pub steps: usize,
    /// Iterations of inference when it is measured; as many as are learned with if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<usize>,
    /// Particles of a bound in the end; 0 for none.
    pub particles: usize,
    /// The seed of the data, where they are the library's own.
    pub seed: u64,
}

/// Recordings, and what is known of them.
pub struct World {
    recordings: Vec<Recording>,
    data: Data,
    /// Of held-out recordings, nats a step: -log p(x), and the optimum of filtering that conditions on samples.
    exact: Option<(f64, f64)>,
}

/// Particles are drawn anew when fewer than this share of them count.
const THRESHOLD: f64 = 0.5;
/// The most improvements by iteration that are told.
const ITERATIONS: [(usize, &str); 4] = [
    (1, "improvement_1"),
    (2, "improvement_2"),
    (4, "improvement_4"),
    (8, "improvement_8"),
];

const fn improvement(name: &'static str, title: &'static str) -> Metric {
    Metric {
        name,
        title,
        short: "improvement, %",
    }
}

impl<M: Medium> Benchmark for Sequences<M> {
    type World = World;
    type Data = Data;

    const FROM_FILE: bool = true;

    const METRICS: &'static [Metric] = &[
        Metric {
            name: "free_energy",
            title: "Free energy of test recordings over all scored steps, nats a step",
            short: "test free energy",
        },
        Metric {
            name: "free_energy_by_recording",
            title: "The same, the mean over recordings of their means",
            short: "test free energy",
        },
        Metric {
            name: "free_energy_by_all_steps",
            title: "The same, divided by all steps, the unscored first one included (as published)",
            short: "test free energy",
        },
        Metric {
            name: "kl",
            title: "Divergence of posteriors from priors, nats a step",
            short: "divergence",
        },
        Metric {
            name: "prediction",
            title: "Free energy of the prior, before inference, nats a step",
            short: "prediction",
        },
        Metric {
            name: "valid",
            title: "Free energy of validation recordings, nats a step",
            short: "validation free energy",
        },
        Metric {
            name: "bits_per_sample",
            title: "Bits per sample of test sounds",
            short: "bits per sample",
        },
        Metric {
            name: "particle_bound",
            title: "Particle bound of test recordings, nats a step",
            short: "particle bound",
        },
        Metric {
            name: "particle_bound_by_all_steps",
            title: "The same, divided by all steps, the unscored first one included",
            short: "particle bound",
        },
        improvement(
            "improvement_1",
            "What one iteration takes off the free energy of the prior, %",
        ),
        improvement("improvement_2", "What two iterations take off it, %"),
        improvement("improvement_4", "What four iterations take off it, %"),
        improvement("improvement_8", "What eight iterations take off it, %"),
        Metric {
            name: "exact",
            title: "-log p(x) of test sequences under the true model, nats a step",
            short: "-log p(x)",
        },
        Metric {
            name: "conditional_optimum",
            title: "Least expected free energy of filtering that conditions on samples, true model, nats a step",
            short: "F*",
        },
        Metric {
            name: "bound",
            title: "Training bound, nats a step",
            short: "bound",
        },
    ];

    fn world(config: &Config, data: &Data) -> Result<World, SettingError> {
        let (mut recordings, exact) = match &data.file {
            Some(file) => {
                let set = data.set.iter().map(Path::new);
                let path: PathBuf = [Path::new(file)].into_iter().chain(set).collect();
                let read = M::read(&path, &config.grid);
                let found = read.map_err(|e| SettingError::new("data.file", e.to_string()))?;
                (found, false)
            }
            None if data.set.is_some() => {
                let reason =
                    "several sets are compared; name the folder that they are in by --data";
                return Err(SettingError::new("data.file", reason));
            }
            None => (M::builtin(&config.grid, data.seed), M::STREAMED),
        };
        hold_out(&mut recordings);
        let recordings: Vec<Recording> = [Part::Train, Part::Valid, Part::Test]
            .into_iter()
            .flat_map(|part| shortened(&recordings, part, data))
            .collect();
        Ok(World {
            exact: if exact { exactly(&recordings)? } else { None },
            recordings,
            data: data.clone(),
        })
    }

    fn observations(world: &World) -> &[Recording] {
        &world.recordings
    }

    fn measure(
        world: &World,
        config: &Config,
        learner: &SequenceLearner,
        moment: &Moment,
    ) -> Vec<(&'static str, f64)> {
        let filter = world.filter(config, learner);
        let of = |part| world.evaluate(&*filter, config, part, &EvaluateOptions::default());
        let mut measures = vec![("bound", moment.bound)];
        measures.extend(of(Part::Valid).map(|found| ("valid", found.free_energy)));
        if moment.last {
            measures.extend(world.concluding(&*filter, config));
        }
        measures
    }

    fn exhibit(
        world: &World,
        config: &Config,
        learner: &SequenceLearner,
        name: &str,
    ) -> Result<Exhibit, SettingError> {
        let shown = of_part(&world.recordings, world.judged()).next();
        match (name, shown) {
            ("prediction", Some(recording)) => {
                let filter = world.filter(config, learner);
                let found = explain(&*filter, config, recording, &Baseline::default());
                Ok(Exhibit::Drawing(drawing(recording, &found.steps, config)))
            }
            _ => Err(SettingError::new(
                "exhibits",
                format!("{name} is not `prediction`"),
            )),
        }
    }
}

/// As many recordings of a part as are asked for; those that are held out as short as is asked for.
fn shortened(recordings: &[Recording], part: Part, data: &Data) -> Vec<Recording> {
    let or_all = |n: usize| if n == 0 { usize::MAX } else { n };
    let (count, steps) = (or_all(data.recordings), or_all(data.steps));
    let steps = if part == Part::Train {
        usize::MAX
    } else {
        steps
    };
    let each = of_part(recordings, part).take(count);
    each.map(|r| Recording {
        steps: r.steps.part(0, steps),
        ..r.clone()
    })
    .collect()
}

/// What test recordings of the library's own stream cost exactly, and what filtering converges to.
fn exactly(recordings: &[Recording]) -> Result<Option<(f64, f64)>, SettingError> {
    let truth = builtin::rotation()?;
    let (mut nats, mut optimum, mut steps) = (0.0, 0.0, 0.0);
    for recording in of_part(recordings, Part::Test) {
        let rows = recording.steps.rows();
        let rows: Vec<Vec<f64>> = rows
            .map(|r| r.iter().map(|&x| f64::from(x)).collect())
            .collect();
        // The first observation is not scored, but what it tells is known.
        let each = energies(&Kalman(&truth), rows.iter().map(|x| &x[..]));
        nats += each.iter().skip(1).map(|e| e.free_energy()).sum::<f64>();
        let each = truth.conditional_free_energies(rows.iter().map(|x| &x[..]));
        optimum += each.iter().skip(1).sum::<f64>();
        steps += rows.len().saturating_sub(1) as f64;
    }
    Ok((steps > 0.0).then(|| (nats / steps, optimum / steps)))
}

impl World {
    /// The part by which a model is judged: what was held out to stop by, if there is nothing else.
    fn judged(&self) -> Part {
        match of_part(&self.recordings, Part::Test).next() {
            Some(_) => Part::Test,
            None => Part::Valid,
        }
    }

    fn filter(&self, config: &Config, learner: &SequenceLearner) -> Box<dyn SequenceFilter> {
        let learned = config.filtering.iterations;
        learner.networks().filter(Inference {
            iterations: self.data.iterations.unwrap_or(learned),
            samples: 1,
            seed: 1,
        })
    }

    fn evaluate(
        &self,
        filter: &dyn SequenceFilter,
        config: &Config,
        part: Part,
        options: &EvaluateOptions,
    ) -> Option<Evaluation> {
        let recordings: Vec<&Recording> = of_part(&self.recordings, part).collect();
        evaluate(filter, config, &recordings, options)
    }

    /// What is measured in the end.
    fn concluding(&self, filter: &dyn SequenceFilter, config: &Config) -> Vec<(&'static str, f64)> {
        let particles = (self.data.particles > 0).then_some(Particles {
            count: self.data.particles,
            threshold: THRESHOLD,
        });
        let options = EvaluateOptions { particles };
        let Some(found) = self.evaluate(filter, config, self.judged(), &options) else {
            return vec![];
        };
        let mut measures = vec![
            ("free_energy", found.free_energy),
            ("free_energy_by_recording", found.free_energy_by_recording),
            ("free_energy_by_all_steps", found.free_energy_by_all_steps),
            ("kl", found.kl),
        ];
        let rounds = &found.iterations;
        measures.extend((rounds.len() > 1).then(|| ("prediction", rounds[0])));
        measures.extend(found.bits_per_sample.map(|b| ("bits_per_sample", b)));
        measures.extend(found.particle_bound.map(|b| ("particle_bound", b)));
        let published = found.particle_bound_by_all_steps;
        measures.extend(published.map(|b| ("particle_bound_by_all_steps", b)));
        let each = ITERATIONS.iter().filter(|(k, _)| *k < rounds.len());
        measures.extend(
            each.map(|&(k, name)| (name, 100.0 * (rounds[0] - rounds[k]) / rounds[0].abs())),
        );
        // Only a filter that is told the first observation can be compared.
        let compared = self
            .exact
            .filter(|_| config.filtering.first.unscored() == 1);
        if let (Some((exact, optimum)), Some(Output::Gaussian)) = (compared, config.output) {
            measures.extend([("exact", exact), ("conditional_optimum", optimum)]);
        }
        measures
    }
}
