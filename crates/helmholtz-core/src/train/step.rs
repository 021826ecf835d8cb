//! One step's terms: each draws particles, scores them, and adds a summand to the surrogate. Those that learn
//! from memories are in `memoised`.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::Tensor;

use super::draw::{self, Address, Population};
use super::propose::Proposer;
use super::surrogate::{Request, Scorer, Scores, Total};
use super::tally::StepCounts;
use crate::algorithm::{Pathwise, Term};
use crate::estimator::{Carried, Coefficients, Grid};
use crate::guide::Guide;
use crate::model::{Model, ModelExt, Rows};
use helmholtz_math::logsumexp;
use helmholtz_math::purpose::Purpose;
use helmholtz_nn::{host, matrix, padded};

/// What a term contributes to the step.
pub(super) struct Outcome {
    pub(super) surrogate: Option<Tensor<1>>,
    pub(super) tally: StepCounts,
}

/// The parts of a learner that a term needs, with and without a graph.
pub(super) struct Step<'a, M: Model, G: Guide<M>> {
    pub(super) model: &'a M,
    pub(super) guide: &'a G,
    pub(super) plain_model: M,
    pub(super) plain_guide: G,
    pub(super) items: &'a [usize],
    pub(super) observations: &'a [&'a M::Observation],
    pub(super) encoding: Option<(&'a G::Encoding, G::Encoding)>,
    pub(super) floor: f64,
}

impl<'a, M: Model, G: Guide<M>> Step<'a, M, G> {
    /// The batch's scorer in the graph and out of it; `None` when no term looks at the data.
    pub(super) fn scorers(&self) -> Option<(Scorer<'_, M, G>, Scorer<'_, M, G>)> {
        let (attached, detached) = self.encoding.as_ref()?;
        let observations = self.observations;
        Some((
            Scorer {
                model: self.model,
                guide: self.guide,
                encoding: attached,
                observations,
            },
            Scorer {
                model: &self.plain_model,
                guide: &self.plain_guide,
                encoding: detached,
                observations,
            },
        ))
    }

    /// Fresh programs, every one differentiated: RWS, VIMCO, IWAE.
    pub(super) fn fresh(
        &self,
        term: &Term,
        (programs, defensive): (usize, f64),
        states: &mut [Carried],
        address: &Address,
    ) -> Option<Outcome> {
        let (graph, plain) = self.scorers()?;
        let particles = self
            .proposer(&plain, address)
            .independent(programs, defensive);
        let (rows, row) = self.distinct(particles);
        let (values, mut scores) = self.drawn(term, (&graph, &plain), &rows, address);
        let fresh = Fresh {
            mixture: self.mixture(&scores, &rows, defensive),
            floors: self.floors(term, &plain),
            grid: scores.grid(term.samples, <[f64]>::to_vec),
            row: &row,
            programs,
        };
        let floors = fresh.floors.as_ref().map_or(0, Vec::len) as u64;
        let (total, mut tally) = self.weigh_fresh(term, fresh, states, address);
        tally.nominal = (row.len() * term.samples) as u64;
        tally.unique = (rows.programs.len() * term.samples) as u64 + floors;
        tally.differentiated = (rows.programs.len() * term.samples) as u64;
        if term.pathwise == Pathwise::Path {
            // The total derivative less what the guide's parameters do to log q of samples that stay.
            let still = values.map(|c| attach(c, self.guide));
            let own = still.and_then(|c| graph.log_density(&rows, term.samples, c));
            scores.continuous = scores.continuous.zip(own).map(|(total, own)| total - own);
        }
        let surrogate = scores.surrogate(&total.scaled(&term.scale), self.items.len());
        Some(Outcome { surrogate, tally })
    }

