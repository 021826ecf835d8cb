//! Kernels for a series, as the search of the core sees them.
//!
//! A kernel is screened by a few steps of a fit of its parameters, on a part of a long series. Those that look best are
//! fitted as well as can be and ranked by their evidence (Laplace); what is kept in the end is fitted on all of the
//! series and weighed by draws of its parameters.

use std::time::Instant;

use helmholtz_nn::Module;
use rayon::prelude::*;

use super::covariance::Covariance;
use super::edit::neighbours;
use super::expression::{Expression, Kernel, Leaf, Token};
use super::fit::Fit;
use super::guide::SeriesGuide;
use super::inherit::{inherited, with_known};
use super::model::SeriesModel;
use super::periodogram::peaks;
use super::series::Series;
use super::weigh::{Draw, weighed};
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{Model, Rows};
use helmholtz_core::search::{self, Budget, Draft, Member, Posterior, Space};
use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::laplace::{Climb, Doubt};
use helmholtz_math::normal::log_density_of_square;
use helmholtz_math::random::Stream;

/// How hard to look.
#[derive(Clone, Debug)]
pub struct SearchOptions {
    /// How long, and how widely; of a kernel that is edited, half of the neighbours are tried.
    pub budget: Budget,
    /// Steps by which parameters are fitted.
    pub steps: usize,
    /// Points of a long series that are looked at while kernels are compared.
    pub points: usize,
    /// Draws of the parameters of every kernel that is kept.
    pub draws: usize,
    /// Kernels that somebody else proposes.
    pub offered: Vec<Expression>,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            budget: Budget {
                restarts: 4,
                members: 20,
                first: 5,
                rounds: 10,
                edits: 1,
                scored: Some(2),
                seed: 0,
                ..Budget::default()
            },
            steps: 12,
            points: 256,
            draws: 32,
            offered: vec![],
        }
    }
}

/// A kernel with fitted parameters; it starts where they are most probable.
pub(super) type Found = Member<Expression, Vec<f64>, Mode>;

/// What is known of a kernel's parameters.
#[derive(Clone, Debug)]
pub(super) struct Mode {
    pub(super) covariance: Covariance,
    /// Around the mode.
    pub(super) gaussian: Gaussian,
    /// log p(z_d).
    pub(super) log_prior: f64,
    /// Draws of the parameters, once the kernel has been weighed.
    pub(super) draws: Vec<Draw>,
    /// Why the evidence, and what is drawn from the Gaussian, may be wrong.
    pub(super) doubt: Doubt,
}

/// `None` where there is no likelihood. What was climbed lacks the constant of the parameters' prior.
fn found(
    program: Expression,
    covariance: Covariance,
    climb: Climb,
    log_prior: f64,
) -> Option<Found> {
    let constant = log_density_of_square(covariance.width, 0.0, 0.0);
    let found = Found {
        log_joint: log_prior + climb.log_evidence(constant),
        draft: Draft {
            program,
            start: climb.gaussian.mean().to_vec(),
        },
        note: Mode {
            doubt: climb.doubt(),
            gaussian: climb.gaussian,
            covariance,
            log_prior,
            draws: vec![],
        },
    };
    found.log_joint.is_finite().then_some(found)
}

/// Steps by which every kernel's parameters are fitted when it is screened.
const GLANCE: usize = 5;

/// Nats below the best, on a part of a long series, from which on a kernel is not fitted on all of it.
const HOPELESS: f64 = 30.0;

/// The best kernels of a series, best first.
pub(super) fn run(
    model: &SeriesModel,
    guide: &SeriesGuide,
    series: &Series,
    options: &SearchOptions,
) -> Posterior<Expression, Vec<f64>, Mode> {
    let (model, guide) = (&model.valid(), &guide.valid());
    let searched = Searched::new((model, guide), series, options);
    let offered = options.offered.iter().cloned().map(Draft::new);
    search::search_with(&searched, &options.budget, offered.collect())
}

/// A series, as the guide reads it.
pub(super) struct Searched<'a> {
    model: &'a SeriesModel,
    guide: &'a SeriesGuide,
    series: &'a Series,
    /// The part of it by which kernels are compared, and the peaks of that part's periodogram.
    thin: Series,
    peaks: Vec<f64>,
    encoding: <SeriesGuide as Guide<SeriesModel>>::Encoding,
    options: &'a SearchOptions,
    began: Instant,
}

impl<'a> Searched<'a> {
    /// Model and guide must be outside the graph (`valid()`).
    pub(super) fn new(
        (model, guide): (&'a SeriesModel, &'a SeriesGuide),
        series: &'a Series,
        options: &'a SearchOptions,
    ) -> Self {
        let thin = series.thinned(options.points);
        Self {
            encoding: guide.encode(&[series]),
            peaks: peaks(&thin),
            thin,
            model,
            guide,
            series,
            options,
            began: Instant::now(),
        }
    }

