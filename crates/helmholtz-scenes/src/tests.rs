//! The model of scenes against enumeration, and its gradients against finite differences.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::Tensor;

use super::explain::explain;
use super::search::Search;
use super::*;
use helmholtz_core::algorithm::{Algorithm, Learning};
use helmholtz_core::domain::Domain;
use helmholtz_core::guide::Guide;
use helmholtz_core::model::{Model, ModelExt, Rows};
use helmholtz_core::train::Learner;
use helmholtz_math::logsumexp;
use helmholtz_math::random::Stream;
use helmholtz_nn::{Rates, host, matrix, training_device};

fn config() -> Config {
    Config {
        size: 32,
        rows: 1,
        columns: 2,
        height: 2,
        kinds: 2,
        channels: 4,
        deviation: 0.5,
        learned_prior: true,
        ..Config::default()
    }
}

/// Every scene of the configuration: two cells of 1 + 2 + 4 stacks.
fn all() -> Vec<Stacks> {
    let stacks = ["-", "a", "b", "aa", "ab", "ba", "bb"];
    let both = stacks
        .iter()
        .flat_map(|a| stacks.map(|b| format!("{a} {b}")));
    both.map(|text| text.parse().unwrap()).collect()
}

fn image(config: &Config) -> Image {
    generate(config, Arrangement::Paper, 1, 3).remove(0).image
}

#[test]
fn prior_and_guide_are_distributions_over_scenes() {
    let config = config();
    let (model, guide) = SceneDomain::networks(&config).unwrap();
    let (programs, x) = (all(), image(&config));
    let (of, seen) = (vec![0; programs.len()], [&x]);
    let prior = model.log_prior(&Rows::new(&seen, &of, &programs)).values();
    assert!(logsumexp(&prior).abs() < 1e-5);
    let encoding = guide.encode(&seen);
    let log_q = Guide::log_prob(&guide, &encoding, &of, &programs);
    let log_q: Vec<f64> = host(&log_q).into_iter().map(f64::from).collect();
    assert!(logsumexp(&log_q).abs() < 1e-5);
    // What is drawn comes with its probability, and as often as that says.
    let draws = 4_000;
    let mut rngs: Vec<Stream> = (0..draws).map(|i| Stream::at([i, 0, 0, 0])).collect();
    let drawn = Guide::sample(&guide, &encoding, &vec![0; draws as usize], &mut rngs);
    for (program, log_q) in programs.iter().zip(log_q) {
        let own: Vec<f64> = drawn
            .iter()
            .filter(|d| d.0 == *program)
            .map(|d| d.1)
            .collect();
        assert!(own.iter().all(|l| (l - log_q).abs() < 1e-4));
        let (p, n) = (log_q.exp(), f64::from(draws as u32));
        let off = own.len() as f64 / n - p;
        assert!(
            off.abs() < 5.0 * (p * (1.0 - p) / n).sqrt() + 1e-3,
            "{program}: {off}"
        );
    }
}

#[test]
fn positions_have_the_density_they_are_drawn_with() {
    let config = config();
    let (_, guide) = SceneDomain::networks(&config).unwrap();
    let (x, programs): (Image, [Stacks; 2]) = (
        image(&config),
        ["ab b".parse().unwrap(), "- a".parse().unwrap()],
    );
    let (encoding, of) = (guide.encode(&[&x]), [0, 0]);
    let noise = vec![
        0.3, -1.0, 0.5, 1.2, 0.1, -0.7, 0.4, 0.0, 0.0, -0.2, 0.0, 0.0,
    ];
    let noise = matrix(noise, 4, 3, &training_device());
    let continuous = guide.continuous().unwrap();
    let drawn = continuous.sample(&encoding, &of, &programs, 2, noise);
    let scored = continuous.log_prob(&encoding, &of, &programs, 2, drawn.values.clone());
    let both = host(&drawn.log_prob).into_iter().zip(host(&scored));
    assert!(both.into_iter().all(|(a, b)| (a - b).abs() < 1e-5));
    assert_eq!(host(&drawn.values)[7..9], [0.0, 0.0]);
}

