//! Wake-sleep learning of a model and a guide: the learner behind MWS, HMWS, RWS, VIMCO and their kin.
//!
//! A step walks through the terms of the current phase. Each term draws its particles, has them scored,
//! turns log-weights into coefficients by its rule, and adds a summand to one surrogate; one backward
//! pass updates model and guide together. Where a memory selects, particles are scored without a graph
//! and only those kept are scored again with one; elsewhere every particle is differentiated, so one
//! pass with the graph does both.

use burn::tensor::Tensor;

use super::draw::{self, Address, Population, Purpose};
use super::learner::{Learner, Report, State};
use super::surrogate::{Ask, Scene, Scores, Total, grid_of, select_programs};
use crate::algorithm::{Source, Term};
use crate::error::StateError;
use crate::estimator::{Coefficients, Grid, logsumexp};
use crate::guide::Guide;
use crate::memory::Memory;
use crate::model::{Model, Rows};
use crate::nn::{Adam, Rates, export, host, import, matrix, squared_norm};

/// A stretch of training with terms and learning rates of its own.
#[derive(Clone, Debug)]
pub struct Phase {
    /// The step before which the phase ends, counted from the start of the run.
    pub until: u64,
    /// What is learned from.
    pub terms: Vec<Term>,
    /// How fast.
    pub rates: Rates,
}

/// The learner.
pub struct WakeSleep<M: Model, G: Guide<M>> {
    /// The generative model.
    pub model: M,
    /// The recognition model.
    pub guide: G,
    /// The observations.
    pub data: Vec<M::Observation>,
    /// One memory per observation; empty for algorithms that have none.
    pub memories: Vec<Memory<M::Discrete>>,
    /// In order; the last one never ends.
    pub phases: Vec<Phase>,
    /// The seed of everything random.
    pub seed: u64,
    /// For score-function rules: log-weights are at least the log-joint of the program of guaranteed
    /// support minus this many nats.
    pub floor: f64,
    /// The norm to which a longer gradient is shortened.
    pub clip: f64,
    optimiser: Adam,
}

/// What a term contributes to the step.
struct Outcome {
    surrogate: Option<Tensor<1>>,
    tally: Tally,
}

/// Counts and sums of a step.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    bound: f64,
    bounded: u64,
    nominal: u64,
    unique: u64,
    differentiated: u64,
    turnover: u64,
    skipped: u64,
    not_a_number: u64,
    rejected: u64,
    infinite: u64,
}

impl<M: Model, G: Guide<M>> WakeSleep<M, G> {
    /// A learner at its first step. `memory` is the size of each observation's memory; 0 for none.
    pub fn new(
        model: M,
        guide: G,
        data: Vec<M::Observation>,
        memory: usize,
        phases: Vec<Phase>,
        seed: u64,
    ) -> Self {
        let memories = match memory {
            0 => vec![],
            m => vec![Memory::new(m, model.support()); data.len()],
        };
        let optimiser = Adam::default();
        Self { model, guide, data, memories, phases, seed, floor: 10.0, clip: 10.0, optimiser }
    }

    fn phase(&self, step: u64) -> Option<Phase> {
        self.phases.iter().find(|p| step < p.until).or(self.phases.last()).cloned()
    }

    /// Applies the gradient of the surrogate; returns its norm before clipping. A gradient that is not
    /// finite changes nothing.
    fn ascend(&mut self, surrogate: Tensor<1>, rates: &Rates) -> f64 {
        let gradients = surrogate.neg().backward();
        let norm = (squared_norm(&self.model, &gradients) + squared_norm(&self.guide, &gradients)).sqrt();
        if norm.is_finite() {
            let scale = if norm > self.clip { (self.clip / norm) as f32 } else { 1.0 };
            let (model, guide) = (self.model.clone(), self.guide.clone());
            self.model = self.optimiser.step(model, "model", &gradients, rates, scale);
            self.guide = self.optimiser.step(guide, "guide", &gradients, rates, scale);
        }
        norm
    }
}

/// The parts of a learner that a term needs, with and without a graph.
struct Step<'a, M: Model, G: Guide<M>> {
    model: &'a M,
    guide: &'a G,
    plain_model: M,
    plain_guide: G,
    items: &'a [usize],
    observations: &'a [&'a M::Observation],
    encoding: Option<(&'a G::Encoding, G::Encoding)>,
    floor: f64,
}

