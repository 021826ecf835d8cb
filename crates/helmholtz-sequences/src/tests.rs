use helmholtz_nn::Module;
use helmholtz_nn::tensor::Tensor;

use super::*;
use helmholtz_core::filter::{
    Amortised, Carry as _, Filter as _, First, Infer, Inference, IterativeConfig, IterativeNet,
    Sequence, StateSpace,
};
use helmholtz_core::train::{FilterSettings, Filtering, Learner};
use helmholtz_math::random::Stream;
use helmholtz_nn::{host, matrix, training_device};

fn random(rows: usize, columns: usize, seed: u64) -> Tensor<2> {
    let mut rng = Stream::at([seed, 14, 0, 0]);
    let values = (0..rows * columns).map(|_| rng.normal() as f32).collect();
    matrix(values, rows, columns, &training_device())
}

fn coins(rows: usize, columns: usize, seed: u64) -> Tensor<2> {
    let device = training_device();
    let values = host(&random(rows, columns, seed));
    let values = values.into_iter().map(|v| f32::from(u8::from(v > 0.0)));
    matrix(values.collect(), rows, columns, &device)
}

const SRNN: SrnnSizes = SrnnSizes {
    recurrent: 7,
    latent: 3,
    prior: (6, 1),
    decoder: (5, 2),
};

const VRNN: VrnnSizes = VrnnSizes {
    recurrent: 6,
    latent: 3,
    observed: (5, 2),
    hidden: (4, 2),
};

fn srnn(output: Output) -> Srnn {
    let mut rng = Stream::at([1, 15, 0, 0]);
    Srnn::new(4, &SRNN, output, &mut rng, &training_device())
}

fn vrnn(output: Output) -> Vrnn {
    let mut rng = Stream::at([2, 15, 0, 0]);
    Vrnn::new(4, &VRNN, output, &mut rng, &training_device())
}

/// Both ways to the free-energy terms of a clip: all steps at once, and one after the other.
fn assert_unrolled<S: StateSpace>(model: &S) {
    let (rows, steps) = (3, 5);
    let xs: Vec<Tensor<2>> = (0..steps).map(|t| coins(rows, 4, 20 + t)).collect();
    let zs: Vec<Tensor<2>> = (0..steps).map(|t| random(rows, 3, 40 + t)).collect();
    let at_once = model.unroll(model.start(rows), &zs, &xs);
    let (z, x) = (Tensor::cat(zs.clone(), 0), Tensor::cat(xs.clone(), 0));
    let fast = host(&model.log_likelihood(&at_once, z, &x));
    let prior = host(&model.prior(&at_once).mean);
    let mut state = model.start(rows);
    for (t, (z, x)) in zs.iter().zip(&xs).enumerate() {
        let slow = host(&model.log_likelihood(&state, z.clone(), x));
        let mean = host(&model.prior(&state).mean);
        for (a, b) in slow.iter().zip(&fast[t * rows..]) {
            assert!((a - b).abs() < 1e-4 * (1.0 + b.abs()), "{t}: {a} {b}");
        }
        for (a, b) in mean.iter().zip(&prior[t * rows * 3..]) {
            assert!((a - b).abs() < 1e-4, "{t}: {a} {b}");
        }
        state = model.advance(state, z.clone(), x);
    }
}

#[test]
fn a_clip_at_once_is_its_steps_one_after_the_other() {
    assert_unrolled(&srnn(Output::Bernoulli));
    assert_unrolled(&vrnn(Output::Gaussian));
    assert_unrolled(&srnn(Output::Discretised { interval: 0.1 }));
    assert_unrolled(&vrnn(Output::Joint { units: 3 }));
}

fn sequences() -> Vec<Sequence> {
    let one = |i: u64| {
        let steps = (0..9)
            .map(|t| host(&coins(1, 4, 100 * i + t)))
            .collect::<Vec<_>>();
        Sequence::try_from(steps).unwrap()
    };
    (0..6).map(one).collect()
}

fn settings() -> FilterSettings {
    FilterSettings {
        clip: 6,
        rate: 1e-2,
        guide_rate: 1e-2,
        ..FilterSettings::default()
    }
}

fn iterative() -> IterativeNet {
    let config = IterativeConfig {
        width: 12,
        observe: true,
        errors: true,
        ..IterativeConfig::default()
    };
    let mut rng = Stream::at([3, 15, 0, 0]);
    IterativeNet::new(&config, (3, 4), &mut rng, &training_device()).unwrap()
}

fn direct() -> Direct {
    let mut rng = Stream::at([4, 15, 0, 0]);
    Direct::of_srnn(4, &SRNN, &mut rng, &training_device())
}

/// The mean bound of the first and of the last ten of some updates.
fn trained<L: Learner>(mut learner: L, updates: u64) -> (f64, f64) {
    let bounds: Vec<f64> = (0..updates)
        .map(|step| learner.step(&[0, 1, 2, 3, 4, 5], step).bound)
        .collect();
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    (mean(&bounds[..10]), mean(&bounds[bounds.len() - 10..]))
}

