//! Columns as programs.

use std::io::{self, Write};

use anyhow::Result;
use helmholtz::data::Skipped;
use helmholtz::domain::strings::StringDomain;
use helmholtz::domain::strings::explain::{ExplainOptions, Explained, Explanation, explain};
use serde::Serialize;

use super::super::MARGIN;
use super::input;
use crate::args::Explain;
use crate::format::{percent, probability, visible, wrap};
use crate::loaded::Loaded;
use crate::output::{self, Style};

/// Where text is wrapped, in characters.
const WIDTH: usize = 80;

/// A column in JSON.
#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    explanation: Explanation,
    /// What of the column was left out; null when nothing was.
    skipped: Option<Skipped>,
}

pub(super) fn run(
    loaded: &Loaded<StringDomain>,
    args: &Explain,
    out: &mut dyn Write,
) -> Result<()> {
    let Loaded {
        config,
        networks: (model, guide),
        ..
    } = loaded;
    let dataset = input::columns(args.file()?, &args.reading, config)?;
    let default = ExplainOptions::default();
    let options = ExplainOptions {
        seed: args.seed.unwrap_or(default.seed),
        samples: args.samples.unwrap_or(default.samples),
        programs: args.programs.unwrap_or(default.programs),
        ..default
    };
    let explanations = dataset
        .columns
        .iter()
        .map(|column| explain(model, guide, column, &options));
    if args.json {
        let entries = explanations.map(|explanation| Entry {
            skipped: dataset.skipped_in(&explanation.name).cloned(),
            explanation,
        });
        output::json(out, &entries.collect::<Vec<_>>())?;
        return Ok(());
    }
    let style = Style::of_stdout();
    for (i, explanation) in explanations.enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        show(out, &explanation, style)?;
        // One column may take a while: what is known can be read already.
        out.flush()?;
    }
    Ok(())
}

/// The best program with its export below, then runners-up, samples and outliers, each part named.
fn show(out: &mut dyn Write, explanation: &Explanation, style: Style) -> io::Result<()> {
    let Explanation {
        name,
        programs,
        distinct,
        values,
        ..
    } = explanation;
    let size = style.dim(&format!("({values} values, {distinct} distinct)"));
    writeln!(out, "{}  {size}", style.bold(&visible(name)))?;
    if let Some((best, others)) = programs.split_first() {
        let weight = percent(best.weight);
        writeln!(out, "{weight:>MARGIN$}  {}", style.bold(&best.regex))?;
        writeln!(out, "{:>MARGIN$}  {}", "", style.dim(&best.export))?;
        for Explained { regex, weight, .. } in others {
            writeln!(out, "{:>MARGIN$}  {regex}", percent(*weight))?;
        }
    }
    let samples: Vec<String> = explanation.samples.iter().map(|s| visible(s)).collect();
    part(out, "samples", &wrap(&samples, WIDTH - MARGIN - 2))?;
    part(out, "outliers", &outliers(explanation))
}

/// Lines with a name before the first.
fn part(out: &mut dyn Write, name: &str, lines: &[String]) -> io::Result<()> {
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    names
        .zip(lines)
        .try_for_each(|(name, line)| writeln!(out, "{name:>MARGIN$}  {line}"))
}

/// The outliers, aligned, each with its probability under the explanation.
fn outliers(explanation: &Explanation) -> Vec<String> {
    let shown: Vec<String> = explanation.outliers.iter().map(|s| visible(s)).collect();
    let width = shown.iter().map(|s| s.chars().count()).max().unwrap_or(0);
    let describe = |(value, shown): (&String, &String)| match explanation
        .surprises
        .iter()
        .find(|surprise| surprise.value == *value)
    {
        None => shown.clone(),
        Some(surprise) => format!(
            "{shown:width$}  p = {}, {} foreign",
            probability(surprise.log_prob),
            percent(surprise.outlier_probability)
        ),
    };
    let listed = explanation.outliers.iter().zip(&shown).map(describe);
    let more = explanation.outlier_count.saturating_sub(shown.len());
    listed
        .chain((more > 0).then(|| format!("and {more} more")))
        .collect()
}