impl<'a, M: Model, G: Guide<M>> Step<'a, M, G> {
    /// The batch's scene in the graph and out of it; `None` when no term looks at the data.
    fn scenes(&self) -> Option<(Scene<'_, M, G>, Scene<'_, M, G>)> {
        let (attached, detached) = self.encoding.as_ref()?;
        let observations = self.observations;
        Some((
            Scene { model: self.model, guide: self.guide, encoding: attached, observations },
            Scene {
                model: &self.plain_model,
                guide: &self.plain_guide,
                encoding: detached,
                observations,
            },
        ))
    }

    /// Fresh programs, every one differentiated: RWS, VIMCO, IWAE.
    fn fresh(&self, term: &Term, programs: usize, defensive: f64, address: &Address) -> Option<Outcome> {
        let (graph, plain) = self.scenes()?;
        let mut particles =
            draw::from_guide(&self.plain_guide, plain.encoding, self.items, programs, address);
        let support = self.model.support().filter(|_| defensive > 0.0);
        if let Some(support) = &support {
            self.defend(&mut particles, support, programs, defensive, address);
        }
        // Programs with continuous coordinates differ even when equal: each has draws of its own.
        let discrete_only = particles.programs.iter().all(|d| self.model.width(d) == 0);
        let (rows, row) = if discrete_only {
            draw::merge(particles)
        } else {
            let row = (0..particles.of.len()).collect();
            (particles, row)
        };
        let scene = if term.pathwise { &graph } else { &plain };
        let continuous = scene
            .continuous(&rows, term.samples, self.items, address)
            .map(|c| if term.pathwise { c } else { attach(c, self.guide) });
        let ask = Ask { joint: true, discrete: true };
        let scores = graph.score(&rows, term.samples, continuous.as_ref(), ask);
        let mixture = Mixture::new(&scores, &rows, support.as_ref(), defensive);
        let floors = self.floors(term, &plain);
        let (total, mut tally) =
            self.weigh_fresh(term, &scores, &mixture, &row, programs, floors.as_deref());
        tally.nominal = (row.len() * term.samples) as u64;
        tally.unique = (rows.programs.len() * term.samples) as u64
            + floors.map_or(0, |floors| floors.len() as u64);
        tally.differentiated = (rows.programs.len() * term.samples) as u64;
        let surrogate = scores.surrogate(&total.scaled(&term.scale), self.items.len());
        Some(Outcome { surrogate, tally })
    }

    /// Replaces a share of the proposals by the program of guaranteed support.
    fn defend(
        &self,
        particles: &mut Population<M::Discrete>,
        support: &M::Discrete,
        programs: usize,
        share: f64,
        address: &Address,
    ) {
        let particles = particles.programs.iter_mut().zip(&particles.of).enumerate();
        for (i, (program, &o)) in particles {
            let mut rng = address.stream(self.items[o], Purpose::Defence, i % programs);
            if rng.uniform() < share {
                *program = support.clone();
            }
        }
    }

    /// Per observation, the least log-weight that a score-function rule is shown.
    fn floors(&self, term: &Term, plain: &Scene<'_, M, G>) -> Option<Vec<f64>> {
        let support = self.model.support().filter(|_| term.rule.score_function)?;
        let of: Vec<usize> = (0..self.items.len()).collect();
        let programs = vec![support; of.len()];
        let rows = Rows {
            observations: plain.observations,
            of: &of,
            programs: &programs,
            samples: 1,
            continuous: None,
        };
        let joints = plain.model.log_joint(&rows).values();
        Some(joints.into_iter().map(|j| j - self.floor).collect())
    }

    fn weigh_fresh(
        &self,
        term: &Term,
        scores: &Scores,
        mixture: &Mixture,
        row: &[usize],
        programs: usize,
        floors: Option<&[f64]>,
    ) -> (Total, Tally) {
        let k = term.samples;
        let mut tally = Tally::default();
        let mut weights = scores.log_weights();
        for (i, weight) in weights.iter_mut().enumerate() {
            *weight = tally.clean(*weight - mixture.log_density[i / k]);
        }
        let mut total = Total::zeros(mixture.log_density.len(), k);
        for (o, rows) in row.chunks(programs).enumerate() {
            let mut grid = grid_of(&weights, rows, k);
            if let Some(floors) = floors {
                grid.log_weights.iter_mut().for_each(|w| *w = w.max(floors[o]));
            }
            let coefficients = tally.coefficients(term, &grid);
            for (from, &to) in rows.iter().enumerate() {
                let responsibility =
                    if term.rule.score_function { mixture.responsibility[to] } else { 1.0 };
                total.add(to, &coefficients, from, k, responsibility);
            }
        }
        (total, tally)
    }

