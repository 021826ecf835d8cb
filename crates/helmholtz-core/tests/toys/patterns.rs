//! A discrete world: eight symbols, a noisy repetition of a pattern of at most four. All 120 patterns can
//! be enumerated, so the evidence is exact.

use helmholtz_core::algorithm::{Algorithm, Learning, Scale, Shares, Source, Term};
use helmholtz_core::estimator::MEMOISED;
use helmholtz_core::guide::{Guide, Proposal};
use helmholtz_core::model::{Edits, Latent, LogProb, Model, ModelExt, Rows};
use helmholtz_core::train::{Learner, Phase, Trainer, WakeSleep};
use helmholtz_math::random::Stream;
use helmholtz_math::{logsumexp, softmax};
use helmholtz_nn::tensor::{Device, Tensor, activation};
use helmholtz_nn::{Module, Param};
use helmholtz_nn::{Rates, host, indices, matrix, training_device};

use crate::{parameter, run};

const SYMBOLS: usize = 3;
const LONGEST: usize = 4;
const LENGTH: usize = 8;
/// Sum over lengths 1 to 4 of 3^length.
const PROGRAMS: usize = 120;

/// The patterns that made the data.
const TRUTH: [&[u8]; 6] = [&[0], &[1, 2], &[0, 1, 2], &[2, 2, 0, 1], &[1], &[0, 0, 1]];

type Pattern = Vec<u8>;
type Row = [u8; LENGTH];

/// The program with number `n`, in the order of [`all_programs`].
fn all_programs() -> Vec<Pattern> {
    (1..=LONGEST as u32)
        .flat_map(|l| {
            let digit = |n: usize, i: u32| (n / SYMBOLS.pow(i) % SYMBOLS) as u8;
            (0..SYMBOLS.pow(l)).map(move |n| (0..l).map(|i| digit(n, i)).collect())
        })
        .collect()
}

/// log p(x | pattern) and its derivative by the logit of the flip probability.
fn likelihood(flip: f64, pattern: &[u8], x: &Row) -> (f64, f64) {
    let symbol = |i: usize| pattern[i % pattern.len()];
    let misses = x
        .iter()
        .enumerate()
        .filter(|&(i, &s)| symbol(i) != s)
        .count() as f64;
    let hits = LENGTH as f64 - misses;
    let value = hits * (1.0 - flip).ln() + misses * (flip / (SYMBOLS - 1) as f64).ln();
    (value, misses - LENGTH as f64 * flip)
}

/// Programs by table: each of the 120 has its own logit, given features of the observation. The world is
/// small enough that prior and guide need no sequence network.
#[derive(Clone, Debug, Module)]
struct Table {
    weight: Param<2>,
}

impl Table {
    fn log_probs(&self, features: Tensor<2>) -> Tensor<2> {
        activation::log_softmax(features.matmul(self.weight.val()), 1)
    }
}

#[derive(Clone, Debug, Module)]
struct Patterns {
    prior: Table,
    /// Whether the prior knows programs by their parts instead of each by itself.
    by_parts: bool,
    likelihood: Param<2>,
}

/// What a program is made of: its length, and each symbol after the one before it. A prior over these is
/// quick to learn and slow to unlearn, like that of a network over tokens.
fn parts(pattern: &[u8]) -> Vec<f32> {
    let mut features = vec![0.0; LONGEST + (SYMBOLS + 1) * SYMBOLS];
    features[pattern.len() - 1] = 1.0;
    let mut before = SYMBOLS;
    for &symbol in pattern {
        features[LONGEST + before * SYMBOLS + usize::from(symbol)] += 1.0;
        before = symbol.into();
    }
    features
}

impl Patterns {
    fn new(noise: f32, by_parts: bool, seed: u64, device: &Device) -> Self {
        let mut rng = Stream::at([seed, 0, 0, 100]);
        let weight = match by_parts {
            false => parameter(1, PROGRAMS, 0.1, &mut rng, device),
            true => short_first(device),
        };
        Self {
            prior: Table { weight },
            by_parts,
            likelihood: Param::from_tensor(matrix(vec![noise], 1, 1, device)),
        }
    }

    fn flip(&self) -> f64 {
        1.0 / (1.0 + (-f64::from(host(&self.likelihood.val())[0])).exp())
    }

