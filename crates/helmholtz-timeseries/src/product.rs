//! Time series as people meet them: tables, kernels in words and pictures, and what comes next.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evaluate::{self, evaluate};
use super::explain::{self, Explanation, Moment, explain};
use super::page::{number, page};
use super::read::{NamedSeries, SeriesOptions, looks_like_series, read};
use super::scale::Scale;
use super::standard::{MOST_UNEVEN, MOST_VALUES, Shortened, standardised};
use super::training::{BUILTIN_SERIES, Fantasy, fantasies, generate};
use super::{Config, Series, SeriesDomain};
use helmholtz_core::product::text::{first_strong, plain, strong};
use helmholtz_core::product::verb::{EVALUATE, EXPLAIN, SAMPLE};
use helmholtz_core::product::words::{mark, percent, spark, visible};
use helmholtz_core::product::{
    Account, Answer, Attachment, BUILTIN_SEED, Call, Draws, Glimpse, Input, LeftOut, Likely,
    Outcome, Product, ProductError, Read, Searching, Sink, Text, Verb, send,
};
use helmholtz_data::reading::TableReading;
use serde_json::json;

/// Forecast values shown.
const FORECAST: usize = 5;
/// Kernels shown unless asked for more.
const SHOWN: usize = 5;

/// How a table of series is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SeriesReading {
    #[serde(flatten)]
    table: TableReading,
    /// Use only this column, by its name or as #3; may be repeated [default: all]
    #[schemars(extend("value" = "NAME", "heading" = "Data"))]
    column: Vec<String>,
    /// The column of times, numbers or dates [default: one of that name, or a first column of dates]
    #[schemars(extend("value" = "NAME", "heading" = "Data"))]
    times: Option<String>,
    /// Every row is a series
    #[schemars(extend("heading" = "Data"))]
    rows: bool,
    /// Keep every Nth value
    #[schemars(range(min = 1), extend("heading" = "Data"))]
    thin: Option<u32>,
}

/// Options of explaining.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct ExplainOptions {
    #[serde(flatten)]
    reading: SeriesReading,
    /// Kernels to keep and to show [default: 20 are kept, 5 are shown]
    #[schemars(range(min = 1, max = 1_000))]
    programs: Option<usize>,
    /// How many values to forecast [default: a fifth of the series]
    #[schemars(range(min = 1, max = 2_000))]
    horizon: Option<usize>,
    /// Explain the values themselves, or their logarithms [default: what is more probable]
    scale: Option<Scale>,
    #[serde(flatten)]
    searching: Searching,
    /// The seed of the search
    seed: u64,
    /// Write the forecast as a table
    #[schemars(extend("value" = "FILE", "heading" = "Output"))]
    forecast: Option<PathBuf>,
    /// Write a page with pictures
    #[schemars(extend("value" = "FILE", "heading" = "Output"))]
    html: Option<PathBuf>,
}

impl Product for SeriesDomain {
    const ABOUT: &'static str = "Time series, explained by kernels of Gaussian processes";
    const OBSERVATIONS: &'static str = "series";

    type Reading = SeriesReading;

    fn read(
        input: &Input,
        reading: &SeriesReading,
        _: &Config,
    ) -> Result<Read<Series>, ProductError> {
        let (found, mut account) = named(input, reading)?;
        let mut observations = vec![];
        for named in found {
            match standardised(&named) {
                Ok(series) => observations.push(series),
                Err(reason) => account.left_out.push(unfit(&named, &reason)),
            }
        }
        account.read = Some(observations.len() as u64);
        Ok(Read {
            observations,
            account,
        })
    }

    fn builtin(config: &Config) -> Read<Series> {
        // The configuration was checked when it was put together.
        let drawn = generate(config, BUILTIN_SERIES, BUILTIN_SEED).unwrap_or_default();
        let series = drawn.into_iter().map(|(_, series)| series);
        Read::whole(series.collect(), &Input::default())
    }

    fn verbs() -> Vec<Verb<Self>> {
        vec![
            Verb::new(EXPLAIN, "Of a table with a column or a row a series: what it is made of, in words, with weights, \
                                and what comes next", explained)
                .with_examples(&[
                    "explain series sales.csv --horizon 12",
                    "explain series sales.csv --html sales.html --forecast next.csv",
                ]),
            Verb::new(SAMPLE, "Kernels of the prior, and series from each", sampled),
            Verb::new(EVALUATE, "The evidence of series that were held out", evaluated)
                .with_examples(&["evaluate series held-out.csv"]),
        ]
    }

    fn likely(glimpse: &Glimpse) -> Option<Likely> {
        let lines = glimpse.lines().join("\n");
        looks_like_series(&lines, &glimpse.extension).then_some(Likely::Probable)
    }
}

/// Why a series is left out.
fn unfit(named: &NamedSeries, reason: &dyn std::fmt::Display) -> LeftOut {
    let what = format!("series, {}", visible(&named.name));
    LeftOut::new(what, 1, reason.to_string())
}