    /// The memory, after it has been offered fresh programs: MWS, HMWS.
    fn memoised(
        &self,
        term: &Term,
        proposals: usize,
        memories: &mut [Memory<M::Discrete>],
        address: &Address,
    ) -> Option<Outcome> {
        let (graph, plain) = self.scenes()?;
        let proposed =
            draw::from_guide(&self.plain_guide, plain.encoding, self.items, proposals, address);
        let candidates = self.candidates(&proposed, proposals, memories);
        let continuous = plain.continuous(&candidates, term.samples, self.items, address);
        let ask = Ask { joint: true, discrete: false };
        let weights =
            plain.score(&candidates, term.samples, continuous.as_ref(), ask).log_weights();
        let mut selection = Selection::default();
        let mut start = 0;
        for (o, size) in candidates.sizes(self.items.len()).into_iter().enumerate() {
            let (memory, part) = (&mut memories[self.items[o]], start..start + size);
            selection.select(term, memory, o, part, &candidates, &weights, |l| {
                address.stream(self.items[o], Purpose::Thin, l).uniform()
            });
            start += size;
        }
        let k = term.samples;
        selection.tally.nominal = selection.nominal * k as u64;
        selection.tally.unique = (candidates.programs.len() * k) as u64;
        selection.tally.differentiated = (selection.keep.len() * k) as u64;
        let kept = Population { of: selection.of, programs: selection.programs };
        let continuous =
            continuous.map(|c| attach(select_programs(&c, &selection.keep, k), self.guide));
        let ask = Ask { joint: term.scale.joint != 0.0, discrete: term.scale.discrete != 0.0 };
        let surrogate = (!kept.programs.is_empty()).then(|| {
            let scores = graph.score(&kept, k, continuous.as_ref(), ask);
            scores.surrogate(&selection.total.scaled(&term.scale), self.items.len())
        });
        Some(Outcome { surrogate: surrogate.flatten(), tally: selection.tally })
    }

    fn candidates(
        &self,
        proposed: &Population<M::Discrete>,
        proposals: usize,
        memories: &[Memory<M::Discrete>],
    ) -> Population<M::Discrete> {
        let mut all = Population { of: vec![], programs: vec![] };
        for (o, &item) in self.items.iter().enumerate() {
            let own = &proposed.programs[o * proposals..(o + 1) * proposals];
            let candidates = memories[item].candidates(own.iter().cloned());
            all.of.extend(std::iter::repeat_n(o, candidates.len()));
            all.programs.extend(candidates);
        }
        all
    }

    /// The model's own draws, where the latent is known: sleep, and pre-training.
    fn sleep(&self, term: &Term, count: usize, hand_written: bool, address: &Address) -> Outcome {
        let draws =
            draw::fantasies(&self.plain_model, count * self.items.len(), hand_written, address);
        let tally = Tally { rejected: draws.rejected as u64, ..Tally::default() };
        let n = draws.latents.len();
        if n == 0 {
            return Outcome { surrogate: None, tally };
        }
        let observations: Vec<&M::Observation> = draws.observations.iter().collect();
        let encoding = self.guide.encode(&observations);
        let widest = draws.latents.iter().map(|z| z.1.len()).max().unwrap_or(0);
        let continuous = (widest > 0).then(|| {
            let padded = draws.latents.iter().flat_map(|(_, c)| {
                c.iter().copied().chain(std::iter::repeat_n(0.0, widest - c.len()))
            });
            matrix(padded.collect(), n, widest, &self.guide.devices()[0])
        });
        let programs = draws.latents.iter().map(|z| z.0.clone()).collect();
        let population = Population { of: (0..n).collect(), programs };
        let scene = Scene {
            model: self.model,
            guide: self.guide,
            encoding: &encoding,
            observations: &observations,
        };
        let ask = Ask { joint: term.scale.joint != 0.0, discrete: term.scale.discrete != 0.0 };
        let scores = scene.score(&population, 1, continuous.as_ref(), ask);
        let each = (term.rule.coefficients)(&Grid { samples: 1, log_weights: vec![0.0] });
        let mut total = Total::zeros(n, 1);
        (0..n).for_each(|i| total.add(i, &each, 0, 1, 1.0));
        Outcome { surrogate: scores.surrogate(&total.scaled(&term.scale), n), tally }
    }
}

/// Samples drawn outside the graph, as constants inside it.
fn attach<G: burn::module::Module>(continuous: Tensor<2>, guide: &G) -> Tensor<2> {
    let [rows, columns] = continuous.dims();
    matrix(host(&continuous), rows, columns, &guide.devices()[0])
}

