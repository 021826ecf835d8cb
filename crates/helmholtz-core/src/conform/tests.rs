//! A model of three bent coins, whole and broken in every way that is looked for.

use helmholtz_nn::tensor::{Tensor, activation};
use helmholtz_nn::{Module, Param, gather, host, matrix, training_device};

use super::*;
use crate::guide::Proposal;
use crate::model::{Admissible, Edits, LogProb, Rows};

/// What is broken.
const WHOLE: usize = 0;
const SHORT: usize = 1;
const HEAVY: usize = 2;
const IMPOSSIBLE: usize = 3;
const BARREN: usize = 4;
const STEEP: usize = 5;
const STRANGE: usize = 6;
const LYING: usize = 7;
const BIASED: usize = 8;
const FLAT: usize = 9;
const IDLE: usize = 10;
const UNSUPPORTED: usize = 11;

/// Which coin was tossed; what is seen is the toss. Coin z falls on heads with probability sigmoid(bend + z - 1).
#[derive(Clone, Debug, Module)]
struct Coins {
    logits: Param<2>,
    bend: Param<2>,
    broken: usize,
}

/// Of either toss, the logits of the coins.
#[derive(Clone, Debug, Module)]
struct Guess {
    logits: Param<2>,
    broken: usize,
}

fn parameter(values: &[f32], rows: usize) -> Param<2> {
    let columns = values.len() / rows;
    Param::from_tensor(matrix(values.to_vec(), rows, columns, &training_device()))
}

fn world(broken: usize) -> (Coins, Guess) {
    let coins = Coins {
        logits: parameter(&[0.3, -0.2, 0.9], 1),
        bend: parameter(&[0.4], 1),
        broken,
    };
    let logits = parameter(&[0.5, 0.1, -0.4, -0.3, 0.2, 0.6], 2);
    (coins, Guess { logits, broken })
}

fn draw(log_probs: &[f32], rng: &mut Stream) -> u8 {
    let weights: Vec<f64> = log_probs.iter().map(|l| f64::from(*l).exp()).collect();
    rng.categorical(&weights).unwrap() as u8
}

impl Coins {
    fn heads(&self, coin: u8) -> f64 {
        let bend = f64::from(host(&self.bend.val())[0]);
        1.0 / (1.0 + (-(bend + f64::from(coin) - 1.0)).exp())
    }

    fn prior(&self) -> Tensor<2> {
        activation::log_softmax(self.logits.val(), 1)
    }
}

impl Model for Coins {
    type Observation = bool;
    type Discrete = u8;

    fn log_prior(&self, rows: &Rows<'_, Self>) -> LogProb {
        let short = usize::from(self.broken == SHORT);
        let coins: Vec<usize> = rows
            .programs
            .iter()
            .skip(short)
            .map(|z| (*z).min(2).into())
            .collect();
        let count = coins.len();
        let chosen = gather(self.prior(), coins, [count, 1]).reshape([count]);
        let mut log_prob = LogProb::neural(chosen);
        if self.broken == HEAVY {
            log_prob.exact.iter_mut().for_each(|e| *e += 0.5);
        }
        log_prob
    }

    fn log_likelihood(&self, rows: &Rows<'_, Self>) -> LogProb {
        let each = rows.programs.iter().zip(rows.of);
        let scored = each.map(|(&coin, &o)| {
            let (heads, seen) = (self.heads(coin), *rows.observations[o]);
            let p = if seen { heads } else { 1.0 - heads };
            (p.ln(), f64::from(u8::from(seen)) - heads)
        });
        let (mut values, slopes): (Vec<f64>, Vec<f64>) = scored.unzip();
        if self.broken == IMPOSSIBLE {
            values.fill(f64::NEG_INFINITY);
        }
        let inputs = self.bend.val();
        let scale = if self.broken == STEEP { 3.0 } else { 1.0 };
        let jacobian = match inputs.is_autodiff() {
            true => slopes.iter().map(|s| (scale * s) as f32).collect(),
            false => vec![],
        };
        LogProb::symbolic(values, inputs, jacobian)
    }

    fn sample_latent(&self, rngs: &mut [Stream]) -> Vec<Latent<u8>> {
        let prior = host(&self.prior());
        rngs.iter_mut()
            .map(|rng| (draw(&prior, rng), vec![]))
            .collect()
    }

    fn sample_observation(&self, latents: &[Latent<u8>], rngs: &mut [Stream]) -> Vec<Option<bool>> {
        let toss = |(z, rng): (&Latent<u8>, &mut Stream)| {
            let heads = rng.uniform() < self.heads(z.0);
            (self.broken != BARREN).then_some(heads)
        };
        latents.iter().zip(rngs).map(toss).collect()
    }

