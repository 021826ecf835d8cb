//! A hybrid world: n of 0, 1 or 2 Gaussian jumps, x ~ N(shift_n + c_1 + ... + c_n, 0.25), c ~ N(0, 1).
//! The evidence is a mixture of three normals in closed form.

use helmholtz_core::algorithm::{
    Algorithm, Learning, Parents, Pathwise, Ranking, Recall, Scale, Shares, Source, Term,
};
use helmholtz_core::estimator::{MEMOISED, REWEIGHTED, SLEEP, VIMCO};
use helmholtz_core::evidence::{Common, common, importance};
use helmholtz_core::guide::{ContinuousGuide, Drawn, Guide, Proposal};
use helmholtz_core::model::{Continuous, Latent, LogProb, Model, Refinement, Rows};
use helmholtz_core::search::Budget;
use helmholtz_core::train::{Phase, Trainer, WakeSleep};
use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::logsumexp;
use helmholtz_math::random::Stream;
use helmholtz_nn::tensor::{Device, Tensor, activation};
use helmholtz_nn::{Module, Param};
use helmholtz_nn::{Rates, host, indices, matrix, training_device, vector};

use crate::{parameter, run};

const NOISE: f64 = 0.5;

fn log_normal(residual: f64, variance: f64) -> f64 {
    -0.5 * (std::f64::consts::TAU.ln() + variance.ln() + residual * residual / variance)
}

/// -((r / sd)^2 + ln 2 pi) / 2 - ln sd, on tensors.
fn log_density(residual: Tensor<1>, log_sd: Tensor<1>) -> Tensor<1> {
    let z = residual / log_sd.clone().exp();
    (z.square() + std::f32::consts::TAU.ln()) * -0.5 - log_sd
}

/// One where coordinate j of a row exists. `[programs * samples, widest]`.
fn mask(programs: &[usize], samples: usize, widest: usize, device: &Device) -> Tensor<2> {
    let values = programs
        .iter()
        .flat_map(|&n| (0..samples * widest).map(move |j| f32::from(u8::from(j % widest < n))));
    matrix(values.collect(), programs.len() * samples, widest, device)
}

fn column(c: &Tensor<2>, j: usize) -> Tensor<1> {
    let n = c.dims()[0];
    c.clone().narrow(1, j, 1).reshape([n])
}

#[derive(Clone, Debug, Module)]
struct Jumps {
    logits: Param<2>,
    shift: Param<1>,
}

impl Jumps {
    fn new(logits: [f32; 3], shift: [f32; 3], device: &Device) -> Self {
        Self {
            logits: Param::from_tensor(matrix(logits.to_vec(), 1, 3, device)),
            shift: Param::from_tensor(vector(shift.to_vec(), device)),
        }
    }

    fn prior(&self) -> Vec<f32> {
        host(&activation::log_softmax(self.logits.val(), 1))
    }

    fn evidence(&self, x: f32) -> f64 {
        let (prior, shift) = (self.prior(), host(&self.shift.val()));
        let term = |n: usize| {
            let residual = f64::from(x - shift[n]);
            f64::from(prior[n]) + log_normal(residual, n as f64 + NOISE * NOISE)
        };
        logsumexp(&[term(0), term(1), term(2)])
    }
}

impl Model for Jumps {
    type Observation = f32;
    type Discrete = usize;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        let device = self.shift.val().device();
        let each = rows
            .programs
            .iter()
            .flat_map(|&n| std::iter::repeat_n(n, rows.samples));
        let log_prior = activation::log_softmax(self.logits.val(), 1).reshape([3]);
        let mut total = log_prior.select(0, indices(each, &device));
        if let Some(c) = &rows.continuous {
            let used = mask(rows.programs, rows.samples, c.dims()[1], &device);
            let density = (c.clone().square() + std::f32::consts::TAU.ln()) * used * -0.5;
            total = total + density.sum_dim(1).reshape([rows.len()]);
        }
        LogProb::neural(total)
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let device = self.shift.val().device();
        let each = rows
            .programs
            .iter()
            .flat_map(|&n| std::iter::repeat_n(n, rows.samples));
        let mut mean = self.shift.val().select(0, indices(each, &device));
        if let Some(c) = &rows.continuous {
            let used = mask(rows.programs, rows.samples, c.dims()[1], &device);
            mean = mean + (c.clone() * used).sum_dim(1).reshape([rows.len()]);
        }
        let x = rows
            .of
            .iter()
            .flat_map(|&o| std::iter::repeat_n(*rows.observations[o], rows.samples));
        let residual = vector(x.collect(), &device) - mean;
        let log_sd = vector(vec![NOISE.ln() as f32; rows.len()], &device);
        LogProb::neural(log_density(residual, log_sd))
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<usize>> {
        let p: Vec<f64> = self.prior().iter().map(|&l| f64::from(l).exp()).collect();
        rngs.iter_mut()
            .map(|rng| {
                let n = rng.categorical(&p).unwrap();
                (n, (0..n).map(|_| rng.normal() as f32).collect())
            })
            .collect()
    }

