//! Does the best program accept new strings of its concept, and only those?
//!
//! `strings_acceptance loo FILE.tsv OUT`: concepts of five strings, one per line. Each string is left out
//! once and offered to the best program of the other four; the best program of all five is offered every
//! string of every other concept.
//! `strings_acceptance split|rest FILE.jsonl OUT [MODEL.safetensors hidden=N]`: the test part of the split
//! by source, or all that is not in it: five strings to learn from, five to accept, and those of other
//! sources to refuse; and the log Bayes factor of each (predictive density over that of any concept), for
//! the ROC.
//!
//! OUT holds one line of JSON per concept, for `bench/acceptance.py`, which adds rexpy and grex.

use std::collections::HashMap;
use std::error::Error;
use std::io::Write;

use helmholtz::data::{Column, ReadOptions, read};
use helmholtz::domain::Domain;
use helmholtz::domain::strings::StringDomain;
use helmholtz::domain::strings::alphabet::encode;
use helmholtz::domain::strings::evaluate::{EvaluateOptions, Predictive, background, posterior};
use helmholtz::domain::strings::explain::{ExplainOptions, explain};
use helmholtz::domain::strings::search::search;
use helmholtz::domain::strings::{
    Concept, Config, Sizes, Split, StringGuide, StringModel, Strings, pretrained::pretrained,
};
use helmholtz::nn::Module;

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
            lines: vec![],
            rows: vec![],
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

    /// log p(x) of each string, whatever concept it may belong to; none outside the alphabet.
    fn background<'a>(&self, strings: impl Iterator<Item = &'a String>) -> Background<'a> {
        let model = self.model.valid();
        let parameters = model.parameters();
        let density = background(&model, 2000, 1);
        let density = Predictive::new(&density, &parameters);
        let known = strings.filter_map(|s| Some((s.as_str(), density.log_prob(&encode(s).ok()?))));
        known.collect()
    }

    /// log p(x | strings) - log p(x) of each of `offered`: does it belong to this concept rather than to
    /// any other?
    fn bayes_factors(
        &self,
        strings: &[String],
        offered: &[&String],
        background: &Background<'_>,
    ) -> Vec<f64> {
        let x = Strings::new(strings.iter().filter_map(|s| encode(s).ok()));
        let budget = EvaluateOptions::default().search;
        let (model, guide) = (self.model.valid(), self.guide.valid());
        let found = search(&model, &guide, &x, &budget, [1, 0]);
        let parameters = model.parameters();
        let own = Predictive::new(&posterior(&found.members), &parameters);
        let one = |s: &&String| match (encode(s), background.get(s.as_str())) {
            (Ok(x), Some(any)) => own.log_prob(&x) - any,
            _ => f64::NEG_INFINITY,
        };
        offered.iter().map(one).collect()
    }
}

type Background<'a> = HashMap<&'a str, f64>;

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

fn split(
    explainer: &Explainer,
    file: &str,
    part: &str,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let config = Config::default();
    let dataset = read(file.as_ref(), &ReadOptions::default())?;
    let columns = dataset.columns.iter().enumerate();
    let concepts: Vec<Concept> = columns
        .map(|(i, c)| Concept::of_column(c, i, &config))
        .collect();
    let split = Split::by_source(&concepts, 0.15, 0.2, 1);
    let judged = match part {
        "rest" => [split.train, split.validation].concat(),
        _ => split.test,
    };
    let background = explainer.background(judged.iter().flat_map(|c| &c.test));
    for concept in &judged {
        let others = || judged.iter().filter(|c| c.source != concept.source);
        let offered: Vec<String> = others().flat_map(|c| c.test.iter().cloned()).collect();
        let both: Vec<&String> = concept.test.iter().chain(&offered).collect();
        let factors = explainer.bayes_factors(&concept.train, &both, &background);
        let (own, others) = factors.split_at(concept.test.len());
        let line = serde_json::json!({
            "name": concept.name, "source": concept.source,
            "train": concept.train, "test": concept.test, "others": offered,
            "regex": explainer.best(&concept.train)?,
            "own_factor": own, "others_factor": others,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, task, file, out, rest @ ..] = &arguments[..] else {
        return Err("usage: strings_acceptance loo|split|rest FILE OUT [MODEL hidden=N]".into());
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
            StringDomain::restore(
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
        part => split(&explainer, file, part, &mut out),
    }
}
