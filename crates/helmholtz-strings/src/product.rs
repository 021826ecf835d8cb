//! Columns as people meet them: tables of text, regular expressions with weights, and what does not belong.

mod answer;
mod assigned;
mod doubts;
mod explaining;
mod formats;
mod overview;
mod score;

use std::path::Path;

use self::answer::left_out;
use self::explaining::explained;
use super::alphabet::index_of;
use super::data::Concept;
use super::evaluate::{self, evaluate};
use super::fantasy::{Fantasy, fantasies};
use super::{Config, StringDomain, builtin};
use helmholtz_core::product::text::{faint, plain, strong};
use helmholtz_core::product::verb::{EVALUATE, EXPLAIN, SAMPLE, SCORE};
use helmholtz_core::product::words::visible;
use helmholtz_core::product::{
    Account, Answer, BUILTIN_SEED, Call, Draws, Glimpse, Input, LeftOut, Likely, Outcome, Product,
    ProductError, Read, Sink, Text, Verb, send,
};
use helmholtz_data::reading::ColumnReading;
use helmholtz_data::{DataError, Dataset, Limits, read};

impl Product for StringDomain {
    const ABOUT: &'static str =
        "Columns of text, explained by regular expressions with probabilities";
    const OBSERVATIONS: &'static str = "columns";

    type Reading = ColumnReading;

    fn read(
        input: &Input,
        reading: &ColumnReading,
        config: &Config,
    ) -> Result<Read<Concept>, ProductError> {
        let (mut observations, mut account) = (vec![], Account::whole(input, 0));
        // A run is the same from wherever its files are named.
        let name = |file: &Path| input.told_apart(file);
        let (datasets, left_out) = datasets(input, reading, (papers(config), false), name)?;
        account.left_out = left_out;
        account.remarks = datasets.iter().flat_map(|d| d.remarks.clone()).collect();
        for dataset in datasets {
            let columns = dataset.columns.iter().enumerate();
            observations.extend(columns.map(|(i, c)| Concept::of_column(c, i, config)));
            account.left_out.extend(skipped(&dataset));
        }
        account.rows = None;
        account.read = Some(observations.len() as u64);
        Ok(Read {
            observations,
            account,
        })
    }

    fn builtin(config: &Config) -> Read<Concept> {
        let mut concepts = builtin::concepts(BUILTIN_SEED, builtin::DEFAULT_COUNT);
        let count = |concepts: &[Concept]| -> usize {
            concepts.iter().map(|c| c.train.len() + c.test.len()).sum()
        };
        let before = count(&concepts);
        let fits = |text: &String| text.chars().count() <= config.max_length;
        for concept in &mut concepts {
            concept.train.retain(fits);
            concept.test.retain(fits);
        }
        concepts.retain(|concept| !concept.train.is_empty());
        let skipped = (before - count(&concepts)) as u64;
        let mut read = Read::whole(concepts, &Input::default());
        if skipped > 0 {
            let reason = format!("over {} characters", config.max_length);
            read.account
                .left_out
                .push(LeftOut::new("built-in strings", skipped, reason));
        }
        read
    }

    fn verbs() -> Vec<Verb<Self>> {
        vec![
            Verb::new(EXPLAIN, "Of tables, JSON lines or plain lines: the regular expressions that every column probably \
                                comes from, strings that would fit in, and values that do not", explained)
                .with_examples(&[
                    "explain strings people.csv",
                    "explain strings people.csv --column phone --json",
                    "explain strings - < names.txt",
                ]),
            Verb::new(SAMPLE, "Regular expressions of the prior, with strings from each", sampled)
                .with_examples(&["sample strings -n 20", "sample runs/strings-1-mws-mix --seed 7 --json"]),
            Verb::new(EVALUATE, "Of .jsonl with train and test strings, or tables to draw them from: the negative \
                                 log-likelihood of columns and of held-out strings, and the error of telling columns apart", evaluated)
                .with_examples(&["evaluate strings held-out.jsonl --json"]),
            score::verb(SCORE),
        ]
    }