    fn support(&self) -> Option<u8> {
        Some(if self.broken == UNSUPPORTED { 9 } else { 1 })
    }

    fn edits(&self) -> Option<&dyn Edits<Self>> {
        Some(self)
    }

    fn admissible(&self) -> Option<&dyn Admissible<Self>> {
        Some(self)
    }
}

impl Edits<Coins> for Coins {
    fn edit(&self, program: &u8, _: &bool, rng: &mut Stream) -> Option<u8> {
        match self.broken {
            STRANGE => Some(7),
            IDLE => Some(*program),
            _ => Some((program + 1 + rng.below(2) as u8) % 3),
        }
    }
}

impl Admissible<Coins> for Coins {
    fn admits(&self, program: &u8) -> bool {
        *program < 3
    }
}

impl Guess {
    fn rows(&self, seen: &[bool], of: &[usize]) -> Vec<usize> {
        of.iter().map(|&o| usize::from(seen[o])).collect()
    }

    fn log_probs(&self) -> Tensor<2> {
        activation::log_softmax(self.logits.val(), 1)
    }
}

impl Guide<Coins> for Guess {
    type Encoding = Vec<bool>;

    fn encode(&self, observations: &[&bool]) -> Vec<bool> {
        observations.iter().map(|x| **x).collect()
    }

    fn detach(encoding: &Vec<bool>) -> Vec<bool> {
        encoding.clone()
    }

    fn sample(&self, seen: &Vec<bool>, of: &[usize], rngs: &mut [Stream]) -> Vec<Proposal<u8>> {
        let table = host(&self.log_probs());
        let propose = |(row, rng): (usize, &mut Stream)| {
            let own = &table[3 * row..][..3];
            let uniform = [0.0; 3];
            let coin = draw(if self.broken == BIASED { &uniform } else { own }, rng);
            let lie = if self.broken == LYING { 0.3 } else { 0.0 };
            (coin, f64::from(own[usize::from(coin)]) + lie)
        };
        self.rows(seen, of)
            .into_iter()
            .zip(rngs)
            .map(propose)
            .collect()
    }

    fn log_prob(&self, seen: &Vec<bool>, of: &[usize], programs: &[u8]) -> Tensor<1> {
        let each = self.rows(seen, of).into_iter().zip(programs);
        let flat: Vec<usize> = each.map(|(row, z)| 3 * row + usize::from(*z)).collect();
        let count = flat.len();
        let table = self.log_probs().reshape([1, 6]);
        let table = if self.broken == FLAT {
            table.detach()
        } else {
            table
        };
        gather(table, flat, [count, 1]).reshape([count])
    }
}

fn faults(broken: usize) -> Vec<Fault> {
    let (model, guide) = world(broken);
    conform(&model, &guide, &[true, false, true], 1)
}

#[test]
fn a_model_that_is_what_it_says_has_no_fault() {
    assert_eq!(faults(WHOLE), []);
}

#[test]
fn every_way_to_be_broken_is_named() {
    for (broken, method, part) in [
        (SHORT, "Model::log_prior", "63 values where 64"),
        (HEAVY, "Model::log_prior", "draws and density disagree"),
        (
            IMPOSSIBLE,
            "Model::log_likelihood",
            "minus infinity for every fantasy",
        ),
        (
            BARREN,
            "Model::sample_observation",
            "all of 64 fantasies fail",
        ),
        (
            STEEP,
            "Model::log_prior, Model::log_likelihood",
            "by differences",
        ),
        (STRANGE, "Edits::edit", "7 is no program"),
        (LYING, "Guide::log_prob", "Guide::sample says"),
        (BIASED, "Guide::sample", "draws and density disagree"),
        (FLAT, "Guide::log_prob", "0.0000 by the gradient"),
        (IDLE, "Edits::edit", "the same program"),
        (UNSUPPORTED, "Model::support", "9 is no program"),
    ] {
        let found = faults(broken);
        let named = found
            .iter()
            .any(|f| f.method == method && f.reason.contains(part));
        assert!(named, "{broken}: {found:?}");
    }
}

#[test]
fn no_observation_is_a_fault_of_the_data() {
    let (model, guide) = world(WHOLE);
    let found = conform(&model, &guide, &[], 1);
    assert_eq!(found[0].method, "data");
}

/// A program that forgets a part of itself on the way through a file.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
struct Forgetful {
    kept: u8,
    #[serde(skip)]
    lost: u8,
}

#[test]
fn programs_that_come_back_as_others_are_found() {
    assert!(survives(&Forgetful { kept: 1, lost: 0 }));
    assert!(!survives(&Forgetful { kept: 1, lost: 2 }));
}
