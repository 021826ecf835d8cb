use super::super::{Conditional, Filter, Kalman, energies};
use super::*;
use helmholtz_math::laplace::climb;

/// Two latents, two observed numbers, nothing diagonal.
fn model() -> LinearGaussian {
    LinearGaussian::new(&Parts {
        transition: &[&[0.9, 0.2], &[-0.1, 0.7]],
        disturbance: &[&[0.5, 0.1], &[0.1, 0.3]],
        emission: &[&[1.0, 0.5], &[0.0, -1.0]],
        noise: &[&[0.4, -0.1], &[-0.1, 0.6]],
        mean: &[0.3, -0.2],
        covariance: &[&[1.0, 0.3], &[0.3, 0.8]],
    })
    .unwrap()
}

fn slices(xs: &[Vec<f64>]) -> impl Iterator<Item = &[f64]> {
    xs.iter().map(Vec::as_slice)
}

/// -log p(x_1, ..., x_T), all observations at once: they are jointly Gaussian.
fn negative_log_evidence(model: &LinearGaussian, xs: &[Vec<f64>]) -> f64 {
    let (steps, width) = (xs.len(), xs[0].len());
    let mut beliefs = vec![model.first()];
    (1..steps).for_each(|t| beliefs.push(model.next(&beliefs[t - 1])));
    let c = &model.emission;
    // Cov(x_s, x_t) = C A^(s - t) P_t C' for s > t.
    let block = |s: usize, t: usize| {
        let mut carried = beliefs[t].covariance.clone();
        (t..s).for_each(|_| carried = &model.transition * &carried);
        let own = c * &carried * c.transpose();
        if s == t { own + &model.noise } else { own }
    };
    let blocks: Vec<Vec<Mat<f64>>> = (0..steps)
        .map(|s| (0..=s).map(|t| block(s, t)).collect())
        .collect();
    let factor = Factor::new(steps * width, |i, j| {
        let (s, t) = (i / width, j / width);
        blocks[s][t][(i % width, j % width)]
    })
    .unwrap();
    let each = xs.iter().zip(&beliefs);
    let off = each.flat_map(|(x, b)| {
        let mean = times(c, &b.mean);
        x.iter().zip(mean).map(|(x, m)| x - m).collect::<Vec<f64>>()
    });
    let squares: f64 = factor
        .whiten(&off.collect::<Vec<f64>>())
        .iter()
        .map(|w| w * w)
        .sum();
    let constant = (steps * width) as f64 * std::f64::consts::TAU.ln();
    0.5 * (constant + factor.log_determinant() + squares)
}

#[test]
fn the_kalman_filter_sums_to_the_evidence() {
    let model = model();
    let xs = model.sample(12, &mut Stream::at([1, 1, 0, 0]));
    let total: f64 = energies(&Kalman(&model), slices(&xs))
        .iter()
        .map(StepEnergy::free_energy)
        .sum();
    assert!(
        (total - negative_log_evidence(&model, &xs)).abs() < 1e-10,
        "{total}"
    );
}

/// The reconstruction and the divergence by hand, from the posterior.
#[test]
fn both_parts_of_a_step_are_what_they_say() {
    let model = LinearGaussian::scalar(0.9, 0.5, 0.3).unwrap();
    let prior = model.first();
    let (q, energy) = model.condition(&prior, &[0.8]);
    let (mean, variance) = (q.mean[0], q.covariance(0)[0]);
    let expected_square = (0.8 - mean).powi(2) + variance;
    let reconstruction = 0.5 * ((std::f64::consts::TAU * 0.3).ln() + expected_square / 0.3);
    let kl = 0.5 * ((variance + mean * mean) / 0.5 - 1.0 - (variance / 0.5).ln());
    assert!((energy.reconstruction - reconstruction).abs() < 1e-12);
    assert!((energy.kl - kl).abs() < 1e-12);
}

/// Filtering EM minimises each step's free energy, numerically here; the closed form is where it ends.
#[test]
fn converged_inference_reaches_the_closed_form() {
    let model = LinearGaussian::scalar(0.95, 0.1, 1.0).unwrap();
    let filter = Conditional {
        model: &model,
        seed: 3,
    };
    let mut state = filter.start();
    for x in model.sample(20, &mut Stream::at([2, 7, 0, 0])) {
        let prior = filter.predict(&state);
        let (m, v, r) = (prior.mean[0], prior.covariance(0)[0], 1.0);
        // -F of a Gaussian of mean q[0] and standard deviation e^q[1], with its gradient.
        let bound = |q: &[f64]| {
            let (off, variance) = (q[0] - m, (2.0 * q[1]).exp());
            let reconstruction =
                0.5 * ((std::f64::consts::TAU * r).ln() + ((x[0] - q[0]).powi(2) + variance) / r);
            let kl = 0.5 * ((variance + off * off) / v - 1.0 + v.ln() - 2.0 * q[1]);
            let slope = vec![
                (x[0] - q[0]) / r - off / v,
                1.0 - variance / r - variance / v,
            ];
            (-reconstruction - kl, slope)
        };
        let found = climb(bound, vec![m, 0.5 * v.ln()], 100).unwrap();
        let (posterior, energy) = filter.update(&state, &prior, &x);
        assert!((found.value + energy.free_energy()).abs() < 1e-6);
        let mean = found.gaussian.mean();
        assert!((mean[0] - posterior.mean[0]).abs() < 1e-3);
        assert!(((2.0 * mean[1]).exp() - posterior.covariance(0)[0]).abs() < 1e-3);
        state = filter.advance(state, posterior, &x);
    }
}

