//! Experiments: interrupted, resumed, refused, and the same in the end.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use helmholtz_clusters::MixtureDomain;
use helmholtz_reproduce::table::{markdown, quantile, rows};
use helmholtz_reproduce::{Benchmark, Cell, Experiment, ExperimentError, Outcome, run};

const TEXT: &str = r#"
title = "A small world"
source = "Nobody's paper"
domain = "mixture"
notes = ""
steps = 60
measures = 6
seeds = 2
k = [2, 4]
metrics = ["nll_excess", "kl", "kl_floor"]
curves = ["kl"]
exhibits = ["clusterings"]

[data]
sets = 6

[settings]
points = 4

[[variants]]
name = "mws"
algorithm = "mws"

[[variants]]
name = "edits"
algorithm = "mws"
settings = { edits = 1.0 }

[[variants]]
name = "vimco, or else"
algorithm = "vimco"
at = { "2" = { algorithm = "iwae" } }

[[margins]]
name = "memory"
metric = "kl"
of = "mws"
against = ["edits", "vimco, or else"]

[paper.kl]
k = [4]
mws = [0.5]

[quick]
steps = 30
"#;

type Outcomes = Vec<(Cell, Outcome)>;

/// Runs until `most` cells are over.
fn go(quick: bool, folder: &Path, most: usize) -> Result<Option<Outcomes>, ExperimentError> {
    let experiment = Experiment::read("small", TEXT, quick)?;
    let (interrupt, over) = (AtomicBool::new(false), AtomicUsize::new(0));
    run::<MixtureDomain>(&experiment, folder, &interrupt, |progress| {
        assert_eq!(progress.all, 12);
        if over.fetch_add(1, Ordering::Relaxed) + 1 >= most {
            interrupt.store(true, Ordering::Relaxed);
        }
    })
}

#[test]
fn an_interrupted_experiment_goes_on_to_the_same_outcomes() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let whole = go(false, &one, usize::MAX).unwrap().unwrap();
    assert_eq!(go(false, &two, 3).unwrap(), None);
    assert_eq!(go(false, &two, usize::MAX).unwrap().unwrap(), whole);
    // What is over is read, not run.
    assert_eq!(go(false, &one, usize::MAX).unwrap().unwrap(), whole);
}

#[test]
fn more_seeds_go_on_in_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut experiment = Experiment::read("small", TEXT, true).unwrap();
    let run = |experiment: &Experiment| {
        let path = folder.path().join("x");
        let outcomes = run::<MixtureDomain>(experiment, &path, &AtomicBool::new(false), |_| ());
        outcomes.unwrap().unwrap()
    };
    experiment.seeds = 1;
    let one = run(&experiment);
    experiment.seeds = 2;
    experiment.notes = "other words".into();
    let two = run(&experiment);
    assert_eq!(two.len(), 2 * one.len());
    let of_first_seed = two.into_iter().filter(|(cell, _)| cell.seed == 1);
    assert_eq!(of_first_seed.collect::<Vec<_>>(), one);
}

#[test]
fn a_folder_of_something_else_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    go(true, &path, usize::MAX).unwrap();
    let error = go(false, &path, usize::MAX).unwrap_err();
    assert!(
        matches!(error, ExperimentError::OtherSettings { .. }),
        "{error}"
    );
    std::fs::create_dir(folder.path().join("y")).unwrap();
    std::fs::write(folder.path().join("y/thesis.tex"), "years of work").unwrap();
    let error = go(true, &folder.path().join("y"), usize::MAX).unwrap_err();
    assert!(
        matches!(error, ExperimentError::OtherSettings { .. }),
        "{error}"
    );
    let torn = path.join("cells/1-mws-k2-s1/result.json");
    std::fs::write(&torn, "{").unwrap();
    let error = go(true, &path, usize::MAX).unwrap_err();
    assert!(error.to_string().contains("result.json"), "{error}");
}

#[test]
fn rows_hold_medians_quartiles_margins_and_the_papers_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = Experiment::read("small", TEXT, true).unwrap();
    let outcomes = go(true, &folder.path().join("x"), usize::MAX)
        .unwrap()
        .unwrap();
    let rows = rows("small", &experiment, &outcomes);
    assert_eq!(rows.len(), 3 * 3 * 2 + 2);
    let find = |algorithm: &str, metric: &str, k: usize| {
        let mut found = rows.iter().filter(|r| r.algorithm == algorithm && r.k == k);
        found.find(|r| r.metric == metric).unwrap()
    };
    let row = find("mws", "kl", 4);
    assert_eq!((row.seeds, row.paper), (2, Some(0.5)));
    assert!(row.lower <= row.value && row.value <= row.upper);
    let best = find("edits", "kl", 4)
        .value
        .min(find("vimco, or else", "kl", 4).value);
    let margin = find("memory", "kl_improvement", 4);
    assert!((margin.value - (best - row.value)).abs() < 1e-12 && margin.paper.is_none());
    let text = markdown(&experiment, MixtureDomain::METRICS, &rows);
    assert!(text.contains("| mws ... vimco, or else |"), "{text}");
    assert!(
        text.contains("; 0.5]") && text.contains("Improvement over the best rival"),
        "{text}"
    );
}

#[test]
fn settings_of_an_experiment_are_checked_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |from: &str, to: &str| {
        let text = TEXT.replace(from, to);
        let experiment = Experiment::read("small", &text, false).unwrap();
        let path = folder.path().join("x");
        let outcome = run::<MixtureDomain>(&experiment, &path, &AtomicBool::new(false), |_| {});
        assert!(!path.exists());
        outcome.unwrap_err().to_string()
    };
    assert!(refused("\"kl_floor\"", "\"kl_celing\"").contains("kl_celing is none of"));
    assert!(refused("points = 4", "points = 40").contains("points: 40"));
    assert!(refused("points = 4", "poinst = 4").contains("poinst"));
    assert!(refused("sets = 6", "sets = 0").contains("at least one set"));
    assert!(refused("settings = { edits = 1.0 }", "settings = { edits = 2.0 }").contains("edits"));
}

#[test]
fn quantiles_lie_between_neighbours() {
    let x = [1.0, 2.0, 4.0, 8.0];
    assert_eq!(
        [0.0, 0.25, 0.5, 1.0].map(|q| quantile(&x, q)),
        [1.0, 1.75, 3.0, 8.0]
    );
    assert!(quantile(&[], 0.5).is_nan());
}