    /// Continuous samples of programs, attached to the graph or constants in it, and all log-probabilities.
    fn drawn(
        &self,
        term: &Term,
        (graph, plain): (&Scorer<'_, M, G>, &Scorer<'_, M, G>),
        rows: &Population<M::Discrete>,
        address: &Address,
    ) -> (Option<Tensor<2>>, Scores) {
        let pathwise = term.pathwise != Pathwise::Detached;
        let scorer = if pathwise { graph } else { plain };
        let drawn = scorer.continuous(rows, term.samples, self.items, address);
        let (values, log_prob) = drawn.map(|d| (d.values, d.log_prob)).unzip();
        let values = match pathwise {
            true => values,
            false => values.map(|c| attach(c, self.guide)),
        };
        let ask = Request {
            joint: true,
            discrete: true,
            continuous: !pathwise,
            values: true,
            pathwise,
        };
        let mut scores = graph.score(rows, term.samples, values.as_ref(), ask);
        scores.continuous = scores.continuous.or(log_prob);
        (values, scores)
    }

    /// What makes proposals for the batch.
    pub(super) fn proposer<'b>(
        &'b self,
        plain: &'b Scorer<'_, M, G>,
        address: &'b Address,
    ) -> Proposer<'b, M, G> {
        Proposer {
            model: &self.plain_model,
            guide: &self.plain_guide,
            encoding: plain.encoding,
            observations: self.observations,
            items: self.items,
            address,
        }
    }

    /// The rows to score, and for each particle its row.
    fn distinct(
        &self,
        particles: Population<M::Discrete>,
    ) -> (Population<M::Discrete>, Vec<usize>) {
        // Programs with continuous coordinates differ even when equal: each has draws of its own.
        if particles
            .programs
            .iter()
            .all(|d| self.model.width_of(d) == 0)
        {
            return draw::merge(particles);
        }
        let row = (0..particles.of.len()).collect();
        (particles, row)
    }

    /// The density that fresh programs were really drawn from.
    fn mixture(&self, scores: &Scores, rows: &Population<M::Discrete>, defensive: f64) -> Mixture {
        let log_q = scores.log_guide();
        if defensive == 0.0 {
            return Mixture {
                responsibility: vec![1.0; log_q.len()],
                log_density: log_q,
            };
        }
        let broad =
            self.plain_model
                .log_defensive(&Rows::new(self.observations, &rows.of, &rows.programs));
        Mixture::new(&log_q, &broad, defensive)
    }

    /// Per observation, the least log-weight that a score-function rule is shown.
    fn floors(&self, term: &Term, plain: &Scorer<'_, M, G>) -> Option<Vec<f64>> {
        let support = self.model.support().filter(|_| term.rule.score_function)?;
        let of: Vec<usize> = (0..self.items.len()).collect();
        let programs = vec![support; of.len()];
        let rows = Rows::new(plain.observations, &of, &programs);
        let joints = plain.model.log_joint(&rows).values();
        Some(joints.into_iter().map(|j| j - self.floor).collect())
    }

    fn weigh_fresh(
        &self,
        term: &Term,
        fresh: Fresh<'_>,
        states: &mut [Carried],
        address: &Address,
    ) -> (Total, StepCounts) {
        let (k, mixture) = (term.samples, &fresh.mixture);
        let mut tally = StepCounts::default();
        let mut grid = fresh.grid;
        for (i, density) in grid.log_proposal.iter_mut().enumerate() {
            let program = mixture.log_density[i / k];
            *density += program;
            grid.log_weights[i] = tally.clean(grid.log_weights[i] - program);
        }
        grid.multiplicity.fill(0);
        fresh.row.iter().for_each(|&l| grid.multiplicity[l] += 1);
        let mut total = Total::zeros(mixture.log_density.len(), k);
        for (o, rows) in fresh.row.chunks(fresh.programs).enumerate() {
            let floor = fresh.floors.as_ref().map_or(f64::NEG_INFINITY, |f| f[o]);
            let coefficients = self.ask(term, grid.of(rows), (o, floor), states, address);
            let coefficients = tally.count(coefficients);
            for (from, &to) in rows.iter().enumerate() {
                let responsibility = if term.rule.score_function {
                    mixture.responsibility[to]
                } else {
                    1.0
                };
                total.add(to, &coefficients, from, k, responsibility);
            }
        }
        (total, tally)
    }

    /// What a term's rule makes of the particles of observation `o` of the batch, which it is given with whatever else
    /// it asks for.
    pub(super) fn ask(
        &self,
        term: &Term,
        mut grid: Grid,
        (o, floor): (usize, f64),
        states: &mut [Carried],
        address: &Address,
    ) -> Coefficients {
        let item = self.items[o];
        if term.rule.needs.uniform {
            grid.uniform = address.stream(item, Purpose::Rule, 0).uniform();
        }
        let Some((state, (carry, decay))) = states.get_mut(item).zip(term.carries()) else {
            return term.rule.above(floor, &grid);
        };
        grid.state = std::mem::take(state);
        let coefficients = term.rule.above(floor, &grid);
        *state = carry(&grid, &coefficients, decay);
        coefficients
    }

    /// The model's own draws, where the latent is known: sleep, and pre-training.
    pub(super) fn sleep(
        &self,
        term: &Term,
        count: usize,
        hand_written: bool,
        address: &Address,
    ) -> Outcome {
        let draws = draw::fantasies(
            &self.plain_model,
            count * self.items.len(),
            hand_written,
            address,
        );
        let mut tally = StepCounts::default();
        tally.fantasies = (count * self.items.len()) as u64;
        tally.rejected = draws.rejected as u64;
        let n = draws.latents.len();
        if n == 0 {
            return Outcome {
                surrogate: None,
                tally,
            };
        }
        let observations: Vec<&M::Observation> = draws.observations.iter().collect();
        let encoding = self.guide.encode(&observations);
        let continuous: Vec<&[f32]> = draws.latents.iter().map(|z| &z.1[..]).collect();
        let continuous = padded(&continuous, &self.guide.device());
        let programs = draws.latents.iter().map(|z| z.0.clone()).collect();
        let population = Population {
            of: (0..n).collect(),
            programs,
        };
        let scorer = Scorer {
            model: self.model,
            guide: self.guide,
            encoding: &encoding,
            observations: &observations,
        };
        let ask = Request::gradients(&term.scale);
        let scores = scorer.score(&population, 1, continuous.as_ref(), ask);
        let each = (term.rule.coefficients)(&Grid::new(1, vec![0.0]));
        let mut total = Total::zeros(n, 1);
        (0..n).for_each(|i| total.add(i, &each, 0, 1, 1.0));
        Outcome {
            surrogate: scores.surrogate(&total.scaled(&term.scale), n),
            tally,
        }
    }
}

