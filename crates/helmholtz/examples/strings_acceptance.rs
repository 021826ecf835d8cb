//! Does the best program accept new strings of its concept, and only those?
//!
//! `strings_acceptance loo FILE.tsv OUT`: concepts of five strings, one per line. Each string is left out
//! once and offered to the best program of the other four; the best program of all five is offered every
//! string of every other concept.
//! `strings_acceptance split FILE.jsonl OUT [MODEL.safetensors hidden=N]`: the test part of the split by
//! source: five strings to learn from, five to accept, and those of other sources to refuse; and the
//! predictive log-density of each (relative to that of `.*`), for the ROC.
//!
//! OUT holds one line of JSON per concept, for `bench/acceptance.py`, which adds rexpy and grex.

use std::error::Error;
use std::io::Write;

use burn::module::Module;
use helmholtz::data::{Column, ReadOptions, read};
use helmholtz::domain::strings::alphabet::encode;
use helmholtz::domain::strings::evaluate::{log_predictive, posterior};
use helmholtz::domain::strings::explain::{ExplainOptions, explain};
use helmholtz::domain::strings::search::{SearchBudget, search};
use helmholtz::domain::strings::training::restore;
use helmholtz::domain::strings::{
    Concept, Config, Sizes, Split, StringGuide, StringModel, Strings, pretrained::pretrained,
};
use helmholtz::model::Model;

struct Explainer {
    model: StringModel,
    guide: StringGuide,
}

impl Explainer {
    /// The best program's export.
    fn best(&self, strings: &[String]) -> Result<String, Box<dyn Error>> {
        let column = Column {
            name: String::new(),
            values: strings.to_vec(),
            counts: vec![1; strings.len()],
            test: vec![],
            source: String::new(),
        };
        let mut programs = explain(
            &self.model,
            &self.guide,
            &column,
            &ExplainOptions::default(),
        )
        .programs;
        if programs.is_empty() {
            return Err("no program".into());
        }
        Ok(programs.swap_remove(0).export)
    }

    /// log p(x | strings) - log p(x | .*) of each of `offered`: the predictive density relative to that
    /// of any string, so that short strings are not favoured for being short.
    fn densities(&self, strings: &[String], offered: &[String]) -> Vec<f64> {
        let x = Strings::new(strings.iter().filter_map(|s| encode(s).ok()));
        let budget = SearchBudget {
            rounds: 20,
            keep: 50,
            ..SearchBudget::default()
        };
        let found = search(
            &self.model.valid(),
            &self.guide.valid(),
            &x,
            &budget,
            [1, 0],
        );
        let q = posterior(&found);
        let any: Vec<_> = self
            .model
            .support()
            .map(|program| (program, 1.0))
            .into_iter()
            .collect();
        let one = |s: &String| match encode(s) {
            Ok(s) => log_predictive(&self.model, &q, &s) - log_predictive(&self.model, &any, &s),
            Err(_) => f64::NEG_INFINITY,
        };
        offered.iter().map(one).collect()
    }
}

fn leave_one_out(
    explainer: &Explainer,
    file: &str,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    for line in text.lines() {
        let strings: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let without = |i: usize| -> Result<String, Box<dyn Error>> {
            let mut rest = strings.clone();
            rest.remove(i);
            explainer.best(&rest)
        };
        let left_out = (0..strings.len())
            .map(without)
            .collect::<Result<Vec<String>, _>>()?;
        let all = explainer.best(&strings)?;
        let line = serde_json::json!({"strings": strings, "left_out": left_out, "all": all});
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn split(explainer: &Explainer, file: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let config = Config::default();
    let dataset = read(file.as_ref(), &ReadOptions::default())?;
    let columns = dataset.columns.iter().enumerate();
    let concepts: Vec<Concept> = columns
        .map(|(i, c)| Concept::of_column(c, i, &config))
        .collect();
    let test = Split::by_source(&concepts, 0.15, 0.2, 1).test;
    for concept in &test {
        let others = || test.iter().filter(|c| c.source != concept.source);
        let offered: Vec<String> = others().flat_map(|c| c.test.iter().cloned()).collect();
        let line = serde_json::json!({
            "name": concept.name, "source": concept.source,
            "train": concept.train, "test": concept.test, "others": offered,
            "regex": explainer.best(&concept.train)?,
            "own_density": explainer.densities(&concept.train, &concept.test),
            "others_density": explainer.densities(&concept.train, &offered),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, task, file, out, rest @ ..] = &arguments[..] else {
        return Err("usage: strings_acceptance loo|split FILE OUT [MODEL hidden=N]".into());
    };
    let (model, guide) = match rest {
        [path, size] => {
            let hidden = size.trim_start_matches("hidden=").parse()?;
            let sizes = Sizes {
                prior: hidden,
                guide: hidden,
                width: hidden,
            };
            let (_, state) = helmholtz::train::load(path.as_ref())?;
            restore(
                &Config {
                    sizes,
                    ..Config::default()
                },
                &state,
            )?
        }
        _ => {
            let (_, model, guide) = pretrained()?;
            (model, guide)
        }
    };
    let explainer = Explainer { model, guide };
    let mut out = std::fs::File::create(out)?;
    match task.as_str() {
        "loo" => leave_one_out(&explainer, file, &mut out),
        _ => split(&explainer, file, &mut out),
    }
}