    fn prior(&self) -> Tensor<2> {
        let device = self.likelihood.val().device();
        if !self.by_parts {
            return self.prior.log_probs(matrix(vec![1.0], 1, 1, &device));
        }
        let features: Vec<f32> = all_programs().iter().flat_map(|p| parts(p)).collect();
        let features = matrix(features, PROGRAMS, self.prior.weight.dims()[1], &device);
        let logits = features.matmul(self.prior.weight.val().transpose());
        activation::log_softmax(logits.transpose(), 1)
    }
}

/// Weights under which a further symbol has probability one half, and all symbols are alike.
fn short_first(device: &Device) -> Param<2> {
    let mut weights = vec![0.0; LONGEST];
    weights.extend([-(2.0 * SYMBOLS as f32).ln(); (SYMBOLS + 1) * SYMBOLS]);
    let width = weights.len();
    Param::from_tensor(matrix(weights, 1, width, device))
}

fn number(pattern: &[u8]) -> usize {
    let shorter: usize = (1..pattern.len() as u32).map(|l| SYMBOLS.pow(l)).sum();
    shorter
        + pattern
            .iter()
            .rev()
            .fold(0, |n, &s| n * SYMBOLS + s as usize)
}

fn draw(log_probs: &[f32], rng: &mut Stream) -> usize {
    let p: Vec<f64> = log_probs.iter().map(|&l| f64::from(l).exp()).collect();
    rng.categorical(&p).unwrap()
}

impl Model for Patterns {
    type Observation = Row;
    type Discrete = Pattern;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        let chosen = indices(
            rows.programs.iter().map(|p| number(p)),
            &self.prior().device(),
        );
        LogProb::neural(self.prior().reshape([PROGRAMS]).select(0, chosen))
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let flip = self.flip();
        let scored = rows.programs.iter().zip(rows.of);
        let (exact, jacobian): (Vec<f64>, Vec<f32>) = scored
            .map(|(p, &o)| likelihood(flip, p, rows.observations[o]))
            .map(|(value, slope)| (value, slope as f32))
            .unzip();
        let inputs = self.likelihood.val();
        let jacobian = if inputs.is_autodiff() {
            jacobian
        } else {
            vec![]
        };
        LogProb::symbolic(exact, inputs, jacobian)
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<Pattern>> {
        let (prior, all) = (host(&self.prior()), all_programs());
        rngs.iter_mut()
            .map(|rng| (all[draw(&prior, rng)].clone(), vec![]))
            .collect()
    }

    fn sample_observation(
        &self,
        latents: &[Latent<Pattern>],
        rngs: &mut [Stream],
    ) -> Vec<Option<Row>> {
        let flip = self.flip();
        latents
            .iter()
            .zip(rngs)
            .map(|((p, _), rng)| Some(noisy(p, flip, rng)))
            .collect()
    }

    fn support(&self) -> Option<Pattern> {
        Some(vec![0])
    }

    fn edits(&self) -> Option<&dyn Edits<Self>> {
        Some(self)
    }
}

impl Edits<Patterns> for Patterns {
    /// A symbol is changed, added or taken away; every other time it may be any program.
    fn edit(&self, program: &Pattern, _: &Row, rng: &mut Stream) -> Option<Pattern> {
        let (mut edited, symbol) = (program.clone(), rng.below(SYMBOLS) as u8);
        match rng.below(6) {
            0 if edited.len() < LONGEST => edited.push(symbol),
            1 if edited.len() > 1 => edited.truncate(edited.len() - 1),
            2 => edited[rng.below(program.len())] = symbol,
            _ => edited = all_programs().swap_remove(rng.below(PROGRAMS)),
        }
        (edited != *program).then_some(edited)
    }
}

fn noisy(pattern: &[u8], flip: f64, rng: &mut Stream) -> Row {
    std::array::from_fn(|i| {
        let symbol = pattern[i % pattern.len()];
        let other = (symbol + 1 + rng.below(SYMBOLS - 1) as u8) % SYMBOLS as u8;
        if rng.uniform() < flip { other } else { symbol }
    })
}

#[derive(Clone, Debug, Module)]
struct PatternGuide {
    hidden: Param<2>,
    table: Table,
}

