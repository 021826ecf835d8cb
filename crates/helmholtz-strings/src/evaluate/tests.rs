//! The evaluator against a world that can be enumerated.

use super::*;
use crate::Sizes;
use crate::model::tests::programs_of_two_tokens;

fn world() -> (Config, StringModel, StringGuide) {
    let sizes = Sizes {
        prior: 8,
        guide: 8,
        width: 8,
    };
    let config = Config {
        max_tokens: 2,
        sizes,
        ..Config::default()
    };
    let device = training_device();
    let model = StringModel::new(&config, &device).unwrap();
    let guide = StringGuide::new(&config, &device).unwrap();
    (config, model, guide)
}

fn concept(train: &[&str], test: &[&str]) -> Concept {
    let own = |s: &[&str]| s.iter().map(|s| (*s).to_owned()).collect();
    Concept {
        name: "c".into(),
        train: own(train),
        test: own(test),
        source: String::new(),
    }
}

/// With programs of at most two tokens, p(X) is a sum over 10,812 of them.
#[test]
fn the_marginal_likelihood_agrees_with_enumeration() {
    let (_, model, guide) = world();
    let c = concept(&["a1", "b2"], &[]);
    let x = c.observation();
    let all = programs_of_two_tokens();
    let parameters = model.parameters();
    let joints: Vec<f64> = model
        .log_priors(&all)
        .iter()
        .zip(&all)
        .map(|(prior, p)| prior + log_prob(p, &x, &parameters))
        .collect();
    let truth = logsumexp(&joints);
    // A small search leaves much outside A; importance sampling must make it up.
    let search = Budget {
        restarts: 1,
        first: 5,
        rounds: 1,
        edits: 5,
        members: 3,
        ..Budget::default()
    };
    let runs: Vec<f64> = (0..20)
        .map(|seed| {
            let options = EvaluateOptions {
                search,
                seed,
                // Enough that the heaviest program outside A is drawn in most runs: the bound below rests
                // on a standard error estimated from the runs.
                samples: 20_000,
                ..Default::default()
            };
            let score = &judge(&model, &guide, std::slice::from_ref(&c), &options).concepts[0];
            assert!(
                -score.search_nll <= truth + 1e-6,
                "a part exceeds the whole"
            );
            (-score.marginal_nll - truth).exp()
        })
        .collect();
    let ratio = Mean::of(&runs).unwrap();
    // Unbiased: the mean ratio is 1 within four standard errors.
    assert!(
        (ratio.mean - 1.0).abs() < 4.0 * ratio.standard_error + 1e-4,
        "{ratio:?}"
    );
}

#[test]
fn a_string_is_assigned_to_the_concept_it_looks_like() {
    let (_, model, guide) = world();
    let concepts = [
        concept(&["1", "2", "3", "7"], &["5"]),
        concept(&["a", "b", "c", "z"], &["k"]),
    ];
    let metrics = judge(&model, &guide, &concepts, &EvaluateOptions::default());
    assert_eq!(metrics.classification.unwrap().mean, 0.0);
    assert!(metrics.predictive().unwrap().mean.is_finite());
}

#[test]
fn a_string_that_only_the_support_explains_keeps_the_prediction_finite() {
    let (_, model, guide) = world();
    let metrics = judge(
        &model,
        &guide,
        &[concept(&["11", "22"], &["a b c"])],
        &EvaluateOptions::default(),
    );
    let score = &metrics.concepts[0];
    assert!(score.predictive_nll.unwrap().is_finite());
    assert_eq!(score.only_support, Some(0.0), "\\.+ explains it as well");
}

#[test]
fn refitting_leaves_the_model_alone_and_is_reproducible() {
    let (config, model, _) = world();
    let a = refit(&model, &config, 3).unwrap();
    let b = refit(&model, &config, 3).unwrap();
    assert_eq!(helmholtz_nn::export(&a), helmholtz_nn::export(&b));
}

#[test]
fn nothing_to_judge_by_is_an_error() {
    let (config, model, guide) = world();
    let result = evaluate(
        &model,
        &guide,
        &config,
        &[concept(&["é"], &[])],
        &Default::default(),
    );
    assert_eq!(result.unwrap_err().setting, "data");
}

#[test]
fn the_json_has_the_contracted_keys() {
    let (config, model, guide) = world();
    let options = EvaluateOptions {
        refit_steps: 2,
        samples: 20,
        ..Default::default()
    };
    let concepts = [concept(&["1"], &["2"]), concept(&["a"], &["b"])];
    let evaluation = evaluate(&model, &guide, &config, &concepts, &options).unwrap();
    let json = serde_json::to_value(&evaluation).unwrap();
    for key in ["marginal_nll", "predictive_nll", "classification_error_100"] {
        assert!(
            json[key].is_number() && json[format!("{key}_se")].is_number(),
            "{key}"
        );
        assert!(json["refitted_guide"][key].is_number(), "{key}");
    }
    assert_eq!(json["sizes"]["samples"], 20);
}

#[test]
fn a_predictive_density_is_the_mixture_of_its_programs() {
    let (_, model, _) = world();
    let parameters = model.parameters();
    let program = |text| Regex::parse(text).unwrap();
    let q = vec![
        (program(r"\d"), 0.25),
        (program("7"), 0.75),
        (program("x"), 0.0),
    ];
    let density = Predictive::new(&q, &parameters);
    let log_prob = |text| density.log_prob(&encode(text).unwrap());
    let digit = Automaton::compile(&q[0].0, &parameters).log_prob(&encode("7").unwrap());
    assert!((log_prob("7") - (0.25 * digit.exp() + 0.75).ln()).abs() < 1e-12);
    assert_eq!(log_prob("x"), f64::NEG_INFINITY, "a program of no weight");
}

#[test]
fn the_background_expects_every_string() {
    let (_, model, _) = world();
    let any = background(&model, 50, 1);
    assert_eq!(any, background(&model, 50, 1));
    assert_eq!(any.len(), 51);
    assert!((any.iter().map(|p| p.1).sum::<f64>() - 1.0).abs() < 1e-12);
    let parameters = model.parameters();
    let density = Predictive::new(&any, &parameters);
    assert!(
        density
            .log_prob(&encode("~ unheard of ~").unwrap())
            .is_finite()
    );
}