    fn sample_observation(
        &self,
        latents: &[Latent<usize>],
        rngs: &mut [Stream],
    ) -> Vec<Option<f32>> {
        let shift = host(&self.shift.val());
        let noisy = latents.iter().zip(rngs).map(|((n, c), rng)| {
            Some(shift[*n] + c.iter().sum::<f32>() + (NOISE * rng.normal()) as f32)
        });
        noisy.collect()
    }

    fn continuous(&self) -> Option<&dyn Continuous<Self>> {
        Some(self)
    }

    fn refinement(&self) -> Option<&dyn Refinement<Self>> {
        Some(self)
    }
}

impl Continuous<Jumps> for Jumps {
    fn width(&self, program: &usize) -> usize {
        *program
    }
}

impl Refinement<Jumps> for Jumps {
    /// The posterior itself: precision I + 11' / NOISE^2, mean (x - shift) / (n + NOISE^2) each.
    fn refine(
        &self,
        rows: &Rows<'_, Jumps>,
        _: &[Option<&Gaussian>],
        _: usize,
    ) -> Vec<Option<(Gaussian, u64)>> {
        let shift = host(&self.shift.val());
        let one = |(&n, &o): (&usize, &usize)| {
            let off = f64::from(rows.observations[o] - shift[n]);
            let mean = vec![off / (n as f64 + NOISE * NOISE); n];
            let identity = |i: usize, j: usize| f64::from(u8::from(i == j));
            let gaussian = Gaussian::new(mean, |i, j| identity(i, j) + 1.0 / (NOISE * NOISE))?;
            Some((gaussian, 1))
        };
        rows.programs.iter().zip(rows.of).map(one).collect()
    }
}

/// q(n | x): a small network. q(c | n, x): loc_j = a + b x + e c_1, with a row of `cond` per (n, j).
#[derive(Clone, Debug, Module)]
struct JumpGuide {
    first: Param<2>,
    second: Param<2>,
    cond: Param<2>,
}

type Encoding = (Tensor<2>, Tensor<1>);

impl JumpGuide {
    fn new(seed: u64, device: &Device) -> Self {
        let mut rng = Stream::at([seed, 0, 0, 102]);
        Self {
            first: parameter(3, 32, 0.5, &mut rng, device),
            second: parameter(32, 3, 0.2, &mut rng, device),
            cond: parameter(6, 4, 0.1, &mut rng, device),
        }
    }

    /// Location and log standard deviation of coordinate j.
    fn conditional(
        &self,
        e: &Encoding,
        of: &[usize],
        programs: &[usize],
        samples: usize,
        j: usize,
        before: Option<Tensor<1>>,
    ) -> (Tensor<1>, Tensor<1>) {
        let device = e.1.device();
        let rows = programs
            .iter()
            .flat_map(|&n| std::iter::repeat_n(n * 2 + j, samples));
        let each = of.iter().flat_map(|&o| std::iter::repeat_n(o, samples));
        let x = e.1.clone().select(0, indices(each, &device));
        let p = self.cond.val().select(0, indices(rows, &device));
        let mut location = column(&p, 0) + column(&p, 1) * x;
        if let Some(before) = before {
            location = location + column(&p, 2) * before;
        }
        (location, column(&p, 3))
    }
}

impl Guide<Jumps> for JumpGuide {
    type Encoding = Encoding;

    fn encode(&self, observations: &[&f32]) -> Encoding {
        let device = self.first.val().device();
        let features = observations
            .iter()
            .flat_map(|&&x| [1.0, x / 3.0, x * x / 9.0]);
        let features = matrix(features.collect(), observations.len(), 3, &device);
        let hidden = features.matmul(self.first.val()).tanh();
        let log_q = activation::log_softmax(hidden.matmul(self.second.val()), 1);
        (
            log_q,
            vector(observations.iter().map(|&&x| x).collect(), &device),
        )
    }