#[test]
fn every_way_of_learning_lowers_the_free_energy() {
    let cells = [(true, false), (false, false), (false, true)];
    for (online, attached) in cells {
        let settings = FilterSettings {
            online,
            attached,
            iterations: 2,
            ..settings()
        };
        let model = srnn(Output::Bernoulli);
        let learner =
            Filtering::new(model, iterative(), sequences(), settings.clone(), 6, 1).unwrap();
        let (before, after) = trained(learner, 150);
        assert!(
            after > before + 0.1,
            "avf {online} {attached}: {before} {after}"
        );
        let model = srnn(Output::Bernoulli);
        let learner = Filtering::new(model, direct(), sequences(), settings, 6, 1).unwrap();
        let (before, after) = trained(learner, 150);
        assert!(
            after > before + 0.1,
            "direct {online} {attached}: {before} {after}"
        );
    }
    let mut rng = Stream::at([5, 15, 0, 0]);
    let guide = Direct::of_vrnn(&VRNN, &mut rng, &training_device());
    let settings = FilterSettings {
        first: First::Drop,
        ..settings()
    };
    let learner =
        Filtering::new(vrnn(Output::Bernoulli), guide, sequences(), settings, 6, 1).unwrap();
    let (before, after) = trained(learner, 150);
    assert!(after > before + 0.1, "vrnn: {before} {after}");
    let model = srnn(Output::Joint { units: 6 });
    let learner = Filtering::new(model, iterative(), sequences(), self::settings(), 6, 1).unwrap();
    let (before, after) = trained(learner, 150);
    assert!(after > before + 0.1, "joint: {before} {after}");
}

/// What is carried has no gradient graph, which would grow with every step.
#[test]
fn a_filter_carries_numbers_alone() {
    fn assert_plain<I: Infer<Srnn>>(guide: I) {
        let inference = Inference {
            iterations: 1,
            samples: 1,
            seed: 1,
        };
        let filter = Amortised::new(srnn(Output::Joint { units: 3 }), guide, inference);
        let mut progress = filter.start();
        for t in 0..2 {
            let x = coins(1, 4, 60 + t);
            let prior = filter.predict(&progress);
            let (posterior, energy) = filter.update(&progress, &prior, &x);
            assert!(energy.free_energy().is_finite());
            progress = filter.advance(progress, posterior, &x);
        }
        progress.state().map(&|t| {
            assert!(!t.is_autodiff());
            t
        });
    }
    assert_plain(iterative());
    assert_plain(direct());
}

/// With one step there is no past for gradients to pass through. (A direct guide's would still pass to the state.)
#[test]
fn at_one_step_attached_and_detached_gradients_are_the_same() {
    let norm = |attached: bool| {
        let settings = FilterSettings {
            attached,
            online: false,
            clip: 1,
            first: First::Score,
            ..settings()
        };
        let model = srnn(Output::Bernoulli);
        let mut learner = Filtering::new(model, iterative(), sequences(), settings, 6, 1).unwrap();
        learner.step(&[0, 1, 2, 3, 4, 5], 0).numbers["gradient_norm"]
    };
    let (a, b) = (norm(true), norm(false));
    assert!((a - b).abs() < 1e-5 * a, "{a} {b}");
}

#[test]
fn a_stopped_learner_goes_on_to_the_same_bytes() {
    let make = || {
        Filtering::new(
            srnn(Output::Bernoulli),
            iterative(),
            sequences(),
            settings(),
            6,
            1,
        )
        .unwrap()
    };
    let items = [0, 2, 4];
    let mut straight = make();
    (0..4).for_each(|step| drop(straight.step(&items, step)));
    let mut stopped = make();
    (0..2).for_each(|step| drop(stopped.step(&items, step)));
    let state = stopped.save().unwrap();
    let mut resumed = make();
    resumed.load(&state).unwrap();
    (2..4).for_each(|step| drop(resumed.step(&items, step)));
    assert_eq!(straight.save().unwrap(), resumed.save().unwrap());
    assert!(straight.model().num_params() > 0);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let refused = |settings| {
        let model = srnn(Output::Bernoulli);
        Filtering::new(model, iterative(), sequences(), settings, 6, 1)
            .map(|_| ())
            .unwrap_err()
            .setting
    };
    let with = |change: fn(&mut FilterSettings)| {
        let mut settings = settings();
        change(&mut settings);
        refused(settings)
    };
    assert_eq!(with(|s| s.clip = 10), "clip");
    assert_eq!(with(|s| s.clip = 1), "clip");
    assert_eq!(with(|s| s.iterations = 0), "iterations");
    assert_eq!(with(|s| s.samples = 0), "samples");
    assert_eq!(with(|s| s.attached = true), "online");
    assert_eq!(with(|s| s.decay = 0.0), "decay");
}