    fn likely(glimpse: &Glimpse) -> Option<Likely> {
        if glimpse.folder {
            return None;
        }
        let table = ["csv", "tsv", "tab", "txt", "jsonl", "ndjson"].contains(&&*glimpse.extension);
        let text = std::str::from_utf8(&glimpse.bytes);
        // A cut may fall into a character.
        let text = text.map_or_else(|e| e.error_len().is_none(), |t| !t.contains('\0'));
        (table || text).then_some(Likely::Possible)
    }
}

/// What the language of the paper can read, by the settings of a model.
fn papers(config: &Config) -> Limits {
    Limits {
        max_length: config.max_length,
        allowed: |c| index_of(c).is_some(),
        ..Limits::default()
    }
}

/// The columns of some files within limits. Of several files the names of columns say of which.
fn datasets(
    input: &Input,
    reading: &ColumnReading,
    (limits, rows): (Limits, bool),
    name_of: impl Fn(&Path) -> String,
) -> Result<(Vec<Dataset>, Vec<LeftOut>), ProductError> {
    let options = reading.options(limits);
    let mut options = options.map_err(|bad| ProductError::option(bad.option, bad.reason))?;
    (options.until, options.rows) = (input.until, rows);
    let several = input.files.len() > 1;
    let each = input.each(|file| {
        let mut dataset = read(file, &options)?;
        let (path, named) = (file.display().to_string(), name_of(file));
        let sources = dataset.columns.iter_mut().map(|c| &mut c.source);
        let own = sources.filter(|source| **source == path);
        own.for_each(|source| source.clone_from(&named));
        if several {
            let of = |name: &mut String| *name = format!("{named}: {name}");
            dataset.columns.iter_mut().for_each(|c| of(&mut c.name));
            dataset.skipped.iter_mut().for_each(|s| of(&mut s.0));
            let of = |remark: &mut String| *remark = format!("{named}: {remark}");
            dataset.remarks.iter_mut().for_each(of);
        }
        Ok::<_, DataError>(dataset)
    });
    each.map_err(ProductError::input)
}

/// What was skipped of every column.
fn skipped(dataset: &Dataset) -> impl Iterator<Item = LeftOut> {
    let each = dataset.skipped.iter();
    each.flat_map(|(name, skipped)| {
        let of = move |l: LeftOut| LeftOut {
            what: format!("{} in {}", l.what, visible(name)),
            ..l
        };
        left_out(skipped).into_iter().map(of)
    })
}

fn sampled(
    call: &Call<'_, StringDomain>,
    draws: &Draws,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let Draws {
        programs,
        samples,
        seed,
    } = *draws;
    let drawn = fantasies(&call.loaded.networks.0, programs, samples, seed);
    send(sink, drawn.iter().map(invented))?;
    Ok(Outcome::default())
}

fn invented(fantasy: &Fantasy) -> Result<Answer, ProductError> {
    let mut text = Text::default();
    let log_prior = faint(format!("(log p {:.1})", fantasy.log_prior));
    text.line([strong(&fantasy.regex), plain("  "), log_prior]);
    for sample in &fantasy.samples {
        text.line([plain(format!("    {}", visible(sample)))]);
    }
    Ok(Answer::of("", fantasy)?.with_text(text))
}

fn evaluated(
    call: &Call<'_, StringDomain>,
    reading: &ColumnReading,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let config = &call.loaded.config;
    let (model, guide) = &call.loaded.networks;
    let Read {
        observations,
        account,
    } = StringDomain::read(call.input, reading, config)?;
    let mut outcome = Outcome::of(account);
    if observations.iter().all(|c| c.test.is_empty()) {
        let values = 2 * config.strings;
        outcome.remarks.push(format!(
            "no column has strings to be tested on; give `test` in JSON lines, or tables of more than {values} distinct \
             values"
        ));
    }
    let options = evaluate::EvaluateOptions::default();
    let evaluation = evaluate(model, guide, config, &observations, &options)?;
    let _ = sink(Answer::measured(&evaluation)?.covering(&outcome.input));
    Ok(outcome)
}
