//! Time series, explained by kernels: in words, in pictures, and by what comes next.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use helmholtz::data::{Format, ReadOptions};
use helmholtz::domain::timeseries::evaluate::{EvaluateOptions, evaluate};
use helmholtz::domain::timeseries::explain::{ExplainOptions, Explanation, Moment, explain};
use helmholtz::domain::timeseries::read::{NamedSeries, SeriesOptions, read};
use helmholtz::domain::timeseries::scale::Scale;
use helmholtz::domain::timeseries::standard::{MOST_VALUES, standardised};
use helmholtz::domain::timeseries::training::{BUILTIN_SERIES, fantasies, generate};
use helmholtz::domain::timeseries::{Config, Series, SeriesDomain};
use helmholtz::files::write_whole;

use super::{BUILTIN_SEED, MARGIN, Verbs, mark};
use crate::args::{self, Evaluate, Explain, Layout, Reading, Sample};
use crate::format::{percent, visible};
use crate::loaded::Loaded;
use crate::output::{self, Style, note};
use crate::picture::spark;

mod picture;

/// Kernels shown unless asked for more.
const SHOWN: usize = 5;
/// Forecast values shown.
const FORECAST: usize = 5;
/// The farthest forecast.
const MOST_HORIZON: usize = 2_000;

impl Verbs for SeriesDomain {
    const OBSERVATIONS: &'static str = "series";
    const TAKES: &[&str] = &["horizon", "scale", "forecast", "html"];

    fn read(path: &Path, reading: &Reading, _: &Config) -> Result<Vec<Series>> {
        let mut all = vec![];
        for named in named(path, reading)? {
            match standardised(&named) {
                Ok(series) => all.push(series),
                Err(reason) => note(&format!("{}: left out: {reason}", visible(&named.name))),
            }
        }
        Ok(all)
    }

    fn builtin(config: &Config) -> Vec<Series> {
        // The configuration was checked when it was put together.
        let drawn = generate(config, BUILTIN_SERIES, BUILTIN_SEED).unwrap_or_default();
        drawn.into_iter().map(|(_, series)| series).collect()
    }

    fn explain(loaded: &Loaded<Self>, args: &Explain, out: &mut dyn Write) -> Result<()> {
        let (model, guide) = &loaded.networks;
        let default = ExplainOptions::default();
        let mut options = ExplainOptions {
            programs: args.programs.unwrap_or(default.programs).max(1),
            horizon: args.horizon,
            scale: args.scale.map(|scale| match scale {
                args::Scale::Linear => Scale::Linear,
                args::Scale::Log => Scale::Log,
            }),
            ..default
        };
        options.search.seed = args.seed.unwrap_or(0);
        if args.horizon.is_some_and(|h| h > MOST_HORIZON) {
            bail!("--horizon: at most {MOST_HORIZON} values are forecast");
        }
        let file = args.file()?;
        let all = named(file, &args.reading)?;
        let many = all.len() > 1;
        if many && (args.html.is_some() || args.forecast.is_some()) {
            bail!("--html and --forecast are for one series; choose it by --column NAME");
        }
        let mut explanations = vec![];
        for named in &all {
            let explained = explain(model, guide, named, &options);
            let explanation = match explained {
                Ok(explanation) => explanation,
                Err(reason) if many => {
                    note(&format!("{}: left out: {reason}", visible(&named.name)));
                    continue;
                }
                Err(reason) => bail!("{}: {}: {reason}", file.display(), visible(&named.name)),
            };
            save(named, &explanation, args)?;
            if !args.json {
                if !explanations.is_empty() {
                    writeln!(out)?;
                }
                show(out, named, &explanation, args)?;
            }
            explanations.push(explanation);
        }
        if args.json {
            output::json(out, &explanations)?;
        }
        Ok(())
    }

    fn sample(loaded: &Loaded<Self>, args: &Sample, out: &mut dyn Write) -> Result<()> {
        let (model, _) = &loaded.networks;
        let (programs, samples) = (args.programs as usize, args.samples as usize);
        let drawn = fantasies(model, programs, samples, args.seed);
        if args.json {
            output::json(out, &drawn)?;
            return Ok(());
        }
        for fantasy in &drawn {
            writeln!(out, "{}", Style::of_stdout().bold(&fantasy.kernel))?;
            for series in &fantasy.samples {
                writeln!(out, "    {}", spark(series))?;
            }
        }
        Ok(())
    }

