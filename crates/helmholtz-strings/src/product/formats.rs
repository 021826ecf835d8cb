//! What is told of a column in the language of columns.

use std::fs;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;

use super::answer::{foreign_values, left_out};
use super::doubts::doubts;
use super::explaining::{Both, Engine, ExplainOptions, asked, column_of};
use super::overview::Brief;
use crate::columns::kind::Kind;
use crate::columns::numbers::Numbers;
use crate::columns::prose::Prose;
use crate::columns::{Explained, Explanation, Options, Told, explain};
use helmholtz_columns::format::Program;

use helmholtz_core::product::text::{faint, plain, strong};
use helmholtz_core::product::words::{WIDEST, percent, shortened, visible, wrap};
use helmholtz_core::product::{Answer, Input, Offered, ProductError, Searching, Text};
use helmholtz_data::Dataset;

/// Where text is wrapped, in characters, beside the margin.
const WIDTH: usize = 66;
/// Formats, and words of an enumeration, that are shown; JSON has all.
const SHOWN: usize = 12;
/// Programs of less weight are not worth a line.
const UNWORTHY: f64 = 0.005;

/// What is asked of every column.
pub(super) struct Asked<'a> {
    options: Options,
    engine: Option<Engine>,
    capture: bool,
    searching: &'a Searching,
    input: &'a Input,
}

impl<'a> Asked<'a> {
    pub(super) fn of(input: &'a Input, options: &'a ExplainOptions) -> Result<Self, ProductError> {
        if options.capture && options.export.is_none() {
            let reason = "it is about exports; give --export ENGINE, too";
            return Err(ProductError::option("capture", reason));
        }
        let mut not = options.not.clone();
        if let Some(path) = &options.not_file {
            let read = fs::read_to_string(path);
            let read = read.map_err(|e| {
                let reason = format!(
                    "{} cannot be read ({e}); give a text file, a value a line",
                    path.display()
                );
                ProductError::option("not_file", reason)
            })?;
            not.extend(
                read.lines()
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned),
            );
        }
        if not.iter().any(String::is_empty) {
            let reason = "it is empty, and empty cells belong to no format anyway";
            return Err(ProductError::option("not", reason));
        }
        Ok(Self {
            options: Options {
                programs: options.programs,
                samples: options.samples,
                seed: options.seed,
                not,
                until: None,
            },
            engine: options.export,
            capture: options.capture,
            searching: &options.searching,
            input,
        })
    }
}

/// What is told of an export whose letters are those of the locale.
const LOCALE: &str = "its letters are those of the locale of the engine, such as [[:upper:]], and nearly those of the program";

/// A column by its name.
pub(super) fn of_column(
    dataset: &Dataset,
    name: &str,
    what: &Asked<'_>,
) -> Result<(Explanation, Both), ProductError> {
    let mut refused = None;
    let explanation = match column_of(dataset, name) {
        Some(column) => {
            let offered = match &what.searching.proposer {
                Some(_) => what.searching.ask(&asked(column), str::parse::<Program>)?,
                None => Offered {
                    programs: None,
                    left_out: None,
                },
            };
            refused = offered.left_out;
            let seconds = what.searching.seconds(what.input.until);
            let options = Options {
                until: seconds.and_then(|s| {
                    let left = Duration::try_from_secs_f64(s).ok()?;
                    Instant::now().checked_add(left)
                }),
                ..what.options.clone()
            };
            explain(column, &options, &offered.programs.unwrap_or_default())
        }
        None => Explanation::nothing(name),
    };
    let explanation = match dataset.skipped_in(name) {
        Some(skipped) => explanation.with_skipped(skipped),
        None => explanation,
    };
    let mut answer = answer(&explanation, what)?;
    answer.left_out.extend(refused);
    let brief = brief(&explanation);
    Ok((explanation, Both { answer, brief }))
}

/// A column in a table.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(rename = "type")]
    kind: Kind,
    regex: Option<&'a str>,
    weight: Option<f64>,
    not_found: f64,
    formats: usize,
    values: u64,
    distinct: usize,
    left_out: u64,
    outliers: usize,
}