    fn detach(e: &Encoding) -> Encoding {
        (e.0.clone().inner(), e.1.clone().inner())
    }

    fn sample(&self, e: &Encoding, of: &[usize], rngs: &mut [Stream]) -> Vec<Proposal<usize>> {
        let log_q = host(&e.0);
        let one = |(&o, rng): (&usize, &mut Stream)| {
            let row = &log_q[o * 3..o * 3 + 3];
            let p: Vec<f64> = row.iter().map(|&l| f64::from(l).exp()).collect();
            let n = rng.categorical(&p).unwrap();
            (n, f64::from(row[n]))
        };
        of.iter().zip(rngs).map(one).collect()
    }

    fn log_prob(&self, e: &Encoding, of: &[usize], programs: &[usize]) -> Tensor<1> {
        let flat = of.iter().zip(programs).map(|(&o, &n)| o * 3 + n);
        let count = e.0.dims()[0] * 3;
        e.0.clone()
            .reshape([count])
            .select(0, indices(flat, &e.0.device()))
    }

    fn continuous(&self) -> Option<&dyn ContinuousGuide<Jumps, Encoding>> {
        Some(self)
    }
}

impl ContinuousGuide<Jumps, Encoding> for JumpGuide {
    fn sample(
        &self,
        e: &Encoding,
        of: &[usize],
        programs: &[usize],
        samples: usize,
        noise: Tensor<2>,
    ) -> Drawn {
        let (rows, widest) = (programs.len() * samples, noise.dims()[1]);
        let mut columns: Vec<Tensor<2>> = vec![];
        for j in 0..widest {
            let before = columns.first().map(|c| column(c, 0));
            let (location, log_sd) = self.conditional(e, of, programs, samples, j, before);
            columns.push((location + log_sd.exp() * column(&noise, j)).reshape([rows, 1]));
        }
        let values = Tensor::cat(columns, 1) * mask(programs, samples, widest, &noise.device());
        Drawn {
            log_prob: ContinuousGuide::log_prob(self, e, of, programs, samples, values.clone()),
            values,
        }
    }

    fn log_prob(
        &self,
        e: &Encoding,
        of: &[usize],
        programs: &[usize],
        samples: usize,
        c: Tensor<2>,
    ) -> Tensor<1> {
        let widest = c.dims()[1];
        let used = mask(programs, samples, widest, &c.device());
        let one = |j: usize| {
            let before = (j > 0).then(|| column(&c, 0));
            let (location, log_sd) = self.conditional(e, of, programs, samples, j, before);
            log_density(column(&c, j) - location, log_sd) * column(&used, j)
        };
        (0..widest).map(one).reduce(|a, b| a + b).unwrap()
    }
}

type World = WakeSleep<Jumps, JumpGuide>;

