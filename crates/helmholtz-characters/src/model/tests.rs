use std::collections::HashMap;

use helmholtz_core::model::ModelExt;
use helmholtz_nn::Module;

use super::*;
use crate::builtin::generate;
use crate::training::characters;
use crate::{CharacterGuide, Writer};
use helmholtz_core::guide::Guide;
use helmholtz_math::logsumexp;
use helmholtz_nn::training_device;

pub(crate) fn config(labels: usize, writer: Writer) -> Config {
    Config {
        writer,
        bank: 2,
        strokes: 3,
        size: 12,
        maps: 2,
        prior: 5,
        guide: 6,
        channels: 3,
        labels: (1..=labels).map(|l| format!("alphabet-{l}")).collect(),
        ..Config::default()
    }
}

/// The same with labels that matter: they begin as if they did not.
pub(crate) fn disturbed(model: CharacterModel) -> CharacterModel {
    let ([rows, columns], device) = (model.labels.dims(), model.labels.val().device());
    let mut rng = Stream::at([9, 0, 0, 63]);
    let values = (0..rows * columns).map(|_| rng.normal() as f32);
    let labels = matrix(values.collect(), rows, columns, &device);
    CharacterModel {
        labels: Param::from_tensor(labels),
        ..model
    }
}

/// Every program of the configuration.
pub(crate) fn all(labels: usize) -> Vec<Program> {
    let grammar = config(labels, Writer::Lstm).grammar().unwrap();
    let ids = [0, 1]
        .into_iter()
        .flat_map(|id| [false, true].map(|down| Stroke { id, down }));
    let mut beginnings = vec![vec![]];
    let mut found = vec![];
    for _ in 0..3 {
        let longer = beginnings
            .iter()
            .flat_map(|b: &Vec<Stroke>| ids.clone().map(|stroke| [&b[..], &[stroke]].concat()));
        beginnings = longer.collect();
        found.extend(beginnings.iter().filter(|b| grammar.accepts(b)).cloned());
    }
    let label = 0..labels.max(1) as u16;
    label
        .flat_map(|label| {
            found.iter().map(move |strokes| Program {
                label,
                strokes: Strokes(strokes.clone()),
            })
        })
        .collect()
}

pub(crate) fn observations(labels: usize) -> Vec<Character> {
    let config = config(labels, Writer::Lstm);
    let drawn: Vec<_> = generate(12, 0)
        .into_iter()
        .step_by(100)
        .take(labels.max(1))
        .collect();
    characters(&config, &drawn).unwrap()
}

#[test]
fn prior_and_guide_are_distributions_over_programs() {
    for (labels, writer) in [(0, Writer::Lstm), (2, Writer::Lstm), (2, Writer::Nade)] {
        let device = training_device();
        let config = config(labels, writer);
        let model = disturbed(CharacterModel::new(&config, &device).unwrap());
        let guide = CharacterGuide::new(&config, &device).unwrap();
        let mut unknown = observations(labels);
        unknown.iter_mut().for_each(|x| x.label = None);
        let seen: Vec<&Character> = unknown.iter().collect();
        let programs = all(labels);
        let of = vec![0; programs.len()];
        let rows = Rows::<CharacterModel>::new(&seen, &of, &programs);
        let total = logsumexp(&model.log_prior(&rows).values());
        assert!(total.abs() < 1e-5, "{labels}: {total}");
        let q = guide.log_prob(&guide.encode(&seen), &of, &programs);
        let q: Vec<f64> = host(&q).into_iter().map(f64::from).collect();
        assert!(logsumexp(&q).abs() < 1e-5);

        // A known label leaves only its own programs.
        let known = observations(labels);
        let seen: Vec<&Character> = known.iter().collect();
        let rows = Rows::<CharacterModel>::new(&seen, &of, &programs);
        let prior = model.log_prior(&rows).values();
        assert!(logsumexp(&prior).abs() < 1e-5);
        assert_eq!(
            prior.iter().filter(|p| p.is_finite()).count(),
            programs.len() / labels.max(1)
        );
    }
}

#[test]
fn draws_have_the_probability_that_they_say() {
    [Writer::Lstm, Writer::Nade]
        .into_iter()
        .for_each(check_draws);
}

