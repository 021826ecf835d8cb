//! Which kernels explain a series best: proposals of the guide and their neighbours, each with its
//! parameters fitted, ranked by evidence.

use burn::module::Module;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::covariance::Covariance;
use super::edit::neighbours;
use super::expression::{Expression, Kernel, Leaf, Token};
use super::guide::SeriesGuide;
use super::model::SeriesModel;
use super::series::Series;
use crate::gaussian::Gaussian;
use crate::guide::Guide;
use crate::model::{Model, Rows};
use crate::random::Stream;

/// How hard to look.
#[derive(Clone, Copy, Debug)]
pub struct SearchOptions {
    /// Proposals of the guide.
    pub proposals: usize,
    /// Rounds of local edits, at most; fewer when one changes nothing.
    pub rounds: usize,
    /// Kernels whose neighbours are tried in a round.
    pub parents: usize,
    /// Steps by which parameters are fitted.
    pub steps: usize,
    /// Points of a long series that are looked at while kernels are compared.
    pub points: usize,
    /// The seed of all draws.
    pub seed: u64,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            proposals: 20,
            rounds: 6,
            parents: 2,
            steps: 12,
            points: 256,
            seed: 0,
        }
    }
}

/// A kernel with fitted parameters.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) program: Expression,
    pub(super) covariance: Covariance,
    /// Around the mode of its parameters.
    pub(super) gaussian: Gaussian,
    /// log p(z_d).
    pub(super) log_prior: f64,
    /// log p(x | z_d) by Laplace's approximation, with parameters of standard normal prior.
    pub(super) log_marginal: f64,
}

impl Found {
    fn score(&self) -> f64 {
        self.log_prior + self.log_marginal
    }
}

/// The purpose of the streams that propose.
const PROPOSALS: u64 = 0x755;

/// What a search is about.
pub(super) struct Search<'a> {
    pub(super) model: &'a SeriesModel,
    pub(super) guide: &'a SeriesGuide,
    pub(super) series: &'a Series,
    pub(super) options: &'a SearchOptions,
}

impl Search<'_> {
    /// The best `count` kernels, best first.
    pub(super) fn run(&self, count: usize) -> Vec<Found> {
        let thin = self.series.thinned(self.options.points);
        let mut seen = FxHashSet::default();
        let first: Vec<Expression> = self.proposals().into_iter().chain(self.leaves()).collect();
        let mut pool = self.fit_new(&thin, first, &mut seen);
        for _ in 0..self.options.rounds {
            let parents = pool.iter().take(self.options.parents);
            let best: Vec<Expression> = parents.map(|f| f.program.clone()).collect();
            let grammar = self.model.setting.grammar;
            let next = best.iter().flat_map(|p| neighbours(p, grammar)).collect();
            pool.extend(self.fit_new(&thin, next, &mut seen));
            rank(&mut pool);
            if pool.iter().zip(&best).all(|(f, b)| f.program == *b) {
                break;
            }
        }
        pool.truncate(count);
        if thin.len() < self.series.len() {
            let programs = pool.into_iter().map(|f| f.program).collect();
            pool = self.fit(self.series, programs);
            rank(&mut pool);
        }
        pool
    }

    fn proposals(&self) -> Vec<Expression> {
        let guide = self.guide.valid();
        let encoding = guide.encode(&[self.series]);
        let stream = |i: usize| Stream::at([self.options.seed, i as u64, 0, PROPOSALS]);
        let mut rngs: Vec<Stream> = (0..self.options.proposals).map(stream).collect();
        let of = vec![0; rngs.len()];
        let drawn = Guide::sample(&guide, &encoding, &of, &mut rngs);
        drawn.into_iter().map(|(program, _)| program).collect()
    }

    /// Every base kernel that may stand alone, and with noise.
    fn leaves(&self) -> Vec<Expression> {
        let leaves = Token::ALL.into_iter().filter_map(|token| match token {
            Token::Leaf(leaf) => Some(leaf),
            _ => None,
        });
        let noise = Kernel::Leaf(Leaf::White);
        let both = leaves.flat_map(|leaf| {
            let alone = Kernel::Leaf(leaf);
            [alone.clone(), Kernel::Sum(vec![alone, noise.clone()])]
        });
        let grammar = self.model.setting.grammar;
        let both = both.map(Expression::from);
        both.filter(|e| grammar.accepts(e)).collect()
    }

    /// Fits those that were not seen before.
    fn fit_new(
        &self,
        series: &Series,
        programs: Vec<Expression>,
        seen: &mut FxHashSet<Expression>,
    ) -> Vec<Found> {
        let new = programs.into_iter().filter(|p| seen.insert(p.clone()));
        let mut found = self.fit(series, new.collect());
        rank(&mut found);
        found
    }

    fn fit(&self, series: &Series, programs: Vec<Expression>) -> Vec<Found> {
        if programs.is_empty() {
            return vec![];
        }
        let (observations, of) = ([series], vec![0; programs.len()]);
        let model = self.model.valid();
        let priors = model
            .log_prior(&Rows::new(&observations, &of, &programs))
            .values();
        let setting = &self.model.setting;
        let steps = self.options.steps;
        let each = programs.into_par_iter().zip(priors);
        each.filter_map(|(program, log_prior)| {
            let covariance = setting.covariance(&program)?;
            let climb = setting.fit(&covariance, series).best(steps)?;
            let width = covariance.width as f64;
            // The prior's constant, and Laplace's: the value at the mode over the Gaussian's density there.
            let prior = -0.5 * width * std::f64::consts::TAU.ln();
            let density = climb.gaussian.log_density(climb.gaussian.mean());
            Some(Found {
                log_marginal: climb.value + prior - density,
                gaussian: climb.gaussian,
                program,
                covariance,
                log_prior,
            })
        })
        .filter(|f| f.score().is_finite())
        .collect()
    }
}

/// Best first.
fn rank(found: &mut [Found]) {
    found.sort_by(|a, b| b.score().total_cmp(&a.score()));
}
