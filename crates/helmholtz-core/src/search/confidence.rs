//! How far to trust an answer: learned where the truth is known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Agreement;

/// How probable it is that the truth is among what a search found, from what its restarts say about each other.
///
/// Agreement measures basins and not mass, so that there is no formula for this. It is fitted: by cases whose truth is
/// known, a logistic function of the shares of restarts that reached the best and that ended alone, and of the mass that
/// was found once; each can only speak in one direction. Steps then say what came true of what was predicted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Confidence {
    /// Of the constant, k / R, 1 - f1 / R, and the logarithm of the mass that was found once, as a share of the least that
    /// is told from none.
    weights: [f64; FEATURES],
    /// From a predictor of so much on, how much comes true; rising.
    steps: Vec<(f64, f64)>,
    /// Cases by which it was fitted.
    cases: usize,
}

const FEATURES: usize = 4;
/// A mass found once that cannot be told from none.
const NONE: f64 = 1e-9;
/// The fewest cases of a step.
const FEWEST: usize = 20;
/// The longest step of a coefficient.
const LONGEST: f64 = 2.0;
/// Passes over the coordinates of a fit, and the pull of each towards 0.
const PASSES: usize = 200;
const RIDGE: f64 = 0.5;

/// A case whose truth is known: what restarts said, and the share of the truth that was found, from 0 to 1.
pub type Case = (Agreement, f64);

/// What has not been fitted.
static CAUTIOUS: Confidence = Confidence {
    weights: [0.0; FEATURES],
    steps: vec![],
    cases: 0,
};

impl Confidence {
    /// A rule of thumb, for models and searches that nothing was fitted to.
    pub fn cautious() -> &'static Self {
        &CAUTIOUS
    }

    /// Fits cases.
    pub fn fit(cases: &[Case]) -> Self {
        let rows: Vec<([f64; FEATURES], f64)> = cases
            .iter()
            .map(|(a, truth)| (features(a), *truth))
            .collect();
        let weights = climbed(&rows);
        let mut predicted: Vec<(f64, f64)> = rows
            .iter()
            .map(|(x, truth)| (dot(&weights, x), *truth))
            .collect();
        predicted.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            weights,
            steps: rising(&predicted),
            cases: cases.len(),
        }
    }

    /// What was fitted before; text that is none is no confidence.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// By how many cases it was fitted; where there are none, a cautious rule stands in.
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// The probability that the truth was found.
    pub fn found(&self, agreement: &Agreement) -> f64 {
        let predictor = dot(&self.weights, &features(agreement));
        let after = self.steps.partition_point(|(from, _)| *from <= predictor);
        let step = self.steps.get(after.saturating_sub(1));
        step.map_or_else(|| cautious(agreement), |step| step.1)
    }
}

/// Before anything was fitted: of restarts that agree one more would do so by the rule of succession, and mass is not found
/// as Good and Turing say.
fn cautious(agreement: &Agreement) -> f64 {
    let succession = (agreement.reached as f64 + 1.0) / (agreement.restarts as f64 + 2.0);
    succession.min(1.0 - agreement.once)
}

fn features(agreement: &Agreement) -> [f64; FEATURES] {
    let restarts = agreement.restarts.max(1) as f64;
    [
        1.0,
        agreement.reached as f64 / restarts,
        1.0 - agreement.alone as f64 / restarts,
        (agreement.once + NONE).ln() / NONE.ln(),
    ]
}