fn answer(explanation: &Explanation, what: &Asked<'_>) -> Result<Answer, ProductError> {
    let best = explanation.programs.first();
    let row = Row {
        kind: explanation.kind,
        regex: best.map(|b| b.regex.as_str()),
        weight: best.map(|b| b.weight),
        not_found: explanation.not_found,
        formats: best.map_or(0, |b| b.formats.len()),
        values: explanation.values,
        distinct: explanation.distinct,
        left_out: explanation.left_out.rows,
        outliers: explanation.outliers.len(),
    };
    let exports = exports(explanation, what);
    let mut answer = Answer::of(&explanation.name, explanation)?
        .with_text(text(explanation, &exports))
        .with_rows([row])?;
    if let Some(engine) = what.engine {
        answer.data.insert("engine".into(), json!(engine));
        answer.data.insert("exports".into(), json!(exports));
    }
    answer.left_out = left_out(&explanation.left_out.skipped);
    answer.doubts = doubts(explanation);
    let slow = exports.first().and_then(|export| export.doubt.clone());
    answer.doubts.extend(slow);
    // Reasons and counts stand in the list that every answer has; this is the share.
    let share = explanation.left_out.share;
    answer.data.insert("left_out_share".into(), json!(share));
    answer.data.shift_remove("left_out");
    Ok(answer)
}

/// A program for an engine.
#[derive(Serialize)]
struct Exported {
    /// For its plain search: it is anchored.
    pattern: Option<String>,
    /// Why there is none, or why it may be slow.
    #[serde(skip_serializing_if = "Option::is_none")]
    doubt: Option<String>,
}

/// Each program for the engine, if one was asked for.
fn exports(explanation: &Explanation, what: &Asked<'_>) -> Vec<Exported> {
    let Some(engine) = what.engine else {
        return vec![];
    };
    let each = explanation.programs.iter().map(|explained| {
        let written = match what.capture {
            true => explained.program.export_captured(engine.dialect()),
            false => explained.program.export(engine.dialect()),
        };
        match written {
            Ok(export) => Exported {
                pattern: Some(export.pattern),
                doubt: export
                    .slow
                    .or_else(|| export.of_locale.then(|| LOCALE.to_owned())),
            },
            Err(reason) => Exported {
                pattern: None,
                doubt: Some(reason.to_string()),
            },
        }
    });
    each.collect()
}

fn text(explanation: &Explanation, exports: &[Exported]) -> Text {
    let mut text = Text::default();
    text.title(&explanation.name, size(explanation));
    if let Some((best, others)) = explanation.programs.split_first() {
        shares(&mut text, explanation.kind, best);
        text.items("export", exports.first().and_then(|e| e.pattern.as_ref()));
        if let Some(numbers) = &explanation.numbers {
            text.item("numbers", [plain(numbers_told(numbers))]);
        }
        if let Some(days) = &explanation.days {
            let which = days.which.iter().map(|which| format!(", {which}"));
            let told = format!(
                "{} to {}{}",
                days.first,
                days.last,
                which.collect::<String>()
            );
            text.item("days", [plain(told)]);
        }
        if let Some(prose) = &explanation.text {
            text.items("text", prose_told(prose));
        }
        let missed = match explanation.not_found {
            small if small < UNWORTHY => String::new(),
            p => format!(", and {} for what the search did not find", percent(p)),
        };
        let weight = percent(best.weight) + &missed;
        text.item("weight", [faint(weight)]);
        let others = others.iter().filter(|other| other.weight >= UNWORTHY);
        let others = others.map(|other| format!("{}  {}", percent(other.weight), other.regex));
        text.items("or", others);
    }
    let samples: Vec<String> = explanation.samples.iter().map(|s| visible(s)).collect();
    text.items("samples", wrap(&samples, WIDTH));
    if explanation.samples_lacking > 0 {
        let found = if samples.is_empty() {
            "none was found that is new"
        } else {
            "no more were found that are new"
        };
        text.item("samples", [faint(found)]);
    }
    text.items("outliers", foreign_values(&explanation.outliers));
    text
}

