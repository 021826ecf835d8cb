//! Whether a memory shuts out what it should hold, and one estimate of log p(x) by which all algorithms can be judged.

use std::collections::HashSet;

use helmholtz_core::algorithm::Learning;
use helmholtz_core::evidence::{Common, common, log_joints};
use helmholtz_core::guide::Guide;
use helmholtz_core::memory::Memory;
use helmholtz_core::model::Model;
use helmholtz_core::search::Budget;
use helmholtz_core::train::WakeSleep;
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

use crate::Metric;

/// What is measured of observations that an experiment looks at (`looked_at` of its data).
pub(super) const METRICS: [Metric; 7] = [
    Metric {
        name: "common",
        title: "log p(x) of training data by one estimate for all: programs found by a search are summed, others sampled; nats",
        short: "log p(x), common",
    },
    Metric {
        name: "best_mass",
        title: "log of the summed p(z, x) of as many programs as a memory holds, the best that are known, nats",
        short: "best",
    },
    Metric {
        name: "kept_mass",
        title: "log of the summed p(z, x) of the members of the memory, nats",
        short: "members",
    },
    Metric {
        name: "challengers",
        title: "Programs, of those best, that are not in the memory and have more p(z, x) than its least member",
        short: "shut out",
    },
    Metric {
        name: "enters",
        title: "Share of estimates, with as many samples as in training, by which such a program would enter",
        short: "would enter",
    },
    Metric {
        name: "members_short",
        title: "log p(z, x) of members by the samples that rank in training, less that by 500 samples, nats; at least -100",
        short: "members, error",
    },
    Metric {
        name: "challengers_short",
        title: "The same of programs that should be members, nats",
        short: "others, error",
    },
];

/// The best programs that count, where there is no memory.
const BEST: usize = 5;
/// Estimates of a program with as many samples as rank in training.
const REPEATS: usize = 20;
/// Samples that say what is true, and programs of which that is asked.
const MANY: usize = 500;
const ASKED: usize = 15;
/// What is worse by more is as bad.
const WORST: f64 = -100.0;

/// A program with log p(z, x) by samples that had no part in its choice.
type Known<D> = (D, f64);

/// What is seen of an observation.
struct Look {
    log_evidence: f64,
    best: f64,
    memory: Option<Kept>,
}

/// What is seen of its memory.
struct Kept {
    mass: f64,
    challengers: usize,
    enters: Option<f64>,
    short: [Option<f64>; 2],
}

/// Measures a learner on the first observations that it learned from.
pub(super) fn looked_at<M: Model, G: Guide<M>>(
    learner: &WakeSleep<M, G>,
    observations: &[&M::Observation],
    learning: &Learning,
) -> Vec<(&'static str, f64)> {
    let (model, guide) = (learner.model().valid(), learner.guide().valid());
    let look = |(number, &x): (usize, &&M::Observation)| {
        let seen = Seen {
            networks: (&model, &guide),
            x,
            number: number as u64,
        };
        seen.look(learner.memories.get(number), ranking(learning))
    };
    let looks: Vec<Look> = observations.iter().enumerate().map(look).collect();
    let mean_of = |of: &dyn Fn(&Look) -> Option<f64>| {
        let values: Vec<f64> = looks.iter().filter_map(of).collect();
        mean(&values).unwrap_or(f64::NAN)
    };
    let kept = |of: &dyn Fn(&Kept) -> Option<f64>| mean_of(&|l| l.memory.as_ref().and_then(of));
    vec![
        ("common", mean_of(&|l| Some(l.log_evidence))),
        ("best_mass", mean_of(&|l| Some(l.best))),
        ("kept_mass", kept(&|k| Some(k.mass))),
        ("challengers", kept(&|k| Some(k.challengers as f64))),
        ("enters", kept(&|k| k.enters)),
        ("members_short", kept(&|k| k.short[0])),
        ("challengers_short", kept(&|k| k.short[1])),
    ]
}

/// The samples of a program that rank it in training.
fn ranking(learning: &Learning) -> usize {
    match learning.apart {
        true => learning.samples / 2,
        false => learning.samples,
    }
}

/// An observation, seen by a model and a guide.
struct Seen<'a, M: Model, G: Guide<M>> {
    networks: (&'a M, &'a G),
    x: &'a M::Observation,
    number: u64,
}