    fn evaluate(loaded: &Loaded<Self>, args: &Evaluate, out: &mut dyn Write) -> Result<()> {
        let (model, guide) = &loaded.networks;
        let series = Self::read(&args.data, &args.reading, &loaded.config)?;
        let options = EvaluateOptions {
            draws: 0,
            ..EvaluateOptions::default()
        };
        let evaluation = evaluate(model, guide, &series, &options);
        Ok(output::either(out, args.json, &evaluation)?)
    }
}

/// The series of a file.
fn named(path: &Path, reading: &Reading) -> Result<Vec<NamedSeries>> {
    let tabs = match reading.format {
        None | Some(Layout::Csv) => None,
        Some(Layout::Tsv) => Some(b'\t'),
        Some(Layout::Jsonl | Layout::Lines) => bail!("--format: series are read from csv and tsv"),
    };
    let options = ReadOptions {
        format: Some(Format::Table),
        delimiter: reading.delimiter.or(tabs),
        ..ReadOptions::default()
    };
    let series = SeriesOptions {
        columns: reading.columns.clone(),
        time: reading.times.clone(),
        rows: reading.rows,
    };
    let mut all = read(path, &options, &series)?;
    for named in &mut all {
        if let Some(every) = reading.thin {
            named.thin(every);
        }
        let (len, name) = (named.values.len(), visible(&named.name));
        if len > MOST_VALUES {
            let every = len.div_ceil(MOST_VALUES);
            bail!(
                "{}: {name}: {len} values; at most {MOST_VALUES} can be explained at once: \
                 use --thin {every} to keep every {every}th",
                path.display()
            );
        }
        if named.missing > 0 {
            note(&format!(
                "{name}: {} missing values left out",
                named.missing
            ));
        }
    }
    Ok(all)
}

/// Writes the files that were asked for.
fn save(named: &NamedSeries, explanation: &Explanation, args: &Explain) -> Result<()> {
    let write = |path: &Path, text: &str| {
        write_whole(path, text.as_bytes())
            .with_context(|| format!("{}: cannot be written", path.display()))
    };
    if let Some(path) = &args.forecast {
        let mut text = "t,mean,median,lower,upper,sample\n".to_owned();
        for (moment, sample) in explanation.forecast.iter().zip(&explanation.sample) {
            let t = named.label(moment.t);
            let Moment {
                mean,
                median,
                lower,
                upper,
                ..
            } = moment;
            text.push_str(&format!("{t},{mean},{median},{lower},{upper},{sample}\n"));
        }
        write(path, &text)?;
    }
    if let Some(path) = &args.html {
        write(path, &picture::page(named, explanation))?;
    }
    Ok(())
}

fn show(
    out: &mut dyn Write,
    named: &NamedSeries,
    explanation: &Explanation,
    args: &Explain,
) -> Result<()> {
    let style = Style::of_stdout();
    let (first, last) = (named.times[0], named.times[named.times.len() - 1]);
    let size = format!(
        "({} values, {} to {})",
        named.values.len(),
        named.label(first),
        named.label(last)
    );
    writeln!(
        out,
        "{}  {}",
        style.bold(&visible(&named.name)),
        style.dim(&size)
    )?;
    super::show_doubt(out, explanation.approximate.as_deref())?;
    if explanation.scale == Scale::Log {
        let how = percent(explanation.scale_probability);
        writeln!(out, "{:>MARGIN$}  logarithms of the values, {how}", "scale")?;
    }
    let most = args.programs.unwrap_or(SHOWN);
    for (i, program) in explanation.programs.iter().take(most).enumerate() {
        let expression = match i {
            0 => style.bold(&program.expression),
            _ => program.expression.clone(),
        };
        let mark = mark(program.approximate.as_deref());
        let weight = percent(program.weight);
        writeln!(out, "{weight:>MARGIN$}  {expression}{mark}")?;
    }
    for (i, component) in explanation.components.iter().enumerate() {
        let head = if i == 0 { "in words" } else { "" };
        writeln!(out, "{head:>MARGIN$}  {}", component.description)?;
    }
    let every = explanation.forecast.len().div_ceil(FORECAST).max(1);
    let shown = explanation.forecast.iter().skip(every - 1).step_by(every);
    for (i, moment) in shown.enumerate() {
        let head = if i == 0 { "forecast" } else { "" };
        let Moment {
            median,
            lower,
            upper,
            ..
        } = *moment;
        let [median, lower, upper] = [median, lower, upper].map(picture::number);
        let t = named.label(moment.t);
        writeln!(out, "{head:>MARGIN$}  {t}  {median}  ({lower} to {upper})")?;
    }
    Ok(())
}