fn world(terms: Vec<Term>, memory: usize, seed: u64) -> Trainer<World> {
    let device = training_device();
    let truth = Jumps::new(
        [0.5f32.ln(), 0.3f32.ln(), 0.2f32.ln()],
        [-2.0, 0.0, 3.0],
        &device,
    )
    .valid();
    let mut rngs: Vec<Stream> = (0..300).map(|i| Stream::at([78, i, 0, 0])).collect();
    let latents = truth.sample_latent(&mut rngs);
    let data = truth
        .sample_observation(&latents, &mut rngs)
        .into_iter()
        .flatten()
        .collect();
    let rates = Rates {
        model: 0.02,
        guide: 0.02,
        likelihood: 0.02,
    };
    let learner = WakeSleep::new(
        Jumps::new([0.0; 3], [-1.0, 0.2, 1.0], &device),
        JumpGuide::new(seed, &device),
        data,
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

/// Importance estimate of the mean log evidence with `samples` particles from the guide, the closed form,
/// and the mean absolute error of an observation.
fn evidence(world: &World, samples: usize) -> (f64, f64, f64) {
    let (model, guide) = (world.model().valid(), world.guide().valid());
    let some: Vec<&f32> = world.data[..50].iter().collect();
    let estimates = importance(&model, &guide, &some, samples, 5);
    let exact: Vec<f64> = some.iter().map(|x| model.evidence(**x)).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let both = estimates.iter().zip(&exact);
    let errors: Vec<f64> = both.map(|(a, b)| (a - b).abs()).collect();
    (mean(&estimates), mean(&exact), mean(&errors))
}

/// Hybrid memoised wake-sleep: `memory` programs, `proposals` new ones, `samples` continuous each.
fn hmws(proposals: usize, samples: usize, replay: f64) -> Vec<Term> {
    let memory = Term::new(
        Source::Memory {
            proposals,
            shares: Shares::default(),
        },
        MEMOISED,
        Scale::new(1.0, replay),
    );
    let fantasy = Term::new(
        Source::Fantasy { count: 1 },
        SLEEP,
        Scale::new(0.0, 1.0 - replay),
    );
    vec![memory.with_samples(samples), fantasy]
}

fn fresh(programs: usize) -> Source {
    Source::Guide {
        programs,
        defensive: 0.0,
    }
}

/// The mean log evidence that a maximum-likelihood model could reach is close to the truth's.
fn truth_evidence(world: &World) -> f64 {
    let truth = Jumps::new(
        [0.5f32.ln(), 0.3f32.ln(), 0.2f32.ln()],
        [-2.0, 0.0, 3.0],
        &training_device(),
    );
    world.data[..50]
        .iter()
        .map(|&x| truth.evidence(x))
        .sum::<f64>()
        / 50.0
}

fn learns(terms: Vec<Term>, memory: usize, tolerance: f64) {
    let mut trainer = world(terms, memory, 1);
    run(&mut trainer, 600);
    let (estimate, exact, error) = evidence(&trainer.learner, 500);
    assert!(
        (estimate - exact).abs() < tolerance,
        "estimate {estimate}, exact {exact}"
    );
    assert!(error < 5.0 * tolerance, "mean error {error}");
    let best = truth_evidence(&trainer.learner);
    assert!(
        exact > best - 0.1,
        "evidence {exact}, of the true model {best}"
    );
}

/// 500 particles per observation with weights of standard deviation s have an error of about
/// s / sqrt(500) each, and 50 observations average it; s is below 1 for a guide that has learned.
const TOLERANCE: f64 = 0.02;

#[test]
fn hybrid_memoised_wake_sleep_learns_model_and_guide() {
    learns(hmws(2, 4, 0.5), 2, TOLERANCE);
}

/// Two samples rank, two weigh.
#[test]
fn ranking_apart_from_weighing_learns_model_and_guide() {
    let mut terms = hmws(2, 4, 0.5);
    terms[0].ranking = Ranking {
        apart: true,
        ..Ranking::default()
    };
    learns(terms, 2, TOLERANCE);
}

#[test]
fn a_continuous_guide_of_fantasies_alone_learns() {
    let algorithm: Algorithm = "hmws-fantasy".parse().unwrap();
    let settings = Learning {
        algorithm,
        particles: 16,
        samples: 4,
        ..Learning::default()
    };
    learns(algorithm.terms(&settings).unwrap(), 2, TOLERANCE);
}

/// One program is summed, and two are estimated by a guide that has learned nothing. The estimates of p(x), each divided by
/// p(x), have mean 1, whether the best program is summed or one that was offered.
#[test]
fn an_estimate_by_sum_and_draws_has_no_bias() {
    let trainer = world(hmws(2, 4, 0.5), 2, 1);
    let (model, guide) = (
        trainer.learner.model().valid(),
        trainer.learner.guide().valid(),
    );
    let ratios = |offered: &[usize]| -> Vec<f64> {
        let ratio = |(i, &x): (usize, &f32)| {
            let how = Common {
                budget: Budget {
                    members: 1,
                    rounds: 2,
                    seed: i as u64,
                    ..Budget::default()
                },
                samples: [5, 50],
                draws: 200,
            };
            let found = common((&model, &guide), &x, offered, &how);
            assert!(found.programs.len() <= 2 && found.programs.is_sorted_by(|a, b| a.1 >= b.1));
            (found.log_evidence - model.evidence(x)).exp()
        };
        trainer.learner.data.iter().enumerate().map(ratio).collect()
    };
    for offered in [&[][..], &[1]] {
        let ratios = ratios(offered);
        let n = ratios.len() as f64;
        let mean = ratios.iter().sum::<f64>() / n;
        let variance = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let error = (variance / n).sqrt();
        assert!(
            (mean - 1.0).abs() < 4.0 * error && error < 0.1,
            "{mean} +- {error}"
        );
    }
}

#[test]
fn reweighted_wake_sleep_learns_model_and_guide() {
    learns(
        vec![Term::new(fresh(16), REWEIGHTED, Scale::new(1.0, 1.0))],
        0,
        TOLERANCE,
    );
}

#[test]
fn vimco_learns_with_attached_continuous_samples() {
    let term = Term::new(fresh(16), VIMCO, Scale::new(1.0, 1.0));
    learns(
        vec![Term {
            pathwise: Pathwise::Total,
            ..term
        }],
        0,
        2.0 * TOLERANCE,
    );
}

#[test]
fn programs_without_edits_are_not_bred() {
    let phases = world(hmws(2, 4, 0.5), 2, 1).learner.phases;
    let bred = |phase: Phase| Phase {
        terms: vec![Term {
            parents: Parents::Fittest,
            ..phase.terms[0]
        }],
        ..phase
    };
    let device = training_device();
    let (model, guide) = (
        Jumps::new([0.0; 3], [0.0; 3], &device),
        JumpGuide::new(1, &device),
    );
    let phases = phases.into_iter().map(bred).collect();
    let error = WakeSleep::new(model, guide, vec![0.5], 2, phases, 1).err();
    assert_eq!(error.unwrap().setting, "algorithm");
}

#[test]
fn a_program_width_of_zero_needs_no_continuous_guide() {
    let mut trainer = world(hmws(2, 4, 1.0), 3, 2);
    let reports = run(&mut trainer, 3);
    assert!(reports.iter().all(|r| r.bound.is_finite()));
}

/// With the posterior itself in half of the draws no weight is above twice the evidence, so that an estimate
/// from k of them has a standard error of at most the evidence / sqrt(k). The memory has room for all.
#[test]
fn a_remembered_posterior_makes_the_bound_the_evidence_whatever_the_guide() {
    let samples = 400;
    let mut terms = hmws(3, samples, 0.5);
    terms[0].recall = Recall {
        pooling: 0.0,
        refinement: 1,
        guided: 0.5,
        repeats: false,
    };
    let mut trainer = world(terms, 3, 1);
    run(&mut trainer, 60);
    // The next step's bound is of parameters that the step has not moved yet.
    let learner = &mut trainer.learner;
    let holds_all = |i: &usize| learner.memories[*i].programs().len() == 3;
    let complete: Vec<usize> = (0..50).filter(holds_all).collect();
    assert!(
        complete.len() > 20,
        "{} memories hold everything",
        complete.len()
    );
    let model = learner.model().valid();
    let exact = complete
        .iter()
        .map(|&i| model.evidence(learner.data[i]))
        .sum::<f64>();
    let report = helmholtz_core::train::Learner::step(learner, &complete, 60);
    let exact = exact / complete.len() as f64;
    let standard_error = 1.0 / ((samples * complete.len()) as f64).sqrt();
    assert!(
        (report.bound - exact).abs() < 4.0 * standard_error + 1e-3,
        "{} {exact}",
        report.bound
    );
    assert_eq!(
        report.numbers["refining_gradients"],
        3.0 * complete.len() as f64
    );
    let record = learner.memories[complete[0]].record(0).unwrap();
    assert!(record.posterior.is_some() && record.evidence.is_none());
}

/// Every program is a member, so that every proposal repeats one, and all the evaluations are made. What the
/// guide and the model learn is the same.
#[test]
fn repeated_proposals_give_their_draws_to_members() {
    let with_repeats = |proposals, samples| {
        let mut terms = hmws(proposals, samples, 0.5);
        terms[0].recall.repeats = true;
        terms
    };
    learns(with_repeats(2, 4), 2, TOLERANCE);
    let counted = |terms| {
        let mut trainer = world(terms, 3, 1);
        run(&mut trainer, 60);
        let learner = &mut trainer.learner;
        let full = |i: &usize| learner.memories[*i].programs().len() == 3;
        let full: Vec<usize> = (0..50).filter(full).collect();
        assert!(full.len() > 20, "{} memories hold everything", full.len());
        let report = helmholtz_core::train::Learner::step(learner, &full, 60);
        let each = |name: &str| report.numbers[name] / full.len() as f64;
        ["evaluations", "unique_evaluations", "differentiated"].map(each)
    };
    assert_eq!(counted(with_repeats(4, 2)), [14.0, 14.0, 6.0]);
    assert_eq!(counted(hmws(4, 2, 0.5)), [14.0, 6.0, 6.0]);
}
