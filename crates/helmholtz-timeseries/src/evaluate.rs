//! How well a model explains series that it was not trained on.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::Tensor;
use serde::Serialize;

use super::config::Config;
use super::expression::{Expression, Kernel, Leaf, Range};
use super::guide::SeriesGuide;
use super::model::{SeriesModel, Setting};
use super::series::Series;
use helmholtz_core::evidence::importance;
use helmholtz_core::model::{Latent, Model, Rows};
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_nn::padded;

/// How hard to look.
#[derive(Clone, Copy, Debug)]
pub struct EvaluateOptions {
    /// Particles of the guide per series.
    pub samples: usize,
    /// Draws of the parameters per enumerated kernel; 0 to leave the enumeration out.
    pub draws: usize,
    /// The seed of all draws.
    pub seed: u64,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self {
            samples: 1000,
            draws: 8,
            seed: 0,
        }
    }
}

/// Means over series, in nats a series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The number of series.
    pub series: usize,
    /// log p(x) by importance sampling from the guide: says something about both networks.
    pub log_evidence: f64,
    /// Its median.
    pub log_evidence_median: f64,
    /// log of the sum of p(z_d) p(x | z_d) over all kernels of at most three base kernels, with parameters of
    /// the prior averaged: a lower bound that depends on the model alone. Good for narrow windows only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enumerated: Option<f64>,
}

impl std::fmt::Display for Evaluation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "series               {}", self.series)?;
        writeln!(f, "log evidence, mean   {:.2} nats", self.log_evidence)?;
        writeln!(
            f,
            "log evidence, median {:.2} nats",
            self.log_evidence_median
        )?;
        match self.enumerated {
            Some(value) => writeln!(f, "by enumeration       {value:.2} nats"),
            None => Ok(()),
        }
    }
}

/// Measures a model and its guide on series.
pub fn evaluate(
    model: &SeriesModel,
    guide: &SeriesGuide,
    data: &[Series],
    options: &EvaluateOptions,
) -> Evaluation {
    let (model, guide) = (model.valid(), guide.valid());
    let observations: Vec<&Series> = data.iter().collect();
    let each = importance(&model, &guide, &observations, options.samples, options.seed);
    let enumerated = (options.draws > 0).then(|| {
        let table = Table::new(&model, options.draws, options.seed);
        mean(&table.log_evidences(&model, &observations))
    });
    Evaluation {
        series: data.len(),
        log_evidence: mean(&each),
        log_evidence_median: median(each),
        enumerated,
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => f64::NAN,
        _ => 0.5 * (values[(n - 1) / 2] + values[n / 2]),
    }
}

/// All kernels of at most three base kernels of the paper's grammar, each once.
pub fn small_kernels() -> Vec<Expression> {
    let ranges = [Range::First, Range::Second, Range::Third, Range::Fourth];
    let leaves = [Leaf::White, Leaf::Smooth, Leaf::Constant].into_iter();
    let leaves = leaves.chain(ranges.map(Leaf::Periodic)).map(Kernel::Leaf);
    let leaves: Vec<Kernel> = leaves.collect();
    let mut kernels = leaves.clone();
    let mut pairs = vec![];
    for a in &leaves {
        for b in &leaves {
            pairs.push(Kernel::Sum(vec![a.clone(), b.clone()]));
            pairs.push(Kernel::Product(vec![a.clone(), b.clone()]));
        }
    }
    for pair in &pairs {
        for leaf in &leaves {
            kernels.push(Kernel::Sum(vec![pair.clone(), leaf.clone()]));
            kernels.push(Kernel::Product(vec![pair.clone(), leaf.clone()]));
        }
    }
    kernels.extend(pairs);
    let mut expressions: Vec<Expression> = kernels.into_iter().map(Expression::from).collect();
    expressions.sort_by_cached_key(Expression::to_string);
    expressions.dedup();
    expressions
}

/// Small kernels with their prior probabilities and draws of their parameters.
pub struct Table {
    /// Those of positive probability.
    programs: Vec<Expression>,
    log_prior: Vec<f64>,
    draws: usize,
    /// `[programs * draws, widest]`.
    raw: Option<Tensor<2>>,
}

impl Table {
    /// Every small kernel, with so many draws of its parameters.
    pub fn new(model: &SeriesModel, draws: usize, seed: u64) -> Self {
        let all = small_kernels();
        let nothing = vec![0; all.len()];
        let anything = Series::even(vec![0.0; 2]).ok();
        let observations: Vec<&Series> = anything.iter().collect();
        let prior = model
            .log_prior(&Rows::new(&observations, &nothing, &all))
            .values();
        let possible = all.into_iter().zip(prior).filter(|(_, p)| p.is_finite());
        let (programs, log_prior): (Vec<Expression>, Vec<f64>) = possible.unzip();
        let repeated = programs
            .iter()
            .flat_map(|p| std::iter::repeat_n(p.clone(), draws));
        let mut rngs: Vec<Stream> = (0..programs.len() * draws)
            .map(|i| Stream::at([seed, i as u64, 0, Purpose::Draws.tag()]))
            .collect();
        let latents: Vec<Latent<Expression>> = model.with_parameters(repeated.collect(), &mut rngs);
        let raw: Vec<Vec<f32>> = latents.into_iter().map(|z| z.1).collect();
        Self {
            raw: padded(&raw, &model.device()),
            programs,
            log_prior,
            draws,
        }
    }

