//! Every rule against full enumeration on a world of three values.

use super::*;
use helmholtz_math::random::Stream;
use helmholtz_math::softmax;

/// log p(z, x) of the three values of z, and the guide's logits.
const LOG_JOINT: [f64; 3] = [-1.0, -2.5, -0.3];
const LOGITS: [f64; 3] = [0.4, -0.2, 0.1];

fn log_q(logits: &[f64; 3]) -> Vec<f64> {
    let total = logsumexp(logits);
    logits.iter().map(|l| l - total).collect()
}

/// grad log q(z) by the logits.
fn score(logits: &[f64; 3], z: usize) -> [f64; 3] {
    let q = softmax(logits);
    std::array::from_fn(|i| f64::from(u8::from(i == z)) - q[i])
}

/// Every tuple of k values with its probability and log-weights.
fn tuples(logits: &[f64; 3], k: u32) -> Vec<(Vec<usize>, f64, Grid)> {
    let q = log_q(logits);
    (0..3usize.pow(k))
        .map(|n| {
            let z: Vec<usize> = (0..k).map(|i| n / 3usize.pow(i) % 3).collect();
            let probability = z.iter().map(|&z| q[z]).sum::<f64>().exp();
            let log_weights = z.iter().map(|&z| LOG_JOINT[z] - q[z]).collect();
            (z, probability, Grid::new(1, log_weights))
        })
        .collect()
}

fn expected_bound(logits: &[f64; 3], k: u32) -> f64 {
    let bound = |grid: &Grid| (REWEIGHTED.coefficients)(grid).bound;
    tuples(logits, k)
        .iter()
        .map(|(_, p, grid)| p * bound(grid))
        .sum()
}

/// The expectation of the guide's gradient estimate.
fn expected_gradient(rule: Rule, k: u32) -> [f64; 3] {
    expected_gradient_with(rule, k, 0.0)
}

fn expected_gradient_with(rule: Rule, k: u32, baseline: f64) -> [f64; 3] {
    let mut gradient = [0.0; 3];
    for (z, probability, mut grid) in tuples(&LOGITS, k) {
        grid.state = Carried(vec![baseline]);
        let c = (rule.coefficients)(&grid);
        for (z, c) in z.iter().zip(&c.discrete) {
            for (g, s) in gradient.iter_mut().zip(score(&LOGITS, *z)) {
                *g += probability * c * s;
            }
        }
    }
    gradient
}

fn finite_differences(f: impl Fn(&[f64; 3]) -> f64) -> [f64; 3] {
    std::array::from_fn(|i| {
        let moved = |h: f64| {
            let mut logits = LOGITS;
            logits[i] += h;
            f(&logits)
        };
        (moved(1e-5) - moved(-1e-5)) / 2e-5
    })
}

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() < tolerance, "{a:?} against {b:?}");
    }
}

#[test]
fn vimco_is_unbiased_for_the_gradient_of_the_multi_sample_bound() {
    for k in [2, 3, 4] {
        let truth = finite_differences(|logits| expected_bound(logits, k));
        assert_close(&expected_gradient(VIMCO, k), &truth, 1e-8);
    }
}

#[test]
fn iwae_is_unbiased_for_the_same_gradient_with_any_baseline() {
    for (k, baseline) in [(1, 0.0), (2, -3.0), (3, 0.7)] {
        let truth = finite_differences(|logits| expected_bound(logits, k));
        assert_close(&expected_gradient_with(IWAE, k, baseline), &truth, 1e-8);
    }
}

#[test]
fn the_score_function_is_unbiased_for_the_gradient_of_the_evidence_lower_bound() {
    let elbo = |logits: &[f64; 3]| expected_bound(logits, 1);
    for (k, baseline) in [(1, 0.0), (2, -3.0), (4, 0.7)] {
        let truth = finite_differences(elbo);
        assert_close(&expected_gradient_with(ELBO, k, baseline), &truth, 1e-8);
    }
}