/// The series of some files.
fn named(
    input: &Input,
    reading: &SeriesReading,
) -> Result<(Vec<NamedSeries>, Account), ProductError> {
    let options = reading.table.options();
    let mut options = options.map_err(|bad| ProductError::option(bad.option, bad.reason))?;
    options.until = input.until;
    let series = SeriesOptions {
        columns: reading.column.clone(),
        time: reading.times.clone(),
        rows: reading.rows,
    };
    let (found, left_out) = input.each(|file| {
        let mut found = read(file, &options, &series).map_err(ProductError::input)?;
        let mut each = found.series.iter_mut();
        each.try_for_each(|named| fitted(named, reading, file))?;
        Ok::<_, ProductError>(((found.series, found.words), found.remarks))
    })?;
    let (found, remarks): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let (all, words): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let (all, words) = (
        all.into_iter().flatten().collect::<Vec<_>>(),
        words.concat(),
    );
    let mut account = Account::whole(input, all.len());
    account.left_out = left_out;
    account.remarks = remarks.concat();
    if !words.is_empty() {
        let names: Vec<String> = words.iter().map(|name| visible(name)).collect();
        let what = format!("columns, {}", names.join(", "));
        let reason = "words, no numbers; --column NAME says which is meant";
        account
            .left_out
            .push(LeftOut::new(what, words.len() as u64, reason));
    }
    Ok((all, account))
}

/// Thins a series, which then has to be short enough.
fn fitted(
    named: &mut NamedSeries,
    reading: &SeriesReading,
    file: &Path,
) -> Result<(), ProductError> {
    if let Some(every) = reading.thin {
        named.thin(every);
    }
    let (len, name) = (named.values.len(), visible(&named.name));
    if len <= MOST_VALUES {
        return Ok(());
    }
    let every = len.div_ceil(MOST_VALUES);
    let reason = format!(
        "{len} values; at most {MOST_VALUES} can be explained at once: use --thin {every} to keep every {every}th"
    );
    Err(ProductError::unfit(
        format!("{}: {name}", file.display()),
        reason,
    ))
}

fn explained(
    call: &Call<'_, SeriesDomain>,
    options: &ExplainOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let (model, guide) = &call.loaded.networks;
    let (all, mut account) = named(call.input, &options.reading)?;
    let (many, mut read) = (all.len() > 1, 0);
    let files = [("html", &options.html), ("forecast", &options.forecast)];
    if let Some((option, _)) = files.iter().find(|(_, file)| many && file.is_some()) {
        let reason = "it is for one series; choose it by --column NAME";
        return Err(ProductError::option(*option, reason));
    }
    call.input.extent.expect(all.len());
    for named in &all {
        let shortened = named.shortened();
        let named = shortened.as_ref().map_or(named, |s| &s.series);
        let (asked, refused) = asked(options, call, named)?;
        let explanation = match explain(model, guide, named, &asked) {
            Ok(explanation) => explanation,
            Err(reason) if many => {
                account.left_out.push(unfit(named, &reason));
                continue;
            }
            Err(reason) => {
                let file = call.input.names().concat();
                let place = format!("{file}: {}", visible(&named.name));
                return Err(ProductError::unfit(place, reason));
            }
        };
        // What the table has beside its series is told with the first.
        let mut told = answer(named, &explanation, options)?;
        told.left_out.extend(refused);
        told.left_out.extend(shortened.as_ref().map(unread));
        let told = if read == 0 {
            told.covering(&account)
        } else {
            told
        };
        read += 1;
        if sink(told).is_break() {
            break;
        }
    }
    account.read = Some(read);
    Ok(Outcome::of(account))
}

/// What is told of values that are not looked at.
fn unread(shortened: &Shortened) -> LeftOut {
    let Shortened {
        every, left_out, ..
    } = shortened;
    let reason = format!(
        "of values at uneven times at most {MOST_UNEVEN} are explained: one of {every} was, and a step of the forecast is as long as {every} of theirs"
    );
    LeftOut::new("values", *left_out as u64, reason)
}

/// What is asked of a series, and what a proposer said that is no kernel.
fn asked(
    options: &ExplainOptions,
    call: &Call<'_, SeriesDomain>,
    named: &NamedSeries,
) -> Result<(explain::ExplainOptions, Option<LeftOut>), ProductError> {
    let default = explain::ExplainOptions::default();
    let mut asked = explain::ExplainOptions {
        programs: options.programs.unwrap_or(default.programs),
        horizon: options.horizon,
        scale: options.scale,
        ..default
    };
    asked.search.budget.seed = options.seed;
    asked.search.budget.seconds = options.searching.seconds(call.input.until);
    asked.confidence = call.confidence(&options.searching);
    let model = &call.loaded.networks.0;
    let series = json!({"name": named.name, "times": named.times, "values": named.values});
    let offered = options.searching.ask(&series, |line| model.parse(line))?;
    if let Some(kernels) = offered.programs {
        asked.search.budget.first = 0;
        asked.search.offered = kernels;
    }
    Ok((asked, offered.left_out))
}

