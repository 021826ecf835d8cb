//! Which kernels explain a series best: proposals of the guide and their neighbours, each with its
//! parameters fitted, ranked by evidence.

use helmholtz_nn::Module;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::covariance::Covariance;
use super::edit::neighbours;
use super::expression::{Expression, Kernel, Leaf, Token};
use super::fit::Fit;
use super::guide::SeriesGuide;
use super::model::SeriesModel;
use super::periodogram::peaks;
use super::series::Series;
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{Model, Rows};
use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::laplace::{Climb, Doubt};
use helmholtz_math::normal::log_density_of_square;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

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
    /// Why that, and what is drawn from the Gaussian, may be wrong.
    pub(super) doubt: Doubt,
}

impl Found {
    /// `None` where there is no likelihood. What was climbed lacks the constant of the parameters' prior.
    fn new(
        program: Expression,
        covariance: Covariance,
        climb: Climb,
        log_prior: f64,
    ) -> Option<Self> {
        let constant = log_density_of_square(covariance.width, 0.0, 0.0);
        let found = Self {
            log_marginal: climb.log_evidence(constant),
            doubt: climb.doubt(),
            gaussian: climb.gaussian,
            program,
            covariance,
            log_prior,
        };
        found.score().is_finite().then_some(found)
    }

    fn score(&self) -> f64 {
        self.log_prior + self.log_marginal
    }
}

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
            let grammar = self.model.setting().grammar;
            let next = best.iter().flat_map(|p| neighbours(p, grammar)).collect();
            pool.extend(self.fit_new(&thin, next, &mut seen));
            rank(&mut pool);
            if pool.iter().zip(&best).all(|(f, b)| f.program == *b) {
                break;
            }
        }
        pool.truncate(count);
        self.polish(self.series, &mut pool, thin.len() < self.series.len());
        pool
    }

    fn proposals(&self) -> Vec<Expression> {
        let guide = self.guide.valid();
        let encoding = guide.encode(&[self.series]);
        let stream =
            |i: usize| Stream::at([self.options.seed, i as u64, 0, Purpose::Proposals.tag()]);
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
        let grammar = self.model.setting().grammar;
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
        self.fit(series, new.collect())
    }

    /// Fits parameters: of all a little, and of those that look best then as well as can be. Best first.
    fn fit(&self, series: &Series, programs: Vec<Expression>) -> Vec<Found> {
        if programs.is_empty() {
            return vec![];
        }
        let (observations, of) = ([series], vec![0; programs.len()]);
        let model = self.model.valid();
        let priors = model
            .log_prior(&Rows::new(&observations, &of, &programs))
            .values();
        let peaks = peaks(series);
        let each = programs.into_par_iter().zip(priors);
        let first = each.filter_map(|(program, log_prior)| {
            let covariance = self.model.setting().covariance(&program)?;
            let fit = Fit {
                peaks: Some(&peaks),
                ..self.model.setting().fit(&covariance, series)
            };
            let climb = fit.best(GLANCE)?;
            Found::new(program, covariance, climb, log_prior)
        });
        let mut found: Vec<Found> = first.collect();
        rank(&mut found);
        let promising = PROMISING.min(found.len());
        self.polish(series, &mut found[..promising], false);
        rank(&mut found);
        found
    }

    /// Fits parameters as well as can be, from where they are and, where those are of a thinned series, from anew
    /// too; the best come first.
    fn polish(&self, series: &Series, found: &mut [Found], thinned: bool) {
        found.par_iter_mut().for_each(|f| {
            let fit = self.model.setting().fit(&f.covariance, series);
            let steps = self.options.steps;
            let near = fit.climb(f.gaussian.mean().to_vec(), steps);
            // A part of a series may have hidden another mode.
            let anew = thinned.then(|| fit.best(steps)).flatten();
            let higher = |a: &Climb, b: &Climb| a.value.total_cmp(&b.value);
            let climb = [near, anew].into_iter().flatten().max_by(higher);
            let (program, covariance) = (f.program.clone(), f.covariance.clone());
            let better = climb.and_then(|c| Found::new(program, covariance, c, f.log_prior));
            match better {
                Some(better) => *f = better,
                // What is known is of a part of the series.
                None if thinned => f.doubt.unfinished = true,
                None => {}
            }
        });
        rank(found);
    }
}

/// Steps by which every kernel's parameters are fitted.
const GLANCE: usize = 3;
/// Kernels of a round that are fitted to the end.
const PROMISING: usize = 10;

/// Best first.
fn rank(found: &mut [Found]) {
    found.sort_by(|a, b| b.score().total_cmp(&a.score()));
}