impl<M: Model, G: Guide<M>> Seen<'_, M, G> {
    fn look(&self, memory: Option<&Memory<M::Discrete>>, few: usize) -> Look {
        let how = Common {
            budget: Budget {
                restarts: 2,
                rounds: 24,
                guided: 5,
                edits: 15,
                seed: self.number,
                ..Budget::default()
            },
            samples: [8, MANY],
            draws: MANY,
        };
        let members = memory.map_or(&[][..], |m| m.programs());
        let found = common(self.networks, self.x, members, &how);
        let room = memory.map_or(BEST, Memory::capacity);
        // Which are best is told by the samples that sum; how good they are by others.
        let own: HashSet<&M::Discrete> = members.iter().collect();
        let is_own = |p: &&M::Discrete| own.contains(*p);
        let programs = || found.programs.iter().map(|p| &p.0);
        let best = self.known(programs().take(room.min(ASKED)));
        let inside = self.known(programs().filter(is_own));
        let least = inside.last().map_or(f64::NEG_INFINITY, |p| p.1);
        let outside = best.iter().filter(|p| !own.contains(&p.0) && p.1 > least);
        let outside: Vec<Known<M::Discrete>> = outside.cloned().collect();
        let room_left = room > members.len();
        Look {
            log_evidence: found.log_evidence,
            best: mass(&best),
            memory: memory.map(|_| self.kept(&inside, &outside, (room_left, few))),
        }
    }

    fn kept(
        &self,
        inside: &[Known<M::Discrete>],
        outside: &[Known<M::Discrete>],
        (room_left, few): (bool, usize),
    ) -> Kept {
        let again = |part, programs: &[Known<M::Discrete>]| {
            self.estimates(part, programs.iter().map(|p| &p.0), (REPEATS, few))
        };
        let (of_members, of_others) = (again(1, inside), again(2, outside));
        // A memory that has room takes all.
        let threshold = |r: usize| match room_left {
            true => f64::NEG_INFINITY,
            false => of_members
                .iter()
                .map(|e| e[r])
                .fold(f64::INFINITY, f64::min),
        };
        let enters = of_others.iter().flat_map(|each| each.iter().enumerate());
        let enters = enters.map(|(r, e)| f64::from(u8::from(*e > threshold(r))));
        Kept {
            mass: mass(inside),
            challengers: outside.len(),
            enters: mean(&enters.collect::<Vec<_>>()),
            short: [short(inside, &of_members), short(outside, &of_others)],
        }
    }

    /// What is true of programs, best first.
    fn known<'d>(&self, programs: impl Iterator<Item = &'d M::Discrete>) -> Vec<Known<M::Discrete>>
    where
        M::Discrete: 'd,
    {
        let programs: Vec<&M::Discrete> = programs.collect();
        let estimates = self.estimates(0, programs.iter().copied(), (1, MANY));
        let each = programs.into_iter().cloned().zip(estimates);
        let mut known: Vec<_> = each.map(|(program, own)| (program, own[0])).collect();
        known.sort_by(|a, b| b.1.total_cmp(&a.1));
        known
    }

    /// Per program, independent estimates of log p(z, x) by so many samples each. A part has random numbers of its own.
    fn estimates<'d>(
        &self,
        part: u64,
        programs: impl Iterator<Item = &'d M::Discrete>,
        (repeats, samples): (usize, usize),
    ) -> Vec<Vec<f64>>
    where
        M::Discrete: 'd,
    {
        let repeated: Vec<M::Discrete> = programs
            .flat_map(|p| std::iter::repeat_n(p.clone(), repeats))
            .collect();
        if repeated.is_empty() {
            return vec![];
        }
        let stream = |i| Stream::at([self.number, i as u64, part, Purpose::Draws.tag()]);
        let mut rngs: Vec<Stream> = (0..repeated.len()).map(stream).collect();
        let encoding = self.networks.1.encode(&[self.x]);
        let of = vec![0; repeated.len()];
        let each = log_joints(
            self.networks,
            (&encoding, &[self.x]),
            (&of, &repeated),
            (samples, &mut rngs),
        );
        each.chunks(repeats).map(<[f64]>::to_vec).collect()
    }
}

fn mass<D>(programs: &[Known<D>]) -> f64 {
    logsumexp(&programs.iter().map(|p| p.1).collect::<Vec<_>>())
}

/// The mean of what few samples say less what is true.
fn short<D>(programs: &[Known<D>], estimates: &[Vec<f64>]) -> Option<f64> {
    let each = programs.iter().zip(estimates);
    let each = each.flat_map(|(p, own)| own.iter().map(|e| (e - p.1).max(WORST)));
    mean(&each.collect::<Vec<_>>())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_clusters::config::Config;
    use helmholtz_clusters::exact::Enumeration;
    use helmholtz_clusters::normal::Covariance;
    use helmholtz_clusters::training::{MixtureDomain, generate};
    use helmholtz_core::domain::Domain;
    use helmholtz_core::train::Learner;

    /// Partitions of four points: there are fifteen, all are found, and nothing is continuous.
    #[test]
    fn where_all_can_be_summed_it_is_and_what_is_missing_is_seen() {
        // A model that stays, and proposals that leave no partition out.
        let config = Config {
            points: 4,
            rate: 0.0,
            learning: Learning {
                exploration: 1.0,
                ..Config::default().learning
            },
            ..Config::default()
        };
        let data = generate(3, 4, 0.1, 1);
        let mut learner = MixtureDomain::learner(&config, &data).unwrap();
        let points: Vec<_> = data.iter().collect();
        let look = |learner: &_| looked_at(learner, &points, &config.learning);
        let at = |looks: &[(&str, f64)], name: &str| looks.iter().find(|l| l.0 == name).unwrap().1;
        let before = look(&learner);
        assert!(at(&before, "kept_mass") < at(&before, "best_mass"));
        assert!(at(&before, "challengers") > 0.0 && at(&before, "enters") == 1.0);
        for step in 0..400 {
            learner.step(&[0, 1, 2], step);
        }
        let after = look(&learner);
        assert!((at(&after, "kept_mass") - at(&after, "best_mass")).abs() < 1e-9);
        assert_eq!(at(&after, "challengers"), 0.0);
        assert!(at(&after, "enters").is_nan() && at(&after, "members_short") == 0.0);
        assert!(at(&after, "best_mass") < at(&after, "common"));
        let all = Enumeration::new(4);
        let covariance = Covariance::new(learner.model().sigma());
        let exact = data.iter().map(|x| all.log_evidence(x, &covariance));
        let exact = exact.sum::<f64>() / 3.0;
        assert!(
            (at(&after, "common") - exact).abs() < 1e-3,
            "{after:?} {exact}"
        );
    }
}