#[test]
fn sampled_pasts_cost_what_the_closed_form_says() {
    let model = model();
    let xs = model.sample(25, &mut Stream::at([3, 7, 0, 0]));
    let expected: f64 = model.conditional_free_energies(slices(&xs)).iter().sum();
    let runs = 4_000;
    let one = |seed| -> f64 {
        let filter = Conditional {
            model: &model,
            seed,
        };
        energies(&filter, slices(&xs))
            .iter()
            .map(StepEnergy::free_energy)
            .sum()
    };
    let each: Vec<f64> = (0..runs).map(one).collect();
    let mean = each.iter().sum::<f64>() / runs as f64;
    let variance = each.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / runs as f64;
    let error = (variance / runs as f64).sqrt();
    assert!(
        (mean - expected).abs() < 4.0 * error,
        "{mean} {expected} {error}"
    );
    let exact: f64 = energies(&Kalman(&model), slices(&xs))
        .iter()
        .map(StepEnergy::free_energy)
        .sum();
    assert!(
        expected > exact + 20.0 * error,
        "the filtering gap: {expected} {exact}"
    );
}

#[test]
fn with_one_step_or_no_memory_all_filters_agree() {
    let forgetful = LinearGaussian::scalar(0.0, 1.0, 1.0).unwrap();
    let cases = [(model(), 1), (forgetful, 30)];
    for (model, steps) in cases {
        let xs = model.sample(steps, &mut Stream::at([4, 7, 0, 0]));
        let exact = energies(&Kalman(&model), slices(&xs));
        let sampled = energies(
            &Conditional {
                model: &model,
                seed: 1,
            },
            slices(&xs),
        );
        let closed = model.conditional_free_energies(slices(&xs));
        for ((a, b), c) in exact.iter().zip(&sampled).zip(closed) {
            assert!((a.free_energy() - b.free_energy()).abs() < 1e-12);
            assert!((a.free_energy() - c).abs() < 1e-12);
        }
    }
}

#[test]
fn what_is_no_model_is_refused() {
    let refused = |result: Result<LinearGaussian, SettingError>| result.unwrap_err().setting;
    assert_eq!(
        refused(LinearGaussian::scalar(0.9, 0.0, 1.0)),
        "disturbance"
    );
    assert_eq!(refused(LinearGaussian::scalar(0.9, 1.0, -1.0)), "noise");
    assert_eq!(
        refused(LinearGaussian::scalar(f64::NAN, 1.0, 1.0)),
        "transition"
    );
    let parts = Parts {
        transition: &[&[1.0]],
        disturbance: &[&[1.0]],
        emission: &[&[1.0, 2.0]],
        noise: &[&[1.0]],
        mean: &[0.0],
        covariance: &[&[1.0]],
    };
    assert_eq!(refused(LinearGaussian::new(&parts)), "emission");
}

/// What a filter believes and pays for after 10^7 steps is what it did after a thousand.
#[test]
#[ignore = "half a minute"]
fn ten_million_steps_do_not_drift() {
    let (a, q, r) = (0.9, 1.0, 1.0);
    let model = LinearGaussian::scalar(a, q, r).unwrap();
    let mut rng = Stream::at([26, 0, 0, 0]);
    let (mut prior, mut z) = (model.first(), 0.0);
    let (mut sum, mut squares, steps) = (0.0, 0.0, 10_000_000);
    let mut early = f64::NAN;
    for t in 0..steps {
        z = a * z + q.sqrt() * rng.normal();
        let (posterior, energy) = model.condition(&prior, &[z + r.sqrt() * rng.normal()]);
        prior = model.next(&posterior);
        let cost = energy.free_energy();
        (sum, squares) = (sum + cost, squares + cost * cost);
        if t == 1000 {
            early = prior.covariance(0)[0];
        }
    }
    // The variance that the equation of Riccati leaves as it is, and the entropy of a step under it.
    let b = r - a * a * r - q;
    let variance = (-b + (b * b + 4.0 * q * r).sqrt()) / 2.0;
    let entropy = 0.5 * (2.0 * std::f64::consts::PI * std::f64::consts::E * (variance + r)).ln();
    let late = prior.covariance(0)[0];
    assert!((early - variance).abs() < 1e-12 && (late - variance).abs() < 1e-12);
    let n = f64::from(steps);
    let (mean, mean_square) = (sum / n, squares / n);
    let error = ((mean_square - mean * mean) / n).sqrt();
    assert!(
        (mean - entropy).abs() < 4.0 * error,
        "{mean} {entropy} {error}"
    );
}
