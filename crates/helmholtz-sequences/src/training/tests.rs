//! Tests of the learner on streams of which everything is known.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::builtin::{rotation, walks};
use crate::evaluate::{EvaluateOptions, evaluate};
use helmholtz_core::domain::Settings as _;
use helmholtz_core::filter::{Kalman, StepEnergy, energies};
use helmholtz_core::train::{Limits, StopReason, Trainer};

fn config() -> Config {
    let mut config = StreamDomain::defaults();
    config.network.width = 32;
    config.srnn.recurrent = 16;
    config.srnn.latent = 4;
    (config.srnn.prior, config.srnn.decoder) = ((16, 1), (16, 1));
    config.filtering.annealing = 10;
    config.filtering.rate = 5e-3;
    config.filtering.guide_rate = 5e-3;
    config.validation.every = 10;
    config
}

fn settled(config: Config, data: &[Recording]) -> Config {
    let config = StreamDomain::settle(config, data).unwrap();
    assert_eq!(config.check(), Ok(()));
    config
}

fn run(trainer: &mut Trainer<SequenceLearner>, steps: u64) -> StopReason {
    let idle = AtomicBool::new(false);
    let limits = Limits {
        steps,
        time: None,
        interrupt: &idle,
    };
    let Ok(reason) = trainer.run(&limits, &mut ());
    reason
}

fn learned(config: &Config, data: &[Recording], steps: u64) -> SequenceLearner {
    let learner = StreamDomain::learner(config, data).unwrap();
    let mut trainer = Trainer::new(learner, config.seed, config.batch, 0);
    run(&mut trainer, steps);
    trainer.learner
}

fn tested(config: &Config, learner: &SequenceLearner, data: &[Recording]) -> f64 {
    let filter = learner.networks().filter(Inference {
        iterations: config.filtering.iterations,
        samples: 1,
        seed: 3,
    });
    let test: Vec<&Recording> = of_part(data, Part::Test).collect();
    let options = EvaluateOptions::default();
    evaluate(&*filter, config, &test, &options)
        .unwrap()
        .free_energy
}

/// Free energies of recorded numbers are bounds on their evidence: none is below that of the true model, and what
/// was learned takes most of the way there from what was not.
#[test]
#[ignore = "trains for seconds: make long"]
fn a_stream_is_learned_up_to_what_can_be_known() {
    let data = walks(0);
    let config = settled(config(), &data);
    let truth = rotation().unwrap();
    let exact: Vec<f64> = of_part(&data, Part::Test)
        .flat_map(|r| {
            let rows = r.steps.rows();
            let rows: Vec<Vec<f64>> = rows
                .map(|x| x.iter().map(|&v| f64::from(v)).collect())
                .collect();
            let each = energies(&Kalman(&truth), rows.iter().map(|x| &x[..]));
            each.iter()
                .skip(1)
                .map(StepEnergy::free_energy)
                .collect::<Vec<_>>()
        })
        .collect();
    let exact = exact.iter().sum::<f64>() / exact.len() as f64;
    let before = tested(&config, &learned(&config, &data, 0), &data);
    let after = tested(&config, &learned(&config, &data, 300), &data);
    assert!(
        exact < after && after < exact + 0.3 * (before - exact),
        "{exact} {after} {before}"
    );
}

#[test]
fn the_best_weights_are_kept_and_training_stops_where_nothing_is_gained() {
    let data = walks(0);
    let mut config = settled(config(), &data);
    // A rate at which what was learned is soon lost.
    (config.filtering.rate, config.filtering.guide_rate) = (0.3, 0.3);
    (config.filtering.annealing, config.validation.patience) = (0, 3);
    let learner = StreamDomain::learner(&config, &data).unwrap();
    let mut trainer = Trainer::new(learner, config.seed, config.batch, 0);
    let reason = run(&mut trainer, 400);
    assert_eq!(reason, StopReason::Converged);
    let learner = trainer.learner;
    let best = learner.best.clone().unwrap();
    assert_eq!(best.since, 3);
    let state = learner.save().unwrap();
    let weights = |state: &State| state.under(BEST);
    assert_eq!(weights(&state), best.weights.arrays);
    let mut again = StreamDomain::learner(&config, &data).unwrap();
    again.load(&state).unwrap();
    assert_eq!(again.save().unwrap(), state);
    let restored = StreamDomain::restore(&config, &state).unwrap();
    let filter = |networks: SequenceNetworks| {
        let test: Vec<&Recording> = of_part(&data, Part::Test).collect();
        let filter = networks.filter(Inference {
            iterations: 1,
            samples: 1,
            seed: 3,
        });
        evaluate(&*filter, &config, &test, &EvaluateOptions::default()).unwrap()
    };
    assert_eq!(filter(restored), filter(learner.networks()));
}

#[test]
fn long_recordings_are_cut_and_short_ones_left_out() {
    let mut config = config();
    (config.piece, config.filtering.clip) = (40, 25);
    let steps = |n: usize| Sequence::try_from(vec![vec![0.5, 1.5]; n]).unwrap();
    let lengths = |n| -> Vec<usize> {
        pieces(&config, &steps(n))
            .iter()
            .map(Sequence::len)
            .collect()
    };
    assert_eq!(lengths(110), [40, 40, 30]);
    assert_eq!((lengths(90), lengths(24)), (vec![40, 40], vec![]));
    config.piece = 0;
    assert_eq!(pieces(&config, &steps(110)).len(), 1);
}