/// The density that fresh programs were really drawn from: (1 - d) q + d [z is the support program].
struct Mixture {
    /// Per program.
    log_density: Vec<f64>,
    /// Per program, the share of the guide in its density: the gradient of the mixture's log-density is
    /// this times that of log q.
    responsibility: Vec<f64>,
}

impl Mixture {
    fn new<D: Eq>(scores: &Scores, rows: &Population<D>, support: Option<&D>, share: f64) -> Self {
        let log_q = scores.discrete.as_ref().map(host).unwrap_or_default();
        let log_q = log_q.into_iter().map(f64::from);
        let Some(support) = support else {
            let log_density: Vec<f64> = log_q.collect();
            return Self { responsibility: vec![1.0; log_density.len()], log_density };
        };
        let (log_density, responsibility) = log_q
            .zip(&rows.programs)
            .map(|(log_q, program)| {
                let guided = (1.0 - share).ln() + log_q;
                let defended = if program == support { share.ln() } else { f64::NEG_INFINITY };
                let both = logsumexp(&[guided, defended]);
                (both, (guided - both).exp())
            })
            .unzip();
        Self { log_density, responsibility }
    }
}

/// What memories kept, with the coefficients of what is to be differentiated.
struct Selection<D> {
    keep: Vec<usize>,
    of: Vec<usize>,
    programs: Vec<D>,
    total: Total,
    tally: Tally,
    nominal: u64,
}

impl<D> Default for Selection<D> {
    fn default() -> Self {
        Self {
            keep: vec![],
            of: vec![],
            programs: vec![],
            total: Total::default(),
            tally: Tally::default(),
            nominal: 0,
        }
    }
}

impl<D: Clone + Eq + std::hash::Hash> Selection<D> {
    /// Lets one observation's memory keep the best of its candidates, and weighs them.
    #[allow(clippy::too_many_arguments)]
    fn select(
        &mut self,
        term: &Term,
        memory: &mut Memory<D>,
        o: usize,
        part: std::ops::Range<usize>,
        candidates: &Population<D>,
        weights: &[f64],
        uniform: impl Fn(usize) -> f64,
    ) {
        let k = term.samples;
        let all: Vec<usize> = part.clone().collect();
        let mut grid = grid_of(weights, &all, k);
        grid.log_weights.iter_mut().for_each(|w| *w = self.tally.clean(*w));
        let incumbents = memory.programs().len();
        self.nominal += term.evaluations(memory.capacity()) as u64 / k as u64;
        let kept = memory.keep(&candidates.programs[part.clone()], &grid.marginals());
        self.tally.turnover += kept.iter().filter(|&&l| l >= incumbents).count() as u64;
        let grid = grid_of(&grid.log_weights, &kept, k);
        let coefficients = self.tally.coefficients(term, &grid).thin(term.thinning, k, uniform);
        for (from, &l) in kept.iter().enumerate() {
            let used = coefficients.discrete[from] != 0.0
                || coefficients.continuous[from * k..(from + 1) * k].iter().any(|&c| c != 0.0);
            if used {
                self.push(part.start + l, o, candidates, &coefficients, from, k);
            }
        }
    }

    fn push(
        &mut self,
        candidate: usize,
        o: usize,
        candidates: &Population<D>,
        coefficients: &Coefficients,
        from: usize,
        samples: usize,
    ) {
        let at = self.keep.len();
        self.keep.push(candidate);
        self.of.push(o);
        self.programs.push(candidates.programs[candidate].clone());
        self.total.discrete.push(0.0);
        self.total.joint.extend(std::iter::repeat_n(0.0, samples));
        self.total.continuous.extend(std::iter::repeat_n(0.0, samples));
        self.total.add(at, coefficients, from, samples, 1.0);
    }
}

impl Tally {
    /// A log-weight fit for a rule: NaN becomes -inf and is counted.
    fn clean(&mut self, log_weight: f64) -> f64 {
        if log_weight.is_nan() {
            self.not_a_number += 1;
            return f64::NEG_INFINITY;
        }
        self.infinite += u64::from(log_weight == f64::NEG_INFINITY);
        log_weight
    }

    /// Applies the rule to one observation; when nothing is finite the observation is skipped.
    fn coefficients(&mut self, term: &Term, grid: &Grid) -> Coefficients {
        let coefficients = (term.rule.coefficients)(grid);
        if coefficients.bound.is_finite() {
            self.bound += coefficients.bound;
            self.bounded += 1;
        } else {
            self.skipped += 1;
        }
        coefficients
    }