impl PatternGuide {
    fn new(seed: u64, device: &Device) -> Self {
        let mut rng = Stream::at([seed, 0, 0, 101]);
        Self {
            hidden: parameter(LENGTH * SYMBOLS, 64, 0.3, &mut rng, device),
            table: Table {
                weight: parameter(64, PROGRAMS, 0.2, &mut rng, device),
            },
        }
    }
}

impl Guide<Patterns> for PatternGuide {
    /// log q of every program, `[observations, 120]`.
    type Encoding = Tensor<2>;

    fn encode(&self, observations: &[&Row]) -> Tensor<2> {
        let hot = observations
            .iter()
            .flat_map(|x| x.iter())
            .flat_map(|&s| (0..SYMBOLS as u8).map(move |symbol| f32::from(u8::from(s == symbol))));
        let device = self.hidden.val().device();
        let hot = matrix(hot.collect(), observations.len(), LENGTH * SYMBOLS, &device);
        self.table.log_probs(hot.matmul(self.hidden.val()).tanh())
    }

    fn detach(encoding: &Tensor<2>) -> Tensor<2> {
        encoding.clone().inner()
    }

    fn sample(&self, e: &Tensor<2>, of: &[usize], rngs: &mut [Stream]) -> Vec<Proposal<Pattern>> {
        let (log_q, all) = (host(e), all_programs());
        of.iter()
            .zip(rngs)
            .map(|(&o, rng)| {
                let row = &log_q[o * PROGRAMS..(o + 1) * PROGRAMS];
                let n = draw(row, rng);
                (all[n].clone(), f64::from(row[n]))
            })
            .collect()
    }

    fn log_prob(&self, e: &Tensor<2>, of: &[usize], programs: &[Pattern]) -> Tensor<1> {
        let flat = of
            .iter()
            .zip(programs)
            .map(|(&o, p)| o * PROGRAMS + number(p));
        let [rows, columns] = e.dims();
        e.clone()
            .reshape([rows * columns])
            .select(0, indices(flat, &e.device()))
    }
}

type World = WakeSleep<Patterns, PatternGuide>;

fn world(terms: Vec<Term>, memory: usize, noise: f32, rate: f64, seed: u64) -> Trainer<World> {
    world_of(terms, memory, (noise, false), rate, seed)
}

fn world_of(
    terms: Vec<Term>,
    memory: usize,
    (noise, by_parts): (f32, bool),
    rate: f64,
    seed: u64,
) -> Trainer<World> {
    let data = (0..60).map(|i| noisy(TRUTH[i % 6], 0.1, &mut Stream::at([77, i as u64, 0, 0])));
    let device = training_device();
    let rates = Rates {
        model: rate,
        guide: 0.01,
        likelihood: rate,
    };
    let learner = WakeSleep::new(
        Patterns::new(noise, by_parts, seed, &device),
        PatternGuide::new(seed, &device),
        data.collect(),
        memory,
        vec![Phase {
            until: u64::MAX,
            terms,
            rates,
        }],
        seed,
    )
    .unwrap();
    Trainer::new(learner, seed, 20, 0)
}

fn learning(particles: usize) -> Learning {
    Learning {
        particles,
        defensive: 0.1,
        baseline: Some(0.9),
        ..Learning::default()
    }
}

fn named(algorithm: Algorithm, seed: u64) -> Trainer<World> {
    let learning = learning(6);
    let (memory, _) = algorithm.memory(learning.particles);
    // A sharp likelihood and a slow prior, so that memory and prior do not lock each other in.
    world(
        algorithm.terms(&learning).unwrap(),
        memory,
        -1.5,
        0.003,
        seed,
    )
}

/// log p(z, x) of every program.
fn joints(world: &World, x: &Row) -> Vec<f64> {
    let all = all_programs();
    let (observations, of) = ([x], vec![0; all.len()]);
    let rows = Rows::new(&observations, &of, &all);
    world.model().valid().log_joint(&rows).values()
}

/// The mean log evidence of the data, by enumeration.
fn evidence(world: &World) -> f64 {
    let each = world.data.iter().map(|x| logsumexp(&joints(world, x)));
    each.sum::<f64>() / world.data.len() as f64
}

mod contract;
mod tests;