    /// Whether the search has taken as long as it may.
    fn is_late(&self) -> bool {
        let seconds = self.options.budget.seconds;
        seconds.is_some_and(|most| self.began.elapsed().as_secs_f64() >= most)
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

    fn log_priors(&self, drafts: &[Draft<Expression, Vec<f64>>]) -> Vec<f64> {
        let programs: Vec<Expression> = drafts.iter().map(|d| d.program.clone()).collect();
        let (observations, of) = ([self.series], vec![0; programs.len()]);
        let rows = Rows::new(&observations, &of, &programs);
        self.model.log_prior(&rows).values()
    }

    /// A kernel of fitted parameters from a climb on a part of the series, or all of it.
    fn fitted(
        &self,
        draft: &Draft<Expression, Vec<f64>>,
        log_prior: f64,
        series: &Series,
        climb: impl Fn(&Fit<'_>) -> Option<Climb>,
    ) -> Option<Found> {
        let setting = self.model.setting();
        let covariance = setting.covariance(&draft.program)?;
        let fit = Fit {
            peaks: (series.len() == self.thin.len()).then_some(&self.peaks),
            ..setting.fit(&covariance, series)
        };
        let climb = climb(&fit)?;
        found(draft.program.clone(), covariance, climb, log_prior)
    }

    fn is_thinned(&self) -> bool {
        self.thin.len() < self.series.len()
    }

    /// Fits parameters on all of the series from where they are and, where those are of a part of it, from anew too.
    fn settled(&self, member: &Found) -> Option<Found> {
        let (steps, thinned) = (self.options.steps, self.is_thinned());
        let climbs = |fit: &Fit<'_>| {
            let near = fit.climb(member.draft.start.clone(), steps);
            // A part of a series may have hidden another mode.
            let start = thinned.then(|| fit.highest(fit.starts())).flatten();
            let anew = start.and_then(|start| fit.climb(start, steps));
            let higher = |a: &Climb, b: &Climb| a.value.total_cmp(&b.value);
            [near, anew].into_iter().flatten().max_by(higher)
        };
        let settled = self.fitted(&member.draft, member.note.log_prior, self.series, climbs);
        settled.or_else(|| {
            let mut unfinished = member.clone();
            // What is known is of a part of the series.
            unfinished.note.doubt.unfinished |= thinned;
            Some(unfinished)
        })
    }
}

impl Space for Searched<'_> {
    type Program = Expression;
    type Start = Vec<f64>;
    type Note = Mode;
    type Key = Expression;

    const ENUMERATES: bool = true;

    /// The base kernels, or half of them.
    fn seeds(&self, rng: &mut Stream, alone: bool) -> Vec<Draft<Expression, Vec<f64>>> {
        let mut leaves = self.leaves();
        rng.shuffle(&mut leaves);
        if !alone {
            leaves.truncate(leaves.len().div_ceil(2));
        }
        leaves.into_iter().map(Draft::new).collect()
    }

    fn propose(&self, rngs: &mut [Stream]) -> Vec<Draft<Expression, Vec<f64>>> {
        let of = vec![0; rngs.len()];
        let drawn = Guide::sample(self.guide, &self.encoding, &of, rngs);
        drawn.into_iter().map(|p| Draft::new(p.0)).collect()
    }

    /// Half of the neighbours, which begin with what the parent knows; asked again, it gives others.
    fn edits(
        &self,
        parent: &Draft<Expression, Vec<f64>>,
        rng: &mut Stream,
    ) -> Vec<Draft<Expression, Vec<f64>>> {
        let mut all = neighbours(&parent.program, self.model.setting().grammar);
        rng.shuffle(&mut all);
        all.truncate(all.len().div_ceil(2));
        let setting = self.model.setting();
        let Some(own) = setting.covariance(&parent.program) else {
            return vec![];
        };
        let near = |program: Expression| {
            let covariance = setting.covariance(&program)?;
            let start = inherited(&covariance, &own, &parent.start);
            Some(Draft { program, start })
        };
        all.into_iter().filter_map(near).collect()
    }

    /// The evidence after a few steps, from where the next go on.
    fn screen(&self, drafts: &mut [Draft<Expression, Vec<f64>>], _: f64) -> Vec<f64> {
        let priors = self.log_priors(drafts);
        let each = drafts.par_iter_mut().zip(priors);
        each.map(|(draft, prior)| {
            let glance = self.fitted(draft, prior, &self.thin, |fit| {
                let starts = with_known(fit.starts(), &draft.start);
                fit.climb(fit.highest(starts)?, GLANCE)
            });
            glance.map_or(f64::NEG_INFINITY, |found| {
                draft.start = found.draft.start;
                found.log_joint
            })
        })
        .collect()
    }

    fn score(&self, drafts: &[Draft<Expression, Vec<f64>>]) -> Vec<Option<Found>> {
        let priors = self.log_priors(drafts);
        let each = drafts.par_iter().zip(priors);
        each.map(|(draft, prior)| {
            let climb = |fit: &Fit<'_>| fit.climb(draft.start.clone(), self.options.steps);
            self.fitted(draft, prior, &self.thin, climb)
        })
        .collect()
    }

    fn settle(&self, members: Vec<Found>) -> Vec<Found> {
        let best = members.first().map_or(f64::NEG_INFINITY, |m| m.log_joint);
        let close = |m: &Found| !self.is_thinned() || m.log_joint > best - HOPELESS;
        let near: Vec<&Found> = members.iter().filter(|m| close(m)).collect();
        // When the time is up there is an answer, if not all of it.
        let first = |i: usize| i == 0 || !self.is_late();
        let settled = near
            .par_iter()
            .enumerate()
            .filter(|(i, _)| first(*i))
            .filter_map(|(_, m)| self.settled(m));
        let settled: Vec<Found> = settled.collect();
        let missing = settled.len() < near.len();
        let how = (self.options.draws, self.options.budget.seed);
        let mut settled = weighed(self.model, self.series, how, settled);
        // Weights say nothing of those that there was no time for.
        let doubts = settled.iter_mut().map(|m| &mut m.note.doubt);
        doubts.for_each(|doubt| doubt.unfinished |= missing);
        settled.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
        settled
    }

    fn same_answer(&self, member: &Found) -> Expression {
        member.draft.program.clone()
    }
}

/// Few rounds, for tests of what is made of the answer.
#[cfg(test)]
pub(super) fn quick(rounds: usize) -> SearchOptions {
    let mut options = SearchOptions::default();
    options.budget.rounds = rounds;
    options
}
