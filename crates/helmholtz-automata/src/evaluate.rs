//! A model of automata measured on images, exactly.

use std::fmt;

use serde::Serialize;

use super::counts::Counts;
use super::exact::{entropy, log_evidence, maximum_likelihood};

/// How well a noise explains images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The number of images.
    pub images: usize,
    /// The mean of -log p(x), in nats.
    pub marginal_nll: f64,
    /// The least that any noise gives on these images.
    pub best_nll: f64,
    /// The model's noise.
    pub noise: f64,
    /// The noise of maximum likelihood.
    pub best_noise: f64,
    /// The mean entropy of the posterior over rules, in nats.
    pub entropy: f64,
}

/// Measures a noise on images.
pub fn evaluate(noise: f64, images: &[Counts]) -> Evaluation {
    let mean = |of: &dyn Fn(&Counts) -> f64| {
        images.iter().map(of).sum::<f64>() / images.len().max(1) as f64
    };
    let best_noise = maximum_likelihood(images, noise);
    Evaluation {
        images: images.len(),
        marginal_nll: -mean(&|x| log_evidence(x, noise)),
        best_nll: -mean(&|x| log_evidence(x, best_noise)),
        noise,
        best_noise,
        entropy: mean(&|x| entropy(x, noise)),
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |x: f64| 100.0 * x;
        writeln!(
            f,
            "noise           {:.3}% (maximum likelihood of these images: {:.3}%)",
            percent(self.noise),
            percent(self.best_noise)
        )?;
        writeln!(
            f,
            "marginal NLL    {:.3} nats per image, exact; images: {}",
            self.marginal_nll, self.images
        )?;
        writeln!(f, "best possible   {:.3}", self.best_nll)?;
        write!(
            f,
            "entropy         {:.5} nats of the posterior over rules",
            self.entropy
        )
    }
}