fn check_draws(writer: Writer) {
    let device = training_device();
    let config = config(2, writer);
    let (model, guide) = (
        disturbed(CharacterModel::new(&config, &device).unwrap()).valid(),
        CharacterGuide::new(&config, &device).unwrap().valid(),
    );
    let programs = all(2);
    let mut unknown = observations(2);
    unknown.iter_mut().for_each(|x| x.label = None);
    let seen: Vec<&Character> = unknown.iter().collect();
    let draws = 20_000;
    let streams =
        |purpose| -> Vec<Stream> { (0..draws).map(|i| Stream::at([1, i, 0, purpose])).collect() };
    let of = vec![1; programs.len()];
    let rows = Rows::<CharacterModel>::new(&seen, &of, &programs);
    let encoding = guide.encode(&seen);
    let exact = [
        model.log_prior(&rows).values(),
        host(&guide.log_prob(&encoding, &of, &programs))
            .into_iter()
            .map(f64::from)
            .collect(),
    ];
    let prior = model
        .sample_latent(&mut streams(5))
        .into_iter()
        .map(|z| z.0);
    let proposed = guide.sample(&encoding, &vec![1; draws as usize], &mut streams(6));
    let place: HashMap<&Program, usize> =
        programs.iter().enumerate().map(|(i, p)| (p, i)).collect();
    for (program, log_prob) in &proposed {
        assert!((log_prob - exact[1][place[program]]).abs() < 1e-4);
    }
    let proposed = proposed.into_iter().map(|p| p.0);
    for (exact, drawn) in exact
        .iter()
        .zip([prior.collect::<Vec<_>>(), proposed.collect()])
    {
        let mut counts = vec![0.0; programs.len()];
        drawn
            .iter()
            .for_each(|program| counts[place[program]] += 1.0);
        for (count, log_prob) in counts.iter().zip(exact) {
            let p = log_prob.exp();
            let error = (p * (1.0 - p) / draws as f64).sqrt();
            assert!(
                (count / draws as f64 - p).abs() < 5.0 * error,
                "{count} {p}"
            );
        }
    }
}

#[test]
fn the_likelihood_has_its_gradient() {
    let device = training_device();
    let model = CharacterModel::new(&config(0, Writer::Lstm), &device).unwrap();
    let known = observations(0);
    let seen: Vec<&Character> = known.iter().collect();
    let programs = all(0);
    let of = vec![0; programs.len()];
    let rows = Rows::<CharacterModel>::new(&seen, &of, &programs);
    let value = model.log_likelihood(&rows);
    let gradients = value.tensor.sum().backward();
    let by = host(&model.likelihood.val().grad(&gradients).unwrap());
    let total = |i: usize, by: f32| -> f64 {
        let mut raw = host(&model.likelihood.val());
        raw[i] += by;
        let width = raw.len();
        let moved = CharacterModel {
            likelihood: Param::from_tensor(matrix(raw, 1, width, &device)),
            ..model.clone()
        };
        moved.valid().log_likelihood(&rows).values().iter().sum()
    };
    // Scale and bias, which every pixel pulls at without edges. The others are tested beside the renderer, in more
    // digits.
    for i in [10, 11] {
        let h = 1e-2;
        let difference = (total(i, h) - total(i, -h)) / f64::from(2.0 * h);
        let got = f64::from(by[i]);
        assert!(
            (got - difference).abs() < 0.02 * (1.0 + difference.abs()),
            "{i}: {got} {difference}"
        );
    }
}

#[test]
fn images_are_drawn_as_probably_as_the_likelihood_says() {
    let device = training_device();
    let program: Strokes = "-0 1".parse().unwrap();
    let draws = 4000;
    let mut ink = vec![0.0; 144];
    let no_maps = Config {
        maps: 0,
        ..config(0, Writer::Lstm)
    };
    let plain = CharacterModel::new(&no_maps, &device).unwrap().renderer();
    for i in 0..draws {
        let mut rng = Stream::at([3, i, 0, 63]);
        let image = plain.sample(&program.0, &mut rng);
        ink.iter_mut()
            .zip(image.ink())
            .for_each(|(sum, &i)| *sum += f64::from(i));
    }
    for (ink, &p) in ink.iter().zip(&plain.probabilities(&program.0)) {
        let p = f64::from(p);
        let error = (p * (1.0 - p) / draws as f64).sqrt();
        assert!((ink / draws as f64 - p).abs() < 5.0 * error + 1e-3);
    }
}

#[test]
fn defensive_draws_have_any_label_and_edits_the_image_s() {
    let device = training_device();
    let config = config(2, Writer::Lstm);
    let model = disturbed(CharacterModel::new(&config, &device).unwrap()).valid();
    let (known, programs) = (observations(2), all(2));
    let seen: Vec<&Character> = known.iter().collect();
    let of = vec![0; programs.len()];
    let rows = Rows::<CharacterModel>::new(&seen, &of, &programs);
    let density = model.log_defensive(&rows);
    assert!(logsumexp(&density).abs() < 1e-5 && density.iter().all(|d| d.is_finite()));
    let mut rng = Stream::at([4, 0, 0, 63]);
    let other = programs
        .iter()
        .find(|p| Some(p.label) != known[0].label)
        .unwrap();
    let edited: Vec<Program> = (0..50)
        .filter_map(|_| model.edited(other, &known[0], &mut rng))
        .collect();
    assert!(!edited.is_empty() && edited.iter().all(|p| Some(p.label) == known[0].label));
    let mut unknown = known[0].clone();
    unknown.label = None;
    let edited: Vec<Program> = (0..200)
        .filter_map(|_| model.edited(other, &unknown, &mut rng))
        .collect();
    assert!(
        edited
            .iter()
            .any(|p| p.label != other.label && p.strokes == other.strokes)
    );
    assert!(model.is_admissible(other));
    let strange = Program {
        label: 2,
        ..other.clone()
    };
    assert!(!model.is_admissible(&strange));
}
