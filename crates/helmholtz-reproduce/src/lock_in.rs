//! Whether a memory shuts out what it should hold, and one estimate of log p(x) by which all algorithms can be judged.

use std::collections::HashSet;

use helmholtz_core::evidence::{Common, common, log_joints};
use helmholtz_core::guide::Guide;
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
        title: "log of the summed p(z, x) of the best five programs that are known, nats",
        short: "best five",
    },
    Metric {
        name: "kept_mass",
        title: "log of the summed p(z, x) of the members of the memory, nats",
        short: "members",
    },
    Metric {
        name: "challengers",
        title: "Programs, of the best five that are not in the memory, with more p(z, x) than its least member",
        short: "shut out",
    },
    Metric {
        name: "enters",
        title: "Share of estimates, with as many samples as in training, by which such a program would enter",
        short: "would enter",
    },
    Metric {
        name: "members_short",
        title: "log p(z, x) of members as in training less by 500 samples, nats",
        short: "members, error",
    },
    Metric {
        name: "challengers_short",
        title: "The same of programs that should be members, nats",
        short: "others, error",
    },
];

/// The best programs that count.
const BEST: usize = 5;
/// Estimates of a program with as many samples as in training.
const REPEATS: usize = 20;

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

/// Measures a learner on the first observations that it learned from; `samples` are those of a program in training.
pub(super) fn looked_at<M: Model, G: Guide<M>>(
    learner: &WakeSleep<M, G>,
    observations: &[&M::Observation],
    samples: usize,
) -> Vec<(&'static str, f64)> {
    let (model, guide) = (learner.model().valid(), learner.guide().valid());
    let look = |(i, x): (usize, &&M::Observation)| {
        let memory = learner.memories.get(i).map(|m| m.programs());
        look((&model, &guide), x, memory, (samples, i as u64))
    };
    let looks: Vec<Look> = observations.iter().enumerate().map(look).collect();
    let mean = |of: &dyn Fn(&Look) -> Option<f64>| {
        let values: Vec<f64> = looks.iter().filter_map(of).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let kept = |of: &dyn Fn(&Kept) -> Option<f64>| mean(&|l| l.memory.as_ref().and_then(of));
    vec![
        ("common", mean(&|l| Some(l.log_evidence))),
        ("best_mass", mean(&|l| Some(l.best))),
        ("kept_mass", kept(&|k| Some(k.mass))),
        ("challengers", kept(&|k| Some(k.challengers as f64))),
        ("enters", kept(&|k| k.enters)),
        ("members_short", kept(&|k| k.short[0])),
        ("challengers_short", kept(&|k| k.short[1])),
    ]
}

fn look<M: Model, G: Guide<M>>(
    networks: (&M, &G),
    x: &M::Observation,
    memory: Option<&[M::Discrete]>,
    (samples, seed): (usize, u64),
) -> Look {
    let how = Common {
        budget: Budget {
            restarts: 2,
            rounds: 24,
            guided: 5,
            edits: 15,
            seed,
            ..Budget::default()
        },
        samples: [8, 500],
        draws: 500,
    };
    let found = common(networks, x, memory.unwrap_or_default(), &how);
    let best = found.programs.iter().take(BEST).map(|p| p.1);
    Look {
        log_evidence: found.log_evidence,
        best: logsumexp(&best.collect::<Vec<_>>()),
        memory: memory.map(|members| kept(networks, x, (members, &found.programs), samples)),
    }
}

fn kept<M: Model, G: Guide<M>>(
    networks: (&M, &G),
    x: &M::Observation,
    (members, found): (&[M::Discrete], &[(M::Discrete, f64)]),
    samples: usize,
) -> Kept {
    let own: HashSet<&M::Discrete> = members.iter().collect();
    let best = found.iter().take(BEST.max(members.len()));
    let (inside, _): (Vec<_>, Vec<_>) = found.iter().partition(|p| own.contains(&p.0));
    let least = inside.last().map_or(f64::NEG_INFINITY, |p| p.1);
    let outside: Vec<&(M::Discrete, f64)> = best
        .filter(|p| p.1 > least && !own.contains(&p.0))
        .collect();
    let again = |programs: &[&(M::Discrete, f64)]| estimates(networks, x, programs, samples);
    let (of_members, of_others) = (again(&inside), again(&outside));
    let thresholds = (0..REPEATS).map(|r| {
        of_members
            .iter()
            .map(|e| e[r])
            .fold(f64::INFINITY, f64::min)
    });
    let thresholds: Vec<f64> = thresholds.collect();
    let enters = of_others
        .iter()
        .flat_map(|each| each.iter().zip(&thresholds));
    let enters: Vec<f64> = enters.map(|(e, t)| f64::from(u8::from(e > t))).collect();
    Kept {
        mass: logsumexp(&inside.iter().map(|p| p.1).collect::<Vec<_>>()),
        challengers: outside.len(),
        enters: mean(&enters),
        short: [short(&inside, &of_members), short(&outside, &of_others)],
    }
}

/// Per program, estimates of log p(z, x) by `samples` samples.
fn estimates<M: Model, G: Guide<M>>(
    networks: (&M, &G),
    x: &M::Observation,
    programs: &[&(M::Discrete, f64)],
    samples: usize,
) -> Vec<Vec<f64>> {
    if programs.is_empty() {
        return vec![];
    }
    let repeated = programs
        .iter()
        .flat_map(|p| std::iter::repeat_n(p.0.clone(), REPEATS));
    let repeated: Vec<M::Discrete> = repeated.collect();
    let stream = |i| Stream::at([1, i as u64, 0, Purpose::Judge.tag()]);
    let mut rngs: Vec<Stream> = (0..repeated.len()).map(stream).collect();
    let encoding = networks.1.encode(&[x]);
    let of = vec![0; repeated.len()];
    let each = log_joints(
        networks,
        (&encoding, &[x]),
        (&of, &repeated),
        (samples, &mut rngs),
    );
    each.chunks(REPEATS).map(<[f64]>::to_vec).collect()
}

/// The mean of what few samples say less what many say.
fn short<D>(programs: &[&(D, f64)], estimates: &[Vec<f64>]) -> Option<f64> {
    let each = programs.iter().zip(estimates);
    let each = each.flat_map(|(p, own)| own.iter().map(|e| e - p.1));
    mean(&each.filter(|d| d.is_finite()).collect::<Vec<_>>())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