/// Samples drawn outside the graph, as constants inside it.
pub(super) fn attach<G: Module>(continuous: Tensor<2>, guide: &G) -> Tensor<2> {
    let [rows, columns] = continuous.dims();
    matrix(host(&continuous), rows, columns, &guide.device())
}

/// Fresh particles, as far as weighing them is concerned.
struct Fresh<'a> {
    mixture: Mixture,
    /// Per observation, the least log-weight.
    floors: Option<Vec<f64>>,
    /// Per row, as if its program had been drawn for certain.
    grid: Grid,
    /// Per particle, its row.
    row: &'a [usize],
    /// Particles per observation.
    programs: usize,
}

/// A density (1 - d) q + d b, where b is the model's defensive distribution.
struct Mixture {
    /// Per program.
    log_density: Vec<f64>,
    /// Per program, the share of the guide in its density: the gradient of the mixture's log-density is
    /// this times that of log q.
    responsibility: Vec<f64>,
}

impl Mixture {
    fn new(log_q: &[f64], broad: &[f64], share: f64) -> Self {
        let both = log_q.iter().zip(broad).map(|(log_q, broad)| {
            let guided = (1.0 - share).ln() + log_q;
            let density = logsumexp(&[guided, share.ln() + broad]);
            (density, (guided - density).exp())
        });
        let (log_density, responsibility) = both.unzip();
        Self {
            log_density,
            responsibility,
        }
    }
}

#[cfg(test)]
mod tests;