    fn add(&mut self, other: Self) {
        self.bound += other.bound;
        self.bounded += other.bounded;
        self.nominal += other.nominal;
        self.unique += other.unique;
        self.differentiated += other.differentiated;
        self.turnover += other.turnover;
        self.skipped += other.skipped;
        self.not_a_number += other.not_a_number;
        self.rejected += other.rejected;
        self.infinite += other.infinite;
    }

    fn report(&self, gradient: f64, observations: usize) -> Report {
        let bound = if self.bounded > 0 { self.bound / self.bounded as f64 } else { f64::NAN };
        let numbers = [
            ("evaluations", self.nominal as f64),
            ("unique_evaluations", self.unique as f64),
            ("differentiated", self.differentiated as f64),
            ("turnover", self.turnover as f64 / observations.max(1) as f64),
            ("skipped", self.skipped as f64),
            ("not_a_number", self.not_a_number as f64),
            ("impossible", self.infinite as f64),
            ("rejected_fantasies", self.rejected as f64),
            ("gradient_norm", gradient),
        ];
        Report { bound, numbers: numbers.into() }
    }
}

impl<M: Model, G: Guide<M>> Learner for WakeSleep<M, G> {
    fn items(&self) -> usize {
        self.data.len()
    }

    fn step(&mut self, items: &[usize], step: u64) -> Report {
        let Some(phase) = self.phase(step) else { return Report::default() };
        let mut items = items.to_vec();
        items.sort_unstable();
        items.dedup();
        let observations: Vec<&M::Observation> = items.iter().map(|&i| &self.data[i]).collect();
        let looks = |t: &Term| matches!(t.source, Source::Guide { .. } | Source::Memory { .. });
        let encoding = phase.terms.iter().any(looks).then(|| self.guide.encode(&observations));
        let batch = Step {
            model: &self.model,
            guide: &self.guide,
            plain_model: self.model.valid(),
            plain_guide: self.guide.valid(),
            items: &items,
            observations: &observations,
            encoding: encoding.as_ref().map(|e| (e, G::detach(e))),
            floor: self.floor,
        };
        let (mut surrogate, mut tally) = (None::<Tensor<1>>, Tally::default());
        for (i, term) in phase.terms.iter().enumerate() {
            let address = Address { seed: self.seed, step, term: i };
            let outcome = match term.source {
                Source::Guide { programs, defensive } => {
                    batch.fresh(term, programs, defensive, &address)
                }
                Source::Memory { proposals } => {
                    batch.memoised(term, proposals, &mut self.memories, &address)
                }
                Source::Fantasy { count } => Some(batch.sleep(term, count, false, &address)),
                Source::HandWritten { count } => Some(batch.sleep(term, count, true, &address)),
            };
            let Some(outcome) = outcome else { continue };
            tally.add(outcome.tally);
            surrogate = [surrogate, outcome.surrogate].into_iter().flatten().reduce(|a, b| a + b);
        }
        drop(batch);
        let norm = surrogate.map_or(0.0, |s| self.ascend(s, &phase.rates));
        tally.report(norm, items.len())
    }

    fn save(&self) -> State {
        let mut state = State::default();
        state.insert("model", export(&self.model));
        state.insert("guide", export(&self.guide));
        state.insert("adam", self.optimiser.save());
        // Programs serialise to text; a vector of them cannot fail to.
        let memories = serde_json::to_vec(&self.memories).unwrap_or_default();
        state.bytes.insert("memories".into(), memories);
        state
    }

    fn load(&mut self, state: &State) -> Result<(), StateError> {
        let model = import(self.model.clone(), &state.under("model"))?;
        let guide = import(self.guide.clone(), &state.under("guide"))?;
        let optimiser = Adam::load(&state.under("adam"))?;
        let memories = read_memories(state, self.memories.len())?;
        (self.model, self.guide) = (model, guide);
        (self.optimiser, self.memories) = (optimiser, memories);
        Ok(())
    }
}

fn read_memories<D>(state: &State, count: usize) -> Result<Vec<Memory<D>>, StateError>
where
    D: Clone + Eq + std::hash::Hash + serde::de::DeserializeOwned,
{
    let missing = || StateError::Missing { name: "memories".into() };
    let bytes = state.bytes.get("memories").ok_or_else(missing)?;
    let memories: Vec<Memory<D>> =
        serde_json::from_slice(bytes).map_err(|e| StateError::Memory(e.to_string()))?;
    if memories.len() != count {
        let found = memories.len();
        return Err(StateError::Memory(format!("{found} of them for {count} observations")));
    }
    match memories.iter().all(Memory::is_valid) {
        true => Ok(memories),
        false => Err(StateError::Memory("a member stands twice, or there are too many".into())),
    }
}