/// A value to come, in a table.
#[derive(Serialize)]
struct Row {
    t: String,
    mean: f64,
    median: f64,
    lower: f64,
    upper: f64,
    sample: f64,
}

fn rows(named: &NamedSeries, explanation: &Explanation) -> Vec<Row> {
    let each = explanation.forecast.iter().zip(&explanation.sample);
    let row = |(moment, &sample): (&Moment, &f64)| {
        let Moment {
            mean,
            median,
            lower,
            upper,
            ..
        } = *moment;
        Row {
            t: named.label(moment.t),
            mean,
            median,
            lower,
            upper,
            sample,
        }
    };
    each.map(row).collect()
}

fn answer(
    named: &NamedSeries,
    explanation: &Explanation,
    options: &ExplainOptions,
) -> Result<Answer, ProductError> {
    let rows = rows(named, explanation);
    let mut answer = Answer::of(&named.name, explanation)?
        .with_text(text(named, explanation, options))
        .with_doubt(explanation.approximate.as_deref())
        .trusting(&explanation.trust);
    if named.missing > 0 {
        let missing = LeftOut::new("values", named.missing as u64, "they are missing");
        answer.left_out.push(missing);
    }
    let mut attach = |what, path: &Option<PathBuf>, text: String| {
        answer.files.extend(path.clone().map(|path| Attachment {
            what,
            path,
            bytes: text.into_bytes(),
        }));
    };
    attach("forecast", &options.forecast, table(&rows));
    attach("page", &options.html, page(named, explanation));
    answer.with_rows(rows)
}

/// The forecast as CSV.
fn table(rows: &[Row]) -> String {
    let mut text = "t,mean,median,lower,upper,sample\n".to_owned();
    for row in rows {
        let Row {
            t,
            mean,
            median,
            lower,
            upper,
            sample,
        } = row;
        text.push_str(&format!("{t},{mean},{median},{lower},{upper},{sample}\n"));
    }
    text
}

/// Which kernel words are about, where it is not most of the answer.
fn whose(explanation: &Explanation) -> Option<String> {
    let weight = explanation.programs.first()?.weight;
    let first = || format!("of the first kernel alone, which has {}:", percent(weight));
    (weight < 0.5).then(first)
}

fn text(named: &NamedSeries, explanation: &Explanation, options: &ExplainOptions) -> Text {
    let mut text = Text::default();
    let (first, last) = (named.times.first(), named.times.last());
    let label = |t: Option<&f64>| t.map(|t| named.label(*t)).unwrap_or_default();
    let size = format!(
        "({} values, {} to {})",
        named.values.len(),
        label(first),
        label(last)
    );
    text.title(&named.name, size);
    if explanation.scale == Scale::Log {
        let how = percent(explanation.scale_probability);
        text.item("scale", [plain(format!("logarithms of the values, {how}"))]);
    }
    let most = options.programs.unwrap_or(SHOWN);
    for (i, program) in explanation.programs.iter().take(most).enumerate() {
        let mark = plain(mark(program.approximate.as_deref()));
        text.item(
            percent(program.weight),
            [first_strong(i, &program.expression), mark],
        );
    }
    let shown = explanation.programs.iter().take(most).map(|p| p.weight);
    text.beside(shown.sum(), &explanation.trust);
    let sentences = explanation.components.iter().map(|c| c.description.clone());
    text.items("in words", whose(explanation).into_iter().chain(sentences));
    let every = explanation.forecast.len().div_ceil(FORECAST).max(1);
    let shown = explanation.forecast.iter().skip(every - 1).step_by(every);
    text.items(
        "forecast",
        shown.map(|moment| {
            let t = named.label(moment.t);
            let [median, lower, upper] = [moment.median, moment.lower, moment.upper].map(number);
            format!("{t}  {median}  ({lower} to {upper})")
        }),
    );
    text
}

fn sampled(
    call: &Call<'_, SeriesDomain>,
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
    text.line([strong(&fantasy.kernel)]);
    for series in &fantasy.samples {
        text.line([plain(format!("    {}", spark(series)))]);
    }
    Ok(Answer::of("", fantasy)?.with_text(text))
}

fn evaluated(
    call: &Call<'_, SeriesDomain>,
    reading: &SeriesReading,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let (model, guide) = &call.loaded.networks;
    let read = SeriesDomain::read(call.input, reading, &call.loaded.config)?;
    let options = evaluate::EvaluateOptions {
        draws: 0,
        ..evaluate::EvaluateOptions::default()
    };
    let evaluation = evaluate(model, guide, &read.observations, &options);
    let _ = sink(Answer::measured(&evaluation)?.covering(&read.account));
    Ok(Outcome::of(read.account))
}