/// What a column is, and how large.
fn size(explanation: &Explanation) -> String {
    let (values, distinct) = (explanation.values, explanation.distinct);
    let left_out = &explanation.left_out;
    let size = format!("{}: {values} values, {distinct} distinct", explanation.kind);
    match (values, left_out.rows) {
        (0, rows) => format!("nothing to explain: all of {rows} values are empty"),
        (_, 0) => size,
        (_, rows) => format!(
            "{size}  {} of {} not covered",
            percent(left_out.share),
            values + rows
        ),
    }
}

/// The formats with their shares, or the words of an enumeration.
fn shares(text: &mut Text, kind: Kind, best: &Explained) {
    let all = best.formats.iter().map(|f| f.rows).sum::<u64>() + best.foreign;
    let words: Vec<&(String, u64)> = best.formats.iter().flat_map(|f| &f.words).collect();
    if kind == Kind::Enumeration {
        for (word, rows) in words.iter().take(SHOWN) {
            let share = *rows as f64 / all.max(1) as f64;
            text.item(percent(share), [strong(visible(word))]);
        }
        more(text, words.len(), "words");
        return;
    }
    for format in best.formats.iter().take(SHOWN) {
        text.item(percent(format.share), format_told(format));
    }
    more(text, best.formats.len(), "formats");
}

fn more(text: &mut Text, count: usize, what: &str) {
    if let Some(more) = count.checked_sub(SHOWN).filter(|n| *n > 0) {
        text.item("", [faint(format!("and {more} more {what}"))]);
    }
}

fn format_told(format: &Told) -> Vec<helmholtz_core::product::text::Part> {
    let example = format.example.as_ref();
    let example = example.map(|e| faint(format!("  such as {}", shortened(&visible(e), WIDEST))));
    [strong(&format.format)]
        .into_iter()
        .chain(example)
        .collect()
}

/// `-3 to 1,200, 2 decimals`.
fn numbers_told(numbers: &Numbers) -> String {
    let decimals = match numbers.decimals {
        (0, 0) => String::new(),
        (1, 1) => ", 1 decimal".to_owned(),
        (a, b) if a == b => format!(", {a} decimals"),
        (a, b) => format!(", {a} to {b} decimals"),
    };
    let mark = |mark: Option<String>, what: &str| {
        mark.map_or(String::new(), |mark| {
            format!(", \"{}\" {what}", visible(&mark))
        })
    };
    let decimal = numbers.decimal_mark.filter(|c| *c != '.');
    let thousands = numbers.thousands_mark;
    format!(
        "{} to {}{decimals}{}{}{}",
        numbers.least,
        numbers.most,
        mark(decimal.map(String::from), "before decimals"),
        mark(thousands.map(String::from), "between thousands"),
        mark(numbers.unit.clone(), "beside them"),
    )
}

fn prose_told(prose: &Prose) -> Vec<String> {
    let (least, most) = prose.characters;
    let scripts = prose.scripts.iter().filter(|(_, share)| *share >= UNWORTHY);
    let scripts: Vec<String> = scripts
        .map(|(name, share)| format!("{name} {}", percent(*share)))
        .collect();
    let first = format!(
        "{least} to {most} characters, {} words in the middle",
        prose.median_words
    );
    let words = prose
        .frequent
        .iter()
        .map(|(word, n)| format!("{word} ({n})"));
    let words: Vec<String> = words.collect();
    let scripts = (!scripts.is_empty()).then(|| scripts.join(", "));
    let lines = [Some(first), scripts].into_iter().flatten();
    lines.chain(wrap(&words, WIDTH)).collect()
}

fn brief(explanation: &Explanation) -> Brief {
    let best = explanation.programs.first();
    let skipped = &explanation.left_out.skipped;
    // Of numbers those fit that are like the others, whatever their digits.
    let foreign = match explanation.numbers {
        Some(_) => explanation.outliers.iter().map(|o| o.count).sum(),
        None => best.map_or(0, |b| b.foreign),
    };
    let native = explanation.values - foreign;
    let all = explanation.values + explanation.left_out.rows.saturating_sub(skipped.empty);
    Brief {
        name: explanation.name.clone(),
        kind: explanation.kind.name(),
        fits: best.map(|_| native as f64 / all.max(1) as f64),
        empty: skipped.empty,
        weight: best.map(|b| b.weight),
        format: best.map_or(String::new(), |b| b.regex.clone()),
        foreign: explanation.outliers.clone(),
    }
}