fn dot(a: &[f64; FEATURES], b: &[f64; FEATURES]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The coefficients of a logistic regression, none but the constant below 0, by Newton's steps in one coordinate after
/// the other.
fn climbed(rows: &[([f64; FEATURES], f64)]) -> [f64; FEATURES] {
    let mut weights = [0.0; FEATURES];
    for i in (0..PASSES).flat_map(|_| 0..FEATURES) {
        let (mut slope, mut curvature) = (-RIDGE * weights[i], RIDGE);
        for (x, truth) in rows {
            let p = 1.0 / (1.0 + (-dot(&weights, x)).exp());
            slope += (truth - p) * x[i];
            curvature += p * (1.0 - p) * x[i] * x[i];
        }
        weights[i] += (slope / curvature).clamp(-LONGEST, LONGEST);
        if i > 0 {
            weights[i] = weights[i].max(0.0);
        }
    }
    weights
}

/// The best rising steps through points that are ordered by their first part (pool adjacent violators). Every step counts
/// one success and one failure more than it has, so that few cases do not speak of certainty.
fn rising(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    // From where, how much came true, of how many.
    let mut blocks: Vec<(f64, f64, f64)> = vec![];
    for &(from, truth) in points {
        let mut block = (from, truth, 1.0);
        while let Some(&last) = blocks.last()
            && (last.0 == block.0 || last.2 < FEWEST as f64 || last.1 * block.2 >= block.1 * last.2)
        {
            block = (last.0, last.1 + block.1, last.2 + block.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    // The last ones may be too few for a step of their own.
    while blocks.len() > 1 && blocks.last().is_some_and(|b| b.2 < FEWEST as f64) {
        let rest = blocks.pop().unwrap_or_default();
        if let Some(last) = blocks.last_mut() {
            *last = (last.0, last.1 + rest.1, last.2 + rest.2);
        }
    }
    let said = |(from, true_, of): (f64, f64, f64)| (from, (true_ + 1.0) / (of + 2.0));
    let mut steps: Vec<(f64, f64)> = blocks.into_iter().map(said).collect();
    // That one more may break the order at the ends.
    for i in 1..steps.len() {
        steps[i].1 = steps[i].1.max(steps[i - 1].1);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_math::random::Stream;

    /// Restarts that reach the truth with a probability that differs from case to case; it is found if one does.
    fn cases(count: u64, seed: u64) -> Vec<Case> {
        let case = |i| {
            let mut rng = Stream::at([seed, i, 0, 0]);
            let basin = rng.uniform().powi(2);
            let reached = (0..4).filter(|_| rng.uniform() < basin).count();
            let agreement = Agreement {
                restarts: 4,
                reached: reached.max(1),
                alone: if reached == 0 { 4 } else { 4 - reached },
                once: if reached > 1 { 0.0 } else { 0.5 },
                cut: false,
            };
            (agreement, f64::from(u8::from(reached > 0)))
        };
        (0..count).map(case).collect()
    }

    #[test]
    fn what_is_said_comes_true_on_cases_that_were_not_fitted() {
        let fitted = Confidence::fit(&cases(2000, 1));
        let fresh = cases(4000, 2);
        let said: Vec<f64> = fresh.iter().map(|c| fitted.found(&c.0)).collect();
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let all: Vec<f64> = values.collect();
            (all.iter().sum::<f64>() / all.len() as f64, all.len() as f64)
        };
        for (low, high) in [(0.0, 0.9), (0.9, 1.0)] {
            let inside = |i: &usize| (low..high).contains(&said[*i]);
            let (told, n) = mean(&mut (0..fresh.len()).filter(inside).map(|i| said[i]));
            let (came, _) = mean(&mut (0..fresh.len()).filter(inside).map(|i| fresh[i].1));
            // Of the cases that were fitted and of these.
            let error = (told * (1.0 - told) / n + 0.25 / 2000.0).sqrt();
            assert!(
                (told - came).abs() < 4.0 * error,
                "{told} {came} +- {error}"
            );
            assert!(n > 100.0, "{n}");
        }
    }

    #[test]
    fn more_agreement_is_never_less_sure() {
        let fitted = Confidence::fit(&cases(300, 3));
        let say = |reached, alone, once| {
            let restarts = 4;
            let agreement = Agreement {
                restarts,
                reached,
                alone,
                once,
                cut: false,
            };
            fitted.found(&agreement)
        };
        for alone in 0..4 {
            for reached in 0..4 {
                assert!(say(reached, alone, 0.1) <= say(reached + 1, alone, 0.1));
                assert!(say(reached, alone + 1, 0.1) <= say(reached, alone, 0.1));
                assert!(say(reached, alone, 0.5) <= say(reached, alone, 0.1));
            }
        }
        assert!(say(4, 0, 0.0) < 1.0 && say(0, 4, 0.7) > 0.0);
    }

    #[test]
    fn steps_rise_and_few_cases_are_not_certain() {
        // A single failure at the bottom lifts nothing, and a few successes at the top are no step.
        let truth = |i: usize| f64::from(u8::from(i % 10 == 1 || (100..130).contains(&i)));
        let points: Vec<(f64, f64)> = (0..133).map(|i| (i as f64, truth(i))).collect();
        let steps = rising(&points);
        assert!(steps.len() <= points.len() / FEWEST, "{steps:?}");
        assert!(steps.is_sorted_by_key(|step| step.1), "{steps:?}");
        let (low, high) = (steps[0].1, steps[steps.len() - 1].1);
        assert!((0.08..0.15).contains(&low), "{steps:?}");
        assert!((0.8..0.95).contains(&high), "{steps:?}");
        let unfitted = Confidence::read("none");
        let agreed = Agreement {
            restarts: 4,
            reached: 4,
            alone: 0,
            once: 0.0,
            cut: false,
        };
        assert_eq!((unfitted.cases(), unfitted.found(&agreed)), (0, 5.0 / 6.0));
        let text = serde_json::to_string(&Confidence::fit(&cases(50, 4))).unwrap();
        let read: Confidence = serde_json::from_str(&text).unwrap();
        assert_eq!(read.cases, 50);
    }
}
