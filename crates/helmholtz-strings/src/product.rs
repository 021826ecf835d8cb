//! Columns as people meet them: tables of text, regular expressions with weights, and what does not belong.

mod answer;
mod overview;
mod score;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::answer::{answer, left_out};
use self::overview::Overview;
use super::alphabet::index_of;
use super::data::Concept;
use super::evaluate::{self, evaluate};
use super::explain::{self, Explanation, explain_with};
use super::fantasy::{Fantasy, fantasies};
use super::{Config, StringDomain, builtin};
use helmholtz_core::product::text::{faint, plain, strong};
use helmholtz_core::product::verb::{EVALUATE, EXPLAIN, SAMPLE, SCORE};
use helmholtz_core::product::words::visible;
use helmholtz_core::product::{
    Account, Answer, BUILTIN_SEED, Call, Draws, Glimpse, Input, LeftOut, Likely, Outcome, Product,
    ProductError, Read, Searching, Sink, Text, Verb, send,
};
use helmholtz_data::reading::ColumnReading;
use helmholtz_data::{Column, DataError, Dataset, Limits, read};
use serde_json::json;

/// Options of explaining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct ExplainOptions {
    #[serde(flatten)]
    reading: ColumnReading,
    /// Programs to tell of each column
    #[schemars(range(min = 1, max = 1_000_000))]
    programs: usize,
    /// Tell all of every column where a table has several; one gets a line then
    details: bool,
    /// New strings to draw that would fit
    #[schemars(range(min = 0, max = 10_000))]
    samples: usize,
    #[serde(flatten)]
    searching: Searching,
    /// The seed of the search
    seed: u64,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        let explain::ExplainOptions {
            programs,
            samples,
            seed,
            ..
        } = explain::ExplainOptions::default();
        Self {
            reading: ColumnReading::default(),
            details: false,
            programs,
            samples,
            searching: Searching::default(),
            seed,
        }
    }
}

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
        let (datasets, left_out) = datasets(input, reading, config, name)?;
        account.left_out = left_out;
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

/// The columns of some files that the model can read. Of several files the names of columns say of which.
fn datasets(
    input: &Input,
    reading: &ColumnReading,
    config: &Config,
    name_of: impl Fn(&Path) -> String,
) -> Result<(Vec<Dataset>, Vec<LeftOut>), ProductError> {
    let limits = Limits {
        max_length: config.max_length,
        allowed: |c| index_of(c).is_some(),
        ..Limits::default()
    };
    let options = reading.options(limits);
    let mut options = options.map_err(|reason| ProductError::option("delimiter", reason))?;
    options.until = input.until;
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
        }
        Ok::<_, DataError>(dataset)
    });
    each.map_err(ProductError::input)
}

/// A file as it was named.
fn as_named(file: &Path) -> String {
    file.display().to_string()
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

fn explained(
    call: &Call<'_, StringDomain>,
    options: &ExplainOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let asked = explain::ExplainOptions {
        programs: options.programs,
        samples: options.samples,
        seed: options.seed,
        confidence: call.confidence(&options.searching),
        ..explain::ExplainOptions::default()
    };
    let mut account = Account::whole(call.input, 0);
    account.rows = None;
    let mut columns = 0;
    let (datasets, left_out) =
        datasets(call.input, &options.reading, &call.loaded.config, as_named)?;
    account.left_out = left_out;
    let mut overview = overview(options, &datasets);
    let all = datasets
        .iter()
        .map(|d| d.columns.len() + unreadable(d).count());
    call.input.extent.expect(all.sum());
    for dataset in datasets {
        let readable = dataset.columns.iter();
        let readable = readable.map(|column| one(call, column, &asked, &options.searching));
        let unreadable = unreadable(&dataset).map(|name| Ok((Explanation::nothing(name), None)));
        for explanation in readable.chain(unreadable) {
            let (explanation, refused) = explanation?;
            let skipped = dataset.skipped_in(&explanation.name);
            let explanation = match skipped {
                Some(skipped) => explanation.with_skipped(skipped),
                None => explanation,
            };
            columns += 1;
            let mut answer = answer(&explanation)?;
            answer.left_out.extend(refused);
            let column = dataset.columns.iter().find(|c| c.name == explanation.name);
            let answer = match &mut overview {
                Some(overview) => overview.line(answer, column, &explanation),
                None => answer,
            };
            // A file that is not there is told with the first column of the others.
            let answer = match columns {
                1 => answer.covering(&account),
                _ => answer,
            };
            if sink(answer).is_break() {
                account.read = Some(columns);
                return Ok(Outcome::of(account));
            }
        }
    }
    account.read = Some(columns);
    Ok(Outcome::of(account))
}

/// The explanation of a column, and what a proposer said that is no program.
fn one(
    call: &Call<'_, StringDomain>,
    column: &Column,
    options: &explain::ExplainOptions,
    searching: &Searching,
) -> Result<(Explanation, Option<LeftOut>), ProductError> {
    let (model, guide) = &call.loaded.networks;
    let asked = json!({"name": column.name, "strings": column.values, "counts": column.counts});
    let offered = searching.ask(&asked, |line| model.parse(line))?;
    let mut options = *options;
    options.search.seconds = searching.seconds(call.input.until);
    if offered.programs.is_some() {
        options.search.first = 0;
    }
    let programs = offered.programs.unwrap_or_default();
    let explanation = explain_with((model, guide), column, &options, &programs);
    Ok((explanation, offered.left_out))
}

/// A line a column, where there are several and nothing else was asked for.
fn overview(options: &ExplainOptions, datasets: &[Dataset]) -> Option<Overview> {
    let names = || {
        let each = datasets.iter();
        each.flat_map(|d| {
            d.columns
                .iter()
                .map(|c| c.name.as_str())
                .chain(unreadable(d))
        })
    };
    // Who asks for more programs or samples wants to see them.
    let plain = ExplainOptions {
        reading: options.reading.clone(),
        seed: options.seed,
        ..ExplainOptions::default()
    };
    let brief = *options == plain && options.reading.column.is_empty() && names().count() > 1;
    brief.then(|| Overview::new(names()))
}

/// The names of columns without a value that the model can read.
fn unreadable(dataset: &Dataset) -> impl Iterator<Item = &str> {
    let names = dataset.skipped.iter().map(|(name, _)| name.as_str());
    names.filter(|name| dataset.columns.iter().all(|c| c.name != *name))
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