#[test]
fn leaving_one_out_is_unbiased_for_the_gradient_of_the_evidence_lower_bound() {
    let truth = finite_differences(|logits| expected_bound(logits, 1));
    for k in [2, 3, 4] {
        assert_close(&expected_gradient(RLOO, k), &truth, 1e-8);
    }
    assert!(variance(RLOO, 3, 0.0) < variance(ELBO, 3, 0.0));
}

#[test]
fn where_the_guide_is_the_posterior_leaving_one_out_moves_nothing() {
    let evidence = logsumexp(&LOG_JOINT);
    let c = (RLOO.coefficients)(&Grid::new(1, vec![evidence; 4]));
    assert_eq!((c.bound, c.discrete), (evidence, vec![0.0; 4]));
}

/// The variance of the first coordinate of the guide's gradient estimate.
fn variance(rule: Rule, k: u32, baseline: f64) -> f64 {
    let mean = expected_gradient_with(rule, k, baseline)[0];
    let tuples = tuples(&LOGITS, k).into_iter();
    tuples
        .map(|(z, probability, mut grid)| {
            grid.state = Carried(vec![baseline]);
            let c = (rule.coefficients)(&grid);
            let each = z.iter().zip(&c.discrete);
            let estimate: f64 = each.map(|(&z, c)| c * score(&LOGITS, z)[0]).sum();
            probability * (estimate - mean).powi(2)
        })
        .sum()
}

#[test]
fn baselines_reduce_the_variance() {
    // Far from zero, as bounds are, a score function without a baseline is mostly noise.
    for rule in [ELBO, IWAE] {
        let level = expected_bound(&LOGITS, 3);
        assert!(variance(rule, 3, level) < 0.5 * variance(rule, 3, level + 5.0));
    }
    assert!(variance(VIMCO, 3, 0.0) < variance(IWAE, 3, 0.0));
}

#[test]
fn the_model_gradient_of_every_bound_is_exact() {
    // By the log-joint of one value: E[sum of joint coefficients at that value].
    let rules = [(ELBO, 3), (RLOO, 3), (IWAE, 2), (VIMCO, 3), (REWEIGHTED, 3)];
    for (rule, k) in rules {
        let objective = |shift: f64| -> f64 {
            let tuples = tuples(&LOGITS, k).into_iter();
            tuples
                .map(|(z, p, mut grid)| {
                    let moved = grid.log_weights.iter_mut().zip(&z);
                    moved.for_each(|(w, &z)| *w += if z == 1 { shift } else { 0.0 });
                    p * (rule.coefficients)(&grid).bound
                })
                .sum()
        };
        let truth = (objective(1e-5) - objective(-1e-5)) / 2e-5;
        let mut estimate = 0.0;
        for (z, p, grid) in tuples(&LOGITS, k) {
            let c = (rule.coefficients)(&grid);
            let at_one = z.iter().zip(&c.joint).filter(|(z, _)| **z == 1);
            estimate += p * at_one.map(|(_, c)| c).sum::<f64>();
        }
        assert!(
            (estimate - truth).abs() < 1e-8,
            "{}: {estimate} {truth}",
            rule.name
        );
    }
}

#[test]
fn the_reweighted_guide_gradient_approaches_the_inclusive_one_as_particles_grow() {
    let posterior = softmax(&LOG_JOINT);
    let q = softmax(&LOGITS);
    let truth: Vec<f64> = posterior.iter().zip(&q).map(|(p, q)| p - q).collect();
    let error = |k| {
        let g = expected_gradient(REWEIGHTED, k);
        g.iter()
            .zip(&truth)
            .map(|(a, b)| (a - b).abs())
            .sum::<f64>()
    };
    // The bias of self-normalisation falls as 1/K.
    assert!(error(8) < 0.5 * error(2) && error(8) > 0.0);
}

