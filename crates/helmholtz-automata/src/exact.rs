//! Everything in closed form: given an image, the bits of its rule are independent.
//!
//! Each neighbourhood b was followed by 0 n0 times and by 1 n1 times, and its bit v explains just these
//! cells: p(x | z) is a product over b, the prior is one too, so the posterior is. Its log odds are
//! (n1 - n0) log((1 - phi) / phi), and p(x) is a product of sums of two terms.

use std::f64::consts::LN_2;

use super::counts::{CELLS, Counts};
use super::model::{LOG_FIRST, Noise, softplus};
use super::rule::Rule;
use helmholtz_math::logsumexp;

/// Bounds of the noise, so that no logarithm is of 0.
const NOISE: std::ops::RangeInclusive<f64> = 1e-9..=1.0 - 1e-9;

fn bounded(noise: f64) -> Noise {
    Noise::new(noise.clamp(*NOISE.start(), *NOISE.end()))
}

/// log p(x), summed over all rules.
pub fn log_evidence(x: &Counts, noise: f64) -> f64 {
    let noise = bounded(noise);
    let each = x.outcomes().map(|(zeros, ones)| {
        let (zeros, ones) = (f64::from(zeros), f64::from(ones));
        logsumexp(&[noise.log_prob(ones, zeros), noise.log_prob(zeros, ones)]) - LN_2
    });
    LOG_FIRST + each.sum::<f64>()
}

/// The log odds of 1 of every bit.
fn log_odds(x: &Counts, noise: f64) -> impl Iterator<Item = f64> {
    let noise = bounded(noise);
    let per_cell = noise.log_prob(1.0, -1.0);
    x.outcomes()
        .map(move |(zeros, ones)| (f64::from(ones) - f64::from(zeros)) * per_cell)
}

/// The posterior probability of 1 of every bit.
pub fn posterior(x: &Counts, noise: f64) -> Vec<f64> {
    log_odds(x, noise)
        .map(|odds| (-softplus(-odds)).exp())
        .collect()
}

/// The entropy of the posterior over rules, in nats.
pub fn entropy(x: &Counts, noise: f64) -> f64 {
    // Of a bit with log odds l and p = sigmoid(|l|): log(1 + e^-|l|) + (1 - p) |l|.
    let bit = |odds: f64| {
        let rest = softplus(-odds.abs());
        rest + (-odds.abs() - rest).exp() * odds.abs()
    };
    log_odds(x, noise).map(bit).sum()
}

/// The most probable rule for noise below 1/2. A bit that the image says nothing about is 0.
pub fn best_rule(x: &Counts) -> Rule {
    let bits = x.outcomes().enumerate();
    let bits = bits.map(|(i, (zeros, ones))| u32::from(ones > zeros) << i);
    Rule::truncated(x.neighbours(), bits.sum())
}

/// The noise of maximum likelihood, rules summed out: expectation maximisation from `start`, to
/// convergence. It is what learning can reach at best. 0 without data.
pub fn maximum_likelihood(data: &[Counts], start: f64) -> f64 {
    let cells = (data.len() * CELLS).max(1) as f64;
    let mut noise = start;
    for _ in 0..MOST_STEPS {
        let misses: f64 = data.iter().map(|x| expected_misses(x, noise)).sum();
        let next = misses / cells;
        let moved = (next - noise).abs();
        noise = next;
        if moved < 1e-13 {
            break;
        }
    }
    noise
}

/// Steps of expectation maximisation: a handful for images of an automaton, more for pure noise.
const MOST_STEPS: usize = 10_000;

/// The posterior mean of the cells that are not what the rule says.
fn expected_misses(x: &Counts, noise: f64) -> f64 {
    let both = posterior(x, noise).into_iter().zip(x.outcomes());
    both.map(|(p, (zeros, ones))| p * f64::from(zeros) + (1.0 - p) * f64::from(ones))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::image::{Image, coins};
    use super::super::model::{sample_image, sample_rule};
    use super::super::rule::Neighbours;
    use super::*;
    use helmholtz_math::random::Stream;
    use helmholtz_math::softmax;

    fn images(count: u64, neighbours: Neighbours, noise: f64) -> Vec<Counts> {
        let draw = |i| {
            let mut rng = Stream::at([16, i, 0, 0]);
            let rule = sample_rule(neighbours, &mut rng);
            Counts::of(&sample_image(rule, noise, &mut rng), neighbours)
        };
        (0..count).map(draw).collect()
    }

    /// Few cells decide a bit near noise 1/2: there the posterior is wide.
    const NOISES: [f64; 3] = [0.02, 0.45, 0.499];

    #[test]
    fn closed_forms_agree_with_all_256_rules() {
        let all: Vec<Rule> = (0..256)
            .map(|b| Rule::truncated(Neighbours::Three, b))
            .collect();
        for (x, noise) in images(6, Neighbours::Three, 0.3)
            .iter()
            .zip(NOISES.repeat(2))
        {
            let joint = |&z: &Rule| {
                let misses = f64::from(x.misses(z));
                -72.0 * LN_2 + misses * noise.ln() + (4032.0 - misses) * (1.0 - noise).ln()
            };
            let joints: Vec<f64> = all.iter().map(joint).collect();
            assert!((logsumexp(&joints) - log_evidence(x, noise)).abs() < 1e-9);
            let weights = softmax(&joints);
            for (i, bit) in posterior(x, noise).into_iter().enumerate() {
                let set = all.iter().zip(&weights).filter(|(z, _)| z.bit(i));
                assert!((set.map(|(_, w)| w).sum::<f64>() - bit).abs() < 1e-9);
            }
            let surprise = weights.iter().filter(|w| **w > 0.0).map(|w| -w * w.ln());
            assert!((surprise.sum::<f64>() - entropy(x, noise)).abs() < 1e-8);
            let most = weights.iter().copied().fold(0.0, f64::max);
            let best = weights[best_rule(x).bits() as usize];
            assert!((best - most).abs() < 1e-12);
        }
    }

    #[test]
    fn the_best_noise_beats_its_neighbours_and_is_near_the_truth() {
        for neighbours in Neighbours::ALL {
            let data = images(40, neighbours, 0.02);
            let best = maximum_likelihood(&data, 0.25);
            let value = |noise| data.iter().map(|x| log_evidence(x, noise)).sum::<f64>();
            assert!(value(best) >= value(best * 1.01) && value(best) >= value(best / 1.01));
            let standard_error = (0.02 * 0.98 / (40.0 * CELLS as f64)).sqrt();
            assert!((best - 0.02).abs() < 4.0 * standard_error, "{best}");
        }
    }

    #[test]
    fn images_without_noise_and_of_nothing_but_noise_have_finite_values() {
        let mut rng = Stream::at([17, 0, 0, 0]);
        let rule = Rule::truncated(Neighbours::Five, 0xdead_beef);
        let clean = sample_image(rule, 0.0, &mut rng);
        let coins = Image::new(std::array::from_fn(|_| coins(&mut rng)));
        for (image, low, high) in [(clean, 0.0, 1e-6), (coins, 0.4, 0.5)] {
            let x = Counts::of(&image, Neighbours::Five);
            let noise = maximum_likelihood(std::slice::from_ref(&x), 0.25);
            assert!((low..=high).contains(&noise), "{noise}");
            let (evidence, entropy) = (log_evidence(&x, noise), entropy(&x, noise));
            assert!(evidence.is_finite() && (0.0..=32.0 * LN_2).contains(&entropy));
        }
        assert_eq!(maximum_likelihood(&[], 0.25), 0.0);
    }
}