    /// Per series, log of the sum of p(z_d) p(x | z_d).
    pub fn log_evidences(&self, model: &SeriesModel, observations: &[&Series]) -> Vec<f64> {
        let with_prior = |likelihoods: Vec<f64>| {
            let both = likelihoods.iter().zip(&self.log_prior);
            logsumexp(&both.map(|(l, p)| l + p).collect::<Vec<_>>())
        };
        let each = observations.iter();
        each.map(|x| with_prior(self.log_likelihoods(model, x)))
            .collect()
    }

    /// The mean of the same under the prior over these kernels that makes it greatest (by EM).
    pub fn best_evidence(&self, model: &SeriesModel, observations: &[&Series]) -> f64 {
        let each = observations.iter();
        let likelihoods: Vec<Vec<f64>> = each.map(|x| self.log_likelihoods(model, x)).collect();
        let count = self.programs.len();
        let mut prior = vec![-(count as f64).ln(); count];
        let mut best = f64::NEG_INFINITY;
        for _ in 0..EM_STEPS {
            let mut shares = vec![0.0; count];
            let mut total = 0.0;
            for row in &likelihoods {
                let joint: Vec<f64> = row.iter().zip(&prior).map(|(l, p)| l + p).collect();
                let evidence = logsumexp(&joint);
                total += evidence;
                let weights = joint.iter().map(|j| (j - evidence).exp());
                shares.iter_mut().zip(weights).for_each(|(s, w)| *s += w);
            }
            best = total / likelihoods.len().max(1) as f64;
            let size = likelihoods.len() as f64;
            prior = shares.into_iter().map(|s| (s / size).ln()).collect();
        }
        best
    }

    /// log p(x | z_d) of every kernel, its parameters averaged.
    fn log_likelihoods(&self, model: &SeriesModel, x: &Series) -> Vec<f64> {
        let (of, observation) = (vec![0; self.programs.len()], [x]);
        let rows =
            Rows::new(&observation, &of, &self.programs).with_samples(self.draws, self.raw.clone());
        let values = model.log_likelihood(&rows).exact;
        let log_draws = (self.draws as f64).ln();
        let each = values.chunks(self.draws);
        each.map(|w| logsumexp(w) - log_draws).collect()
    }
}

/// Steps of EM, far more than it takes to converge.
const EM_STEPS: usize = 500;

/// log p(x | z) of a kernel in the middle of its windows, and its gradient by the raw coordinates (empty when
/// not asked for): the function that training calls, for measurements.
///
/// ```
/// use helmholtz_timeseries::{Config, Series};
/// use helmholtz_timeseries::evaluate::log_likelihood;
/// let x = Series::even(vec![0.1, 0.3, 0.2])?;
/// let found = log_likelihood(&Config::default(), &"SE+WN".parse()?, &x, true);
/// assert!(found.is_some_and(|(value, gradient)| value.is_finite() && gradient.len() == 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn log_likelihood(
    config: &Config,
    kernel: &Expression,
    series: &Series,
    gradient: bool,
) -> Option<(f64, Vec<f64>)> {
    let setting = Setting::new(config).ok()?;
    let (covariance, likelihood) = (setting.covariance(kernel)?, setting.likelihood(series));
    let raw = vec![0.0; covariance.width];
    Some(match gradient {
        true => likelihood.gradient(&covariance, &raw),
        false => (likelihood.value(&covariance, &raw), vec![]),
    })
}

#[cfg(test)]
mod tests {
    use super::super::grammar::{Form, Grammar};
    use super::super::training::generate;
    use super::super::{Config, Layout, SeriesDomain};
    use super::*;
    use helmholtz_core::domain::Domain;

    #[test]
    fn small_kernels_are_canonical_and_distinct() {
        let kernels = small_kernels();
        let grammar = Grammar::new(Form::Paper, 10).unwrap();
        assert!(kernels.iter().all(|k| grammar.accepts(k)));
        // 7 leaves; 28 sums and 28 products of two; of three: 84 sums, 84 products, 7 * 28 of either mixture.
        assert_eq!(kernels.len(), 7 + 56 + 168 + 2 * 196);
    }

    #[test]
    fn both_measures_agree_where_parameters_hardly_matter() {
        let config = Config {
            hidden: 8,
            points: 10,
            form: Form::Paper,
            max_tokens: 3,
            layout: Layout::Redundant,
            range: Some(1e-3),
            noise: 0.02,
            ..Config::default()
        };
        let (model, guide) = SeriesDomain::networks(&config).unwrap();
        let data = generate(&config, 4, 3).unwrap();
        let data: Vec<Series> = data.into_iter().map(|(_, series)| series).collect();
        let options = EvaluateOptions {
            samples: 4_000,
            draws: 2,
            seed: 1,
        };
        let found = evaluate(&model, &guide, &data, &options);
        // Every kernel of three symbols is enumerated; 4,000 draws of 63 kernels miss little.
        let enumerated = found.enumerated.unwrap();
        assert!((found.log_evidence - enumerated).abs() < 0.1, "{found:?}");
    }
}
