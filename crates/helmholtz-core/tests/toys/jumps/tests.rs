//! What is asked of algorithms and estimates on the hybrid world.

use super::*;

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