/// By the raw numbers of kinds and by positions that carry a gradient.
#[test]
fn the_likelihood_has_the_gradient_of_finite_differences() {
    for (shape, colour) in [
        (Shape::Cube, true),
        (Shape::Cuboid, true),
        (Shape::Cube, false),
    ] {
        let config = Config {
            shape,
            colour,
            shrink: 0.3,
            ..config()
        };
        let (model, _) = SceneDomain::networks(&config).unwrap();
        let (x, programs): (Image, [Stacks; 2]) = (
            image(&config),
            ["ab b".parse().unwrap(), "- ba".parse().unwrap()],
        );
        let raw = vec![0.3, -0.4, 0.2, 0.5, -0.1, 0.0];
        let value = |model: &SceneModel, raw: &[f32]| -> f64 {
            let seen = [&x];
            let rows = Rows::new(&seen, &[0, 0], &programs);
            let raw = matrix(raw.to_vec(), 2, 3, &training_device());
            let values = model
                .log_likelihood(&rows.with_samples(1, Some(raw)))
                .values();
            values.iter().sum()
        };
        let inputs = matrix(raw.clone(), 2, 3, &training_device()).require_grad();
        let seen = [&x];
        let mut rows = Rows::new(&seen, &[0, 0], &programs).with_samples(1, Some(inputs.clone()));
        rows.pathwise = true;
        let gradients = model.log_likelihood(&rows).tensor.sum().backward();
        let by_raw = host(&inputs.grad(&gradients).unwrap());
        let weights = model.raw_kinds();
        let by_kinds = host(&weights.grad(&gradients).unwrap());
        let start = host(&weights);
        // Edges that cross from one pixel to the next make kinks.
        let close = |sides: [f64; 2], own: f32| {
            let (least, most) = (sides[0].min(sides[1]), sides[0].max(sides[1]));
            let room = 0.05 * (1.0 + least.abs());
            ((least - room)..(most + room)).contains(&f64::from(own))
        };
        let step = 2e-3f32;
        let slopes = |at: &dyn Fn(f32) -> f64| {
            let here = at(0.0);
            [here - at(-step), at(step) - here].map(|d| d / f64::from(step))
        };
        for i in 0..5 {
            let sides = slopes(&|by| {
                let mut raw = raw.clone();
                raw[i] += by;
                value(&model, &raw)
            });
            assert!(
                close(sides, by_raw[i]),
                "{shape:?} {i}: {sides:?} {}",
                by_raw[i]
            );
        }
        for i in 0..start.len() {
            let sides = slopes(&|by| {
                let mut moved = start.clone();
                moved[i] += by;
                value(&model.clone().with_raw_kinds(moved), &raw)
            });
            assert!(
                close(sides, by_kinds[i]),
                "{shape:?} kinds {i}: {sides:?} {}",
                by_kinds[i]
            );
        }
    }
}

#[test]
fn fantasies_have_the_noise_of_the_model() {
    let config = config();
    let (model, _) = SceneDomain::networks(&config).unwrap();
    let latent = ("a b".parse().unwrap(), vec![0.0, 0.0]);
    let mut rngs = vec![Stream::at([1, 0, 0, 0])];
    let drawn = model
        .sample_observation(std::slice::from_ref(&latent), &mut rngs)
        .remove(0)
        .unwrap();
    let rows = |x: &Image| -> f64 {
        let continuous: Tensor<2> = matrix(latent.1.clone(), 1, 2, &training_device());
        let programs = [latent.0.clone()];
        let seen = [x];
        let rows =
            Rows::<SceneModel>::new(&seen, &[0], &programs).with_samples(1, Some(continuous));
        model.log_likelihood(&rows).values()[0]
    };
    // A sum of n squares of standard normal numbers is n, give or take sqrt(2 n).
    let n = 3.0 * 32.0 * 32.0;
    let expected = -0.5 * n * (1.0 + (std::f64::consts::TAU * 0.25).ln());
    assert!((rows(&drawn) - expected).abs() < 5.0 * (0.5 * n).sqrt());
}

#[test]
fn learning_finds_the_colour_of_the_blocks() {
    let config = Config {
        learning: Learning {
            algorithm: Algorithm::HMWS,
            particles: 12,
            samples: 2,
            batch: 4,
            ..Config::default().learning
        },
        kinds: 1,
        height: 1,
        deviation: 0.3,
        rates: Rates {
            likelihood: 0.05,
            ..Config::default().rates
        },
        ..config()
    };
    let blue = Config {
        colour: false,
        ..config.clone()
    };
    let scenes = generate(&blue, Arrangement::Paper, 6, 2);
    let mut learner = SceneDomain::learner(&config, &scenes).unwrap();
    let before = learner.model().kinds()[0].colour;
    for step in 0..150 {
        let batch: Vec<usize> = (0..4).map(|i| (step as usize + i) % 6).collect();
        learner.step(&batch, step);
    }
    let off = |colour: [f64; 3]| {
        colour
            .iter()
            .zip([0.0, 0.0, 0.8])
            .map(|(a, b): (&f64, f64)| (a - b).abs())
            .sum::<f64>()
    };
    let after = learner.model().kinds()[0].colour;
    assert!(off(after) < 0.5 * off(before), "{before:?} {after:?}");
}