#[test]
fn a_full_memory_gives_the_exact_posterior_and_evidence() {
    let grid = Grid::new(1, LOG_JOINT.to_vec());
    let c = (MEMOISED.coefficients)(&grid);
    assert_close(&c.discrete, &softmax(&LOG_JOINT), 1e-15);
    assert_close(&c.joint, &c.discrete, 1e-15);
    assert!((c.bound - logsumexp(&LOG_JOINT)).abs() < 1e-15);
}

/// c ~ N(0,1), x ~ N(d + c, 1), d uniform on {0,1,2}: q(c | d, x) = N((x - d)/2, 1/2) is exact, so every
/// weight of a program equals its marginal and the estimate has no variance.
#[test]
fn hybrid_replay_with_the_exact_continuous_posterior_has_no_variance() {
    let (x, log_tau) = (0.7, std::f64::consts::TAU.ln());
    let normal = |r: f64, variance: f64| -0.5 * (log_tau + variance.ln() + r * r / variance);
    let mut rng = Stream::at([1, 2, 3, 4]);
    let mut log_weights = vec![];
    for d in 0..3 {
        let mean = (x - d as f64) / 2.0;
        for _ in 0..5 {
            let c = mean + rng.normal() * 0.5f64.sqrt();
            let joint = -(3f64.ln()) + normal(c, 1.0) + normal(x - d as f64 - c, 1.0);
            log_weights.push(joint - normal(c - mean, 0.5));
        }
    }
    let grid = Grid::new(5, log_weights);
    for (d, marginal) in grid.marginals().into_iter().enumerate() {
        assert!((marginal + 3f64.ln() - normal(x - d as f64, 2.0)).abs() < 1e-12);
    }
    let c = (MEMOISED.coefficients)(&grid);
    for sum in [
        c.joint.iter().sum::<f64>(),
        c.continuous.iter().sum(),
        c.discrete.iter().sum(),
    ] {
        assert!((sum - 1.0).abs() < 1e-12);
    }
}

#[test]
fn thinning_keeps_the_expectation() {
    let log_weights = vec![-1.0, -1.5, -0.2, -3.0, f64::NEG_INFINITY, -9.0];
    let full = (MEMOISED.coefficients)(&Grid::new(2, log_weights));
    let n = 4000;
    for thinning in [Thinning::None, Thinning::One, Thinning::Roulette(0.3)] {
        let mut mean = vec![0.0; 6];
        for i in 0..n {
            let u = (i as f64 + 0.5) / n as f64;
            let thin = full.clone().thin(thinning, 2, |_| u);
            mean.iter_mut()
                .zip(&thin.joint)
                .for_each(|(m, j)| *m += j / n as f64);
            if thinning == Thinning::One {
                assert_eq!(thin.discrete.iter().filter(|&&d| d == 1.0).count(), 1);
            }
        }
        // A stratified u visits every outcome in proportion, up to one stratum.
        assert_close(&mean, &full.joint, 2.0 / n as f64);
    }
}

#[test]
fn roulette_drops_most_light_programs() {
    let grid = Grid::new(1, vec![0.0, -8.0, -9.0]);
    let thin = (MEMOISED.coefficients)(&grid).thin(Thinning::Roulette(0.05), 1, |_| 0.5);
    assert_eq!(thin.discrete[1..], [0.0, 0.0]);
}

#[test]
fn when_nothing_is_finite_nothing_is_learned() {
    let grid = Grid::new(1, vec![f64::NEG_INFINITY; 3]);
    for rule in [MEMOISED, REWEIGHTED, VIMCO, ELBO, RLOO, IWAE] {
        let c = (rule.coefficients)(&grid);
        assert!(
            c.joint
                .iter()
                .chain(&c.discrete)
                .chain(&c.continuous)
                .all(|&v| v == 0.0)
        );
        assert_eq!(c.bound, f64::NEG_INFINITY, "{}", rule.name);
    }
}

#[test]
fn one_finite_weight_takes_all() {
    let grid = Grid::new(1, vec![f64::NEG_INFINITY, -800.0, f64::NEG_INFINITY]);
    for rule in [MEMOISED, REWEIGHTED] {
        assert_eq!((rule.coefficients)(&grid).joint, [0.0, 1.0, 0.0]);
    }
}

