//! A discrete world: eight symbols, a noisy repetition of a pattern of at most four. All 120 patterns can
//! be enumerated, so the evidence is exact.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation};
use helmholtz::algorithm::{Algorithm, Learning, Scale, Shares, Source, Term};
use helmholtz::estimator::{MEMOISED, logsumexp, softmax};
use helmholtz::guide::{Guide, Proposal};
use helmholtz::model::{Latent, LogProb, Model, Rows};
use helmholtz::nn::{Rates, host, indices, matrix, training_device};
use helmholtz::random::Stream;
use helmholtz::train::{Learner, Phase, Trainer, WakeSleep};

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
#[derive(Module, Debug)]
struct Table {
    weight: Param<Tensor<2>>,
}

impl Table {
    fn log_probs(&self, features: Tensor<2>) -> Tensor<2> {
        activation::log_softmax(features.matmul(self.weight.val()), 1)
    }
}

#[derive(Module, Debug)]
struct Patterns {
    prior: Table,
    /// Whether the prior knows programs by their parts instead of each by itself.
    by_parts: bool,
    likelihood: Param<Tensor<2>>,
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
fn short_first(device: &Device) -> Param<Tensor<2>> {
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
}

fn noisy(pattern: &[u8], flip: f64, rng: &mut Stream) -> Row {
    std::array::from_fn(|i| {
        let symbol = pattern[i % pattern.len()];
        let other = (symbol + 1 + rng.below(SYMBOLS - 1) as u8) % SYMBOLS as u8;
        if rng.uniform() < flip { other } else { symbol }
    })
}

#[derive(Module, Debug)]
struct PatternGuide {
    hidden: Param<Tensor<2>>,
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
    let rows = Rows {
        observations: &[x],
        of: &vec![0; all.len()],
        programs: &all,
        samples: 1,
        continuous: None,
    };
    world.model.valid().log_joint(&rows).values()
}

/// The mean log evidence of the data, by enumeration.
fn evidence(world: &World) -> f64 {
    let each = world.data.iter().map(|x| logsumexp(&joints(world, x)));
    each.sum::<f64>() / world.data.len() as f64
}

#[test]
fn programs_are_numbered_in_order() {
    let all = all_programs();
    assert_eq!(all.len(), PROGRAMS);
    assert!(all.iter().enumerate().all(|(n, p)| number(p) == n));
}

/// The mean log evidence under the process that made the data: six patterns, a tenth of the symbols
/// flipped.
fn truth() -> f64 {
    let world = named(Algorithm::Mws, 1).learner;
    let log_evidence = |x: &Row| {
        let each = TRUTH
            .iter()
            .map(|p| likelihood(0.1, p, x).0 - 6f64.ln())
            .collect::<Vec<_>>();
        logsumexp(&each)
    };
    world.data.iter().map(log_evidence).sum::<f64>() / world.data.len() as f64
}

#[test]
fn every_algorithm_learns_the_discrete_world() {
    let (at_first, truth) = (evidence(&named(Algorithm::Mws, 1).learner), truth());
    for algorithm in Algorithm::ALL {
        let mut trainer = named(algorithm, 1);
        run(&mut trainer, 1500);
        let after = evidence(&trainer.learner);
        // Where the guide learns from its own finds only, memory (or a self-confirming guide) and prior
        // lock each other in, and part of the gain is never made.
        let wanted = match algorithm {
            Algorithm::Mws | Algorithm::Mws2019 => at_first + 0.2,
            Algorithm::Rws => at_first + 1.0,
            _ => truth - 0.2,
        };
        assert!(
            after > wanted,
            "{}: {after:.2}, wanted {wanted:.2}",
            algorithm.name()
        );
    }
}

#[test]
fn the_memory_bound_is_below_the_evidence_and_full_memory_equals_it() {
    let everything = Term::new(
        Source::Memory {
            proposals: 300,
            shares: Shares::default(),
        },
        MEMOISED,
        Scale::new(0.0, 0.0),
    );
    let mut trainer = world(vec![everything], PROGRAMS, -1.0, 0.0, 3);
    let mut last = f64::NEG_INFINITY;
    let truth = evidence(&trainer.learner);
    for epoch in 1..=60 {
        let reports = run(&mut trainer, epoch * 3);
        let bound = reports.iter().map(|r| r.bound).sum::<f64>() / 3.0;
        assert!(bound <= truth + 1e-9 && bound >= last - 1e-9);
        last = bound;
    }
    assert!(
        (last - truth).abs() < 1e-3,
        "bound {last}, evidence {truth}"
    );
}

/// Supplement D of the paper, claim 2: at a fixed model, with proposals that leave no program out, a memory
/// comes to hold the best programs, and the guide learns the posterior on them.
#[test]
fn at_a_fixed_model_a_memory_reaches_the_best_programs_and_the_guide_matches_it() {
    for algorithm in [Algorithm::Mws, Algorithm::Mws2019] {
        let settings = Learning {
            exploration: 0.5,
            ..learning(6)
        };
        let members = algorithm.memory(6).0;
        let terms = algorithm.terms(&settings).unwrap();
        let mut trainer = world(terms, members, -1.0, 0.0, 3);
        run(&mut trainer, 9000);
        let mut gap = 0.0;
        for (i, x) in trainer.learner.data.iter().enumerate() {
            let joints = joints(&trainer.learner, x);
            let mut order: Vec<usize> = (0..PROGRAMS).collect();
            order.sort_by(|&a, &b| joints[b].total_cmp(&joints[a]));
            let held = trainer.learner.memories[i].programs();
            let held: Vec<usize> = held.iter().map(|p| number(p)).collect();
            assert_eq!(held, order[..members], "{}", algorithm.name());
            let q = softmax(
                &order[..members]
                    .iter()
                    .map(|&n| joints[n])
                    .collect::<Vec<_>>(),
            );
            let guide = trainer.learner.guide.valid();
            let log_r = host(&guide.encode(&[x]));
            let each = q.iter().zip(&order);
            gap += each
                .map(|(q, &n)| q * (q.ln() - f64::from(log_r[n])))
                .sum::<f64>();
        }
        gap /= trainer.learner.data.len() as f64;
        // At the start it is above 4; one entropy of a coin is .69.
        assert!(gap < 0.2, "{}: KL(Q || r) = {gap:.3}", algorithm.name());
    }
}

#[test]
fn nominal_and_unique_evaluations_are_reported() {
    for algorithm in Algorithm::ALL {
        let reports = run(&mut named(algorithm, 2), 30);
        for report in &reports {
            let (nominal, unique) = (
                report.numbers["evaluations"],
                report.numbers["unique_evaluations"],
            );
            let (members, _) = algorithm.memory(6);
            let each = if members == 6 { 7.0 } else { 6.0 };
            assert_eq!(nominal, each * 20.0, "{}", algorithm.name());
            let scored = algorithm.terms(&learning(6)).unwrap();
            let floors = match scored[0].rule.score_function {
                true => 20.0,
                false => 0.0,
            };
            assert!(
                unique > 0.0 && unique <= nominal + floors,
                "{}",
                algorithm.name()
            );
        }
        if algorithm.memory(6).0 > 0 {
            let turnover = |r: &[helmholtz::train::Report]| {
                r.iter().map(|r| r.numbers["turnover"]).sum::<f64>()
            };
            assert!(turnover(&reports[..3]) > turnover(&reports[27..]));
        }
    }
}

#[test]
fn a_resumed_run_equals_an_uninterrupted_one_bit_by_bit() {
    for algorithm in [Algorithm::MwsMix, Algorithm::Vimco] {
        let mut straight = named(algorithm, 4);
        run(&mut straight, 40);
        let mut first = named(algorithm, 4);
        run(&mut first, 17);
        let file = tempfile::tempdir().unwrap().keep().join("checkpoint");
        helmholtz::train::save(&file, first.step(), &first.learner.save()).unwrap();
        let (step, state) = helmholtz::train::load(&file).unwrap();
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
        let mut learner = named(algorithm, 4).learner;
        learner.load(&state).unwrap();
        let mut resumed = Trainer::new(learner, 4, 20, step);
        run(&mut resumed, 40);
        assert_eq!(
            straight.learner.save(),
            resumed.learner.save(),
            "{}",
            algorithm.name()
        );
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let mut trainer = named(Algorithm::MwsMix, 5);
            run(&mut trainer, 30);
            trainer.learner.save()
        })
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn a_state_of_other_data_is_refused_and_changes_nothing() {
    let mut trainer = named(Algorithm::Mws, 6);
    let before = trainer.learner.save();
    let mut state = before.clone();
    state.bytes.insert("memories".into(), b"[]".to_vec());
    assert!(
        trainer
            .learner
            .load(&state)
            .unwrap_err()
            .to_string()
            .contains("60 observations")
    );
    let mut torn = before.clone();
    torn.arrays.remove("guide.hidden");
    assert!(
        trainer
            .learner
            .load(&torn)
            .unwrap_err()
            .to_string()
            .contains("hidden")
    );
    assert_eq!(trainer.learner.save(), before);
}

/// Short programs enter a memory first, a prior that knows programs by their parts learns them within a few
/// steps, and longer ones do not get in again, however well they would explain the data.
#[test]
fn memory_and_prior_lock_each_other_in_and_what_frees_them() {
    let mean = |algorithm: Algorithm, broad: f64| {
        let of = |seed| {
            let learning = Learning {
                broad,
                power: 0.5,
                ..learning(6)
            };
            let terms = algorithm.terms(&learning).unwrap();
            let memory = algorithm.memory(6).0;
            let mut trainer = world_of(terms, memory, (0.0, true), 0.01, seed);
            run(&mut trainer, 1200);
            evidence(&trainer.learner)
        };
        (1..=3).map(of).sum::<f64>() / 3.0
    };
    let (replay, mix) = (mean(Algorithm::Mws, 0.0), mean(Algorithm::MwsMix, 0.0));
    let (broad, rws) = (mean(Algorithm::MwsMix, 0.67), mean(Algorithm::Rws, 0.0));
    // A guide that learns from fantasies too undoes most of it, and places for what the likelihood prefers the
    // rest, on average: no worse than an algorithm without a memory, which has nothing to lock in. Optima of
    // single runs are .25 nats apart, so that three seeds have a standard error of .15.
    assert!(replay < mix - 0.5, "replay {replay:.2}, mix {mix:.2}");
    assert!(
        broad > mix - 0.3 && broad > rws - 0.3 && broad > replay + 1.0,
        "replay {replay:.2}, mix {mix:.2}, broad {broad:.2}, rws {rws:.2}"
    );
}
