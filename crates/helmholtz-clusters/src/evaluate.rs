//! How good a learner is, exactly: its model by the evidence, its inference by the divergence from the
//! posterior of the process that made the data.

use std::fmt;

use serde::Serialize;

use super::exact::{Enumeration, divergence, fit};
use super::normal::{Covariance, Points, Symmetric};
use super::partition::Partition;
use super::training::MixtureLearner;
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{ModelExt, Rows};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::softmax;
use helmholtz_nn::Module;

/// A model measured on sets of points, exactly.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The number of sets.
    pub sets: usize,
    /// The mean of -log p(x), in nats.
    pub marginal_nll: f64,
    /// Its standard error over sets; `None` of a single one.
    pub standard_error: Option<f64>,
    /// The least that any covariance gives on these sets.
    pub best_nll: f64,
    /// The model's covariance.
    pub covariance: Symmetric,
}

/// Measures a covariance on sets of points.
pub fn evaluate(sigma: Symmetric, sets: &[Points]) -> Evaluation {
    let nll = |sigma| -> Vec<f64> {
        let covariance = Covariance::new(sigma);
        let evidence =
            |x: &Points| -Enumeration::new(x.points().len()).log_evidence(x, &covariance);
        sets.iter().map(evidence).collect()
    };
    let each = nll(sigma);
    let n = each.len() as f64;
    let mean = each.iter().sum::<f64>() / n;
    let squares: f64 = each.iter().map(|x| (x - mean).powi(2)).sum();
    Evaluation {
        sets: sets.len(),
        marginal_nll: mean,
        standard_error: (sets.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt()),
        best_nll: nll(fit(sets)).iter().sum::<f64>() / n,
        covariance: sigma,
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.covariance;
        writeln!(f, "covariance      [[{a:.4}, {b:.4}], [{b:.4}, {c:.4}]]")?;
        write!(f, "marginal NLL    {:.3}", self.marginal_nll)?;
        if let Some(error) = self.standard_error {
            write!(f, " +- {error:.3}")?;
        }
        writeln!(f, " nats per set, exact; sets: {}", self.sets)?;
        write!(f, "best possible   {:.3}", self.best_nll)
    }
}

/// The approximate posterior of every observation.
///
/// With a memory it is the memory's, weighted by the joint under the learned model. Without one it is that of
/// `samples` draws from the guide with self-normalised importance weights; `seed` addresses the draws.
pub fn approximations(
    learner: &MixtureLearner,
    samples: usize,
    seed: u64,
) -> Vec<Vec<(Partition, f64)>> {
    let (model, guide) = (learner.model().valid(), learner.guide().valid());
    let observations: Vec<_> = learner.data.iter().collect();
    let (of, programs, log_q) = if learner.memories.is_empty() {
        let encoding = guide.encode(&observations);
        let of: Vec<usize> = (0..observations.len() * samples)
            .map(|i| i / samples)
            .collect();
        let mut rngs: Vec<Stream> = (0..of.len() as u64)
            .map(|i| Stream::at([seed, i, 0, Purpose::Draws.tag()]))
            .collect();
        let drawn = guide.sample(&encoding, &of, &mut rngs);
        let (programs, log_q): (Vec<_>, Vec<f64>) = drawn.into_iter().unzip();
        (of, programs, log_q)
    } else {
        let members = learner.memories.iter().enumerate();
        let (of, programs): (Vec<usize>, Vec<Partition>) = members
            .flat_map(|(o, memory)| memory.programs().iter().map(move |&z| (o, z)))
            .unzip();
        let uniform = vec![0.0; of.len()];
        (of, programs, uniform)
    };
    let rows = Rows::new(&observations, &of, &programs);
    let joints = model.log_joint(&rows).values();
    let mut each = vec![(vec![], vec![]); observations.len()];
    for (i, &o) in of.iter().enumerate() {
        each[o].0.push(programs[i]);
        each[o].1.push(joints[i] - log_q[i]);
    }
    let weigh = |(z, w): (Vec<Partition>, Vec<f64>)| z.into_iter().zip(softmax(&w)).collect();
    each.into_iter().map(weigh).collect()
}

/// The mean over observations of KL(Q || posterior), averaged over `repeats` where Q is random. `posteriors`
/// are those of the learner's observations.
pub fn mean_divergence(
    learner: &MixtureLearner,
    enumeration: &Enumeration,
    posteriors: &[Vec<f64>],
    samples: usize,
    repeats: usize,
) -> f64 {
    let repeats = if learner.memories.is_empty() {
        repeats.max(1)
    } else {
        1
    };
    let once = |repeat: usize| -> f64 {
        let approximations = approximations(learner, samples, repeat as u64);
        let each = approximations.iter().zip(posteriors);
        each.map(|(q, p)| divergence(q, enumeration, p)).sum()
    };
    let total: f64 = (0..repeats).map(once).sum();
    total / (repeats * posteriors.len()) as f64
}