#[test]
fn huge_weights_do_not_overflow() {
    let grid = Grid::new(1, vec![5000.0, 4999.0, -5000.0]);
    for rule in [MEMOISED, REWEIGHTED, VIMCO, ELBO, RLOO, IWAE] {
        let c = (rule.coefficients)(&grid);
        assert!(
            c.joint.iter().chain(&c.discrete).all(|v| v.is_finite()),
            "{}",
            rule.name
        );
    }
}

#[test]
fn a_floored_weight_moves_the_guide_and_not_the_model() {
    let log_weights = vec![f64::NEG_INFINITY, -3.0, -40.0];
    let grid = Grid::new(1, log_weights);
    let c = VIMCO.above(-13.0, &grid);
    assert_eq!((c.joint[0], c.joint[2]), (0.0, 0.0));
    assert!(c.joint[1] > 0.99 && c.discrete.iter().all(|d| d.is_finite()));
    assert!(c.discrete[0] < 0.0 && c.discrete[2] < 0.0);
}

#[test]
fn nothing_above_the_floor_teaches_nothing() {
    let grid = Grid::new(1, vec![f64::NEG_INFINITY, -40.0]);
    assert_eq!(VIMCO.above(-13.0, &grid), Coefficients::none(&grid));
}

#[test]
fn without_a_floor_a_rule_is_itself() {
    let grid = Grid::new(1, vec![-1.0, f64::NEG_INFINITY, -2.0]);
    let plain = (REWEIGHTED.coefficients)(&grid);
    assert_eq!(REWEIGHTED.above(f64::NEG_INFINITY, &grid), plain);
}

mod claims {
    use super::*;
    use proptest::prelude::*;

    /// The evidence lower bound of weights on members: sum_m q_m (log p(z_m, x) - log q_m).
    fn bound(weights: &[f64], joints: &[f64]) -> f64 {
        let positive = weights.iter().zip(joints).filter(|(w, _)| **w > 0.0);
        positive.map(|(w, j)| w * (j - w.ln())).sum()
    }

    proptest! {
        /// Claim 1 of the paper (MWS, section 3): the best weights of a memory are the renormalised joint, and
        /// the bound is then the logsumexp of the joints.
        #[test]
        fn the_best_weights_of_a_memory_are_the_renormalised_joint(
            members in prop::collection::vec((-50.0..0.0, 0.01..1.0f64), 1..8)
        ) {
            let (joints, others): (Vec<f64>, Vec<f64>) = members.into_iter().unzip();
            let best = (MEMOISED.coefficients)(&Grid::new(1, joints.clone()));
            let total: f64 = others.iter().sum();
            let others: Vec<f64> = others.iter().map(|w| w / total).collect();
            prop_assert!((bound(&best.joint, &joints) - best.bound).abs() < 1e-9);
            prop_assert!((best.bound - logsumexp(&joints)).abs() < 1e-9);
            prop_assert!(bound(&others, &joints) <= best.bound + 1e-9);
        }
    }
}

#[test]
fn samples_that_do_not_count_leave_the_mean_to_the_others() {
    let grid = Grid::new(3, vec![0.1, 0.5, -0.3, 2.0, f64::NEG_INFINITY, 1.0]);
    let [first, last] = [grid.counting(0..1), grid.counting(1..3)];
    assert!(
        (first.marginals()[0] - 0.1).abs() < 1e-12 && (first.marginals()[1] - 2.0).abs() < 1e-12
    );
    let mean = ((0.5f64.exp() + (-0.3f64).exp()) / 2.0).ln();
    assert!((last.marginals()[0] - mean).abs() < 1e-12);
    assert!((last.marginals()[1] - (1.0 - 2f64.ln())).abs() < 1e-12);
    // What does not count has no coefficient.
    let coefficients = (MEMOISED.coefficients)(&last);
    assert_eq!(
        [coefficients.joint[0], coefficients.continuous[3]],
        [0.0; 2]
    );
}