/// With kinds that are known, a search finds what was built, and says what cannot be known.
#[test]
fn a_search_finds_what_was_built() {
    let config = Config {
        kinds: 3,
        size: 64,
        channels: 4,
        ..Config::default()
    };
    let (model, guide) = SceneDomain::networks(&config).unwrap();
    let raw: Vec<f32> = true_kinds(&config).iter().flat_map(raw_of).collect();
    let model = model.with_raw_kinds(raw);
    let search = Search::default();
    let (mut right, mut all) = (0, 0);
    for scene in generate(&config, Arrangement::Paper, 6, 5) {
        let found = explain(&config, (&model, &guide), &scene.image, &search);
        let truth = scene.truth.unwrap();
        let seen = score::seen(&config, &truth);
        let matching = score::matched(&truth.kinds, &model.kinds());
        assert_eq!(matching.found, 3);
        let own = score::right(&truth.stacks, &seen, &found.parses[0].stacks, &matching);
        (right, all) = (right + own[0], all + own[1]);
        let total: f64 = found.parses.iter().map(|p| p.weight).sum();
        assert!((total + found.trust.not_found - 1.0).abs() < 1e-9);
        let known = found
            .uncertain
            .iter()
            .all(|(_, heights)| (heights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(known);
    }
    assert!(right + 1 >= all, "{right} of {all}");
    // Nobody knows what is behind three large blocks.
    let config = Config {
        columns: 1,
        learned_prior: false,
        ..config
    };
    let (_, guide) = SceneDomain::networks(&config).unwrap();
    let (fresh, _) = SceneDomain::networks(&config).unwrap();
    let model = fresh.with_raw_kinds(host(&model.raw_kinds()));
    let kinds = true_kinds(&config);
    let tall: Stacks = "ccc -".parse().unwrap();
    let towers = config.ground().towers(&tall, &kinds, &[0.0; 3]);
    let image = Image::rounded(config.size, &config.renderer().picture(&towers));
    let found = explain(&config, (&model, &guide), &image, &search);
    assert_eq!(found.uncertain.len(), 1, "{:?}", found.uncertain);
    let (cell, heights) = &found.uncertain[0];
    assert_eq!(cell, "back");
    assert!(heights[0] < 0.9 && heights[1] > 0.1, "{heights:?}");
}

/// Positions that are not climbed to their mode make an evidence that may be wrong; climbed far enough they do not.
#[test]
fn parses_in_doubt_are_told_from_others() {
    let config = Config {
        kinds: 3,
        size: 64,
        channels: 4,
        ..Config::default()
    };
    let (model, guide) = SceneDomain::networks(&config).unwrap();
    let raw: Vec<f32> = true_kinds(&config).iter().flat_map(raw_of).collect();
    let model = model.with_raw_kinds(raw);
    let scene = generate(&config, Arrangement::Paper, 1, 5).remove(0);
    let explained = |steps, settling| {
        let mut search = Search {
            steps,
            settling,
            ..Search::default()
        };
        search.budget.rounds = 10;
        explain(&config, (&model, &guide), &scene.image, &search)
    };
    let early = explained(0, 0);
    for said in [&early.approximate, &early.parses[0].approximate] {
        let said = said.as_ref().unwrap();
        assert!(said.contains("a climb that has not converged"), "{said}");
    }
    let late = explained(0, 30);
    assert_eq!(late.approximate, None);
    assert_eq!(late.parses[0].approximate, None);
    let told = serde_json::to_string(&early).unwrap();
    assert!(told.contains("\"approximate\":\"100%"), "{told}");
    assert!(
        !serde_json::to_string(&late.parses[0])
            .unwrap()
            .contains("approximate")
    );
}

/// The raw numbers of a cube.
fn raw_of(kind: &Kind) -> Vec<f32> {
    let raw = |share: f64| {
        let share = share.clamp(1e-3, 1.0 - 1e-3);
        (share / (1.0 - share)).ln() as f32
    };
    let edge = raw((kind.extent[0] - 0.2) / 0.8);
    [edge].into_iter().chain(kind.colour.map(raw)).collect()
}

#[test]
fn memories_from_files_are_looked_at() {
    let (model, _) = SceneDomain::networks(&config()).unwrap();
    assert!(model.is_admissible(&"ab b".parse().unwrap()));
    assert!(
        !model.is_admissible(&"ab c".parse().unwrap())
            && !model.is_admissible(&"a - -".parse().unwrap())
    );
    let scenes = generate(
        &Config {
            size: 48,
            ..config()
        },
        Arrangement::Paper,
        1,
        1,
    );
    let refused = SceneDomain::learner(&config(), &scenes)
        .err()
        .map(|e| e.to_string());
    assert!(refused.unwrap().contains("48 pixels"));
    let paper = Config {
        reader: Reader::Paper,
        ..config()
    };
    let (model, guide) = SceneDomain::networks(&paper).unwrap();
    let x = image(&paper);
    let _ = (guide.valid().encode(&[&x]), model.valid());
}
