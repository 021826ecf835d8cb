//! Columns as programs.

use std::io::{self, Write};

use anyhow::Result;
use helmholtz::data::Dataset;
use helmholtz::domain::strings::StringDomain;
use helmholtz::domain::strings::explain::{
    ExplainOptions, Explained, Explanation, LeftOut, explain,
};

use super::super::MARGIN;
use super::input;
use crate::args::Explain;
use crate::format::{percent, probability, visible, wrap};
use crate::loaded::Loaded;
use crate::output::{self, Style};

/// Where text is wrapped, in characters.
const WIDTH: usize = 80;

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
    let readable = dataset.columns.iter();
    let readable = readable.map(|column| explain(model, guide, column, &options));
    let unreadable = unreadable(&dataset).map(Explanation::nothing);
    let explanations = readable.chain(unreadable).map(|explanation| {
        let skipped = dataset.skipped_in(&explanation.name);
        match skipped {
            Some(skipped) => explanation.with_skipped(skipped),
            None => explanation,
        }
    });
    if args.json {
        output::json(out, &explanations.collect::<Vec<_>>())?;
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

/// The names of columns without a value that the model can read.
fn unreadable(dataset: &Dataset) -> impl Iterator<Item = &str> {
    let names = dataset.skipped.iter().map(|(name, _)| name.as_str());
    names.filter(|name| dataset.columns.iter().all(|c| c.name != *name))
}

/// What is covered of a column, then the best program with its export below, then runners-up, samples and outliers, each
/// part named.
fn show(out: &mut dyn Write, explanation: &Explanation, style: Style) -> io::Result<()> {
    let name = style.bold(&visible(&explanation.name));
    writeln!(out, "{name}  {}", covered(explanation, style))?;
    let LeftOut { rows, skipped, .. } = &explanation.left_out;
    if *rows > 0 {
        part(out, "left out", &[skipped.reasons()])?;
    }
    if let Some((best, others)) = explanation.programs.split_first() {
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

/// How much of a column is explained, and what share is not.
fn covered(explanation: &Explanation, style: Style) -> String {
    let Explanation {
        distinct, values, ..
    } = explanation;
    let LeftOut { share, rows, .. } = explanation.left_out;
    if explanation.is_nothing() {
        return format!("nothing to explain: none of {rows} values can be read");
    }
    let size = style.dim(&format!("({values} values, {distinct} distinct)"));
    match rows {
        0 => size,
        _ => format!(
            "{size}  {} of {} not covered",
            percent(share),
            values + rows
        ),
    }
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
