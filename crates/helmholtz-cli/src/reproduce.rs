//! `helmholtz reproduce`: a table or figure of a paper, measured again.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use helmholtz::files::write_whole;
use helmholtz_reproduce::calibration::{Effort, tried};
use helmholtz_reproduce::catalogue::{CATALOGUE, find};
use helmholtz_reproduce::chart::curves;
use helmholtz_reproduce::table::{Row, markdown, rows};
use helmholtz_reproduce::{AnyBenchmark, Benchmarks, Cell, Experiment, Metric, Outcome, Progress};

use crate::front::everywhere::{self, Everywhere, Output};
use crate::front::help::{bare, program, with_examples};
use crate::front::usage::parse;
use crate::interrupt;
use crate::output::{self, note};

/// `helmholtz reproduce NAME`.
pub(crate) fn reproduce(benchmarks: &Benchmarks, args: &[String]) -> Result<u8> {
    let matches = parse(command(), args)?;
    let everywhere = Everywhere::of(&matches);
    crate::prepare(&everywhere)?;
    let asked = Reproduce::of(&matches, &everywhere)?;
    let mut out = output::stdout_as(everywhere.output.escapes());
    let code = match &asked.name {
        None => list(&asked, &mut out).map(|()| 0),
        Some(name) if name.starts_with(CALIBRATION) && !name.ends_with(".toml") => {
            calibrate(&asked, name, &mut out)
        }
        Some(name) => {
            let (name, text) = find(name)?;
            let experiment = Experiment::read(name, &text, asked.quick)?;
            let domain = &experiment.domain;
            let benchmark = benchmarks.find(domain);
            let benchmark =
                benchmark.with_context(|| format!("{name}: there is no domain {domain}"))?;
            measure(benchmark, &asked, name, experiment, &mut out)
        }
    };
    out.flush()?;
    code
}

/// How calibrations of searches are called, before the name of their domain.
const CALIBRATION: &str = "calibration-";
/// What they measure.
const CALIBRATIONS: &str = "Whether what `explain` says with 99 % comes true";
/// Draws of a model in a quick one.
const QUICK: u64 = 40;

/// What was typed.
struct Reproduce {
    name: Option<String>,
    list: bool,
    data: Option<PathBuf>,
    quick: bool,
    seeds: Option<u64>,
    only: Option<String>,
    out: Option<PathBuf>,
    json: bool,
}

impl Reproduce {
    fn of(matches: &ArgMatches, everywhere: &Everywhere) -> Result<Self> {
        let json = match everywhere.output {
            Output::Table | Output::Markdown => false,
            Output::Json => true,
            Output::Jsonl | Output::Csv => bail!("--output: of experiments choose table or json"),
        };
        Ok(Self {
            name: matches.get_one("name").cloned(),
            list: matches.get_flag("list"),
            data: matches.get_one("data").cloned(),
            quick: matches.get_flag("quick"),
            seeds: matches.get_one("seeds").copied(),
            only: matches.get_one("only").cloned(),
            out: matches.get_one("out").cloned(),
            json,
        })
    }
}

impl Reproduce {
    /// Where results go, which is told.
    fn folder(&self, name: &str) -> PathBuf {
        let quick = if self.quick { "-quick" } else { "" };
        let default = || PathBuf::from("runs").join(format!("{name}{quick}"));
        let folder = self.out.clone().unwrap_or_else(default);
        note(&format!("results go to {}", folder.display()));
        folder
    }
}

/// Its arguments.
pub(crate) fn command() -> Command {
    let about = "Measure a table or figure of a paper again\n\nRuns every algorithm, budget and seed of the experiment \
                 over all cores and prints ours beside the paper's: medians, with quartiles. Ctrl-C stops; the same \
                 command goes on where it stopped. The folder holds the rows as JSON, the table as Markdown and the \
                 learning curves as SVG.";
    let path = || value_parser!(PathBuf);
    let option = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(value).help(help)
    };
    let flag = |id: &'static str, help: &'static str| {
        Arg::new(id).long(id).action(ArgAction::SetTrue).help(help)
    };
    let name = Arg::new("name").value_name("NAME").help(
        "The experiment: a name of the list, or a file like those in `experiments/` that ends with .toml",
    );
    let command = bare("reproduce", about).args([
        name,
        flag("list", "List the experiments").conflicts_with("name"),
        option("data", "FILE", "What to learn from in experiments on recorded data: a table of series, one a row; or sequences. In calibrations: what \
                                 to judge the search by besides draws of the model")
            .value_parser(path()),
        flag("quick", "Fewer seeds and steps: a minute or two"),
        option("seeds", "N", "Only so many seeds; with more, later, the same folder goes on")
            .value_parser(value_parser!(u64).range(1..)),
        option("only", "TEXT", "Only the lines of the table whose names hold this; with others, later, the same folder goes on"),
        option("out", "DIR", "The folder for the results, new or of the same experiment [default: runs/NAME]")
            .value_parser(path()),
    ]);
    let examples = [
        "reproduce --list",
        "reproduce mws-figure-4 --quick",
        "reproduce mws-table-5 --out results/table-5 --json",
        "reproduce avf-table-3 --data music --only JSB --seeds 1",
        "reproduce calibration-strings --data columns.jsonl",
    ];
    with_examples(
        command.args(everywhere::some(&["output", "json", "threads", "help"])),
        &examples,
    )
}

/// The experiments that there are.
fn list(args: &Reproduce, out: &mut dyn Write) -> Result<()> {
    if !args.list {
        bail!("name an experiment; see `{} reproduce --list`", program());
    }
    let experiments = CATALOGUE.iter().map(|(name, text)| {
        let experiment = Experiment::read(name, text, false)?;
        Ok((*name, experiment))
    });
    let experiments: Vec<(&str, Experiment)> = experiments.collect::<Result<_>>()?;
    if args.json {
        let entry = |(name, e): &(&str, Experiment)| {
            serde_json::json!({
                "experiment": name, "domain": e.domain, "title": e.title, "source": e.source,
            })
        };
        let experiments = experiments.iter().map(entry);
        let calibrations = tried().into_iter().map(|domain| {
            serde_json::json!({
                "experiment": format!("{CALIBRATION}{}", domain.name()), "domain": domain.name(), "title": CALIBRATIONS,
                "source": "",
            })
        });
        output::json(out, &experiments.chain(calibrations).collect::<Vec<_>>())?;
        return Ok(());
    }
    let longest = experiments.iter().map(|(name, _)| name.len()).max();
    let calibrations = tried()
        .into_iter()
        .map(|d| CALIBRATION.len() + d.name().len());
    let width = calibrations.chain(longest).max().unwrap_or(0);
    for (name, experiment) in &experiments {
        let Experiment { domain, title, .. } = experiment;
        writeln!(out, "{name:width$}  {domain:10}  {title}")?;
    }
    for domain in tried() {
        let (name, domain) = (format!("{CALIBRATION}{}", domain.name()), domain.name());
        writeln!(out, "{name:width$}  {domain:10}  {CALIBRATIONS}")?;
    }
    Ok(())
}

/// Tries the search of a domain where the truth is known, and fits how far to trust it.
fn calibrate(args: &Reproduce, name: &str, out: &mut dyn Write) -> Result<u8> {
    let all = tried();
    let domain = all.iter().find(|d| name[CALIBRATION.len()..] == *d.name());
    let domain = domain.with_context(|| {
        let names: Vec<String> = all
            .iter()
            .map(|d| format!("{CALIBRATION}{}", d.name()))
            .collect();
        format!("{name}: choose from {}", names.join(", "))
    })?;
    if args.seeds.is_some() || args.only.is_some() {
        bail!(
            "{name}: --seeds and --only are for experiments; a calibration takes --data, --quick and --out"
        );
    }
    let effort = Effort {
        drawn: if args.quick { QUICK } else { domain.draws() },
        recorded: args.data.clone(),
    };
    let folder = args.folder(name);
    let tell = |done: usize, all: usize| note(&format!("{done}/{all}"));
    let calibration = domain.calibrate(&effort, &folder, interrupt::flag()?, &tell)?;
    let Some(calibration) = calibration else {
        note("interrupted; the same command goes on where this stopped");
        return Ok(interrupt::CODE);
    };
    match args.json {
        true => output::json(out, &calibration)?,
        false => write!(out, "{}", calibration.markdown())?,
    }
    Ok(0)
}

fn measure(
    benchmark: &dyn AnyBenchmark,
    args: &Reproduce,
    name: &str,
    mut experiment: Experiment,
    out: &mut dyn Write,
) -> Result<u8> {
    if let Some(path) = &args.data {
        if !benchmark.takes_files() {
            bail!(
                "{name} makes its own data; --data is for experiments on time series and sequences"
            );
        }
        let file = path
            .to_str()
            .ok_or_else(|| anyhow!("--data: a path that is not UTF-8"))?;
        experiment.data.insert("file".into(), file.into());
    }
    experiment.seeds = args.seeds.unwrap_or(experiment.seeds);
    experiment.only = args.only.clone();
    let experiment = &experiment;
    let folder = args.folder(name);
    let axis = &experiment.axis.name;
    let tell = |Progress { cell, done, all }: Progress<'_>| {
        let Cell { variant, k, seed } = cell;
        note(&format!(
            "{done}/{all}  {variant}  {axis} = {k}  seed {seed}"
        ));
    };
    let Some(outcomes) = benchmark.run(experiment, &folder, interrupt::flag()?, &tell)? else {
        note("interrupted; the same command goes on where this stopped");
        return Ok(interrupt::CODE);
    };
    let rows = rows(name, experiment, &outcomes);
    let text = report(&benchmark.metrics(), experiment, &folder, &rows, &outcomes)?;
    match args.json {
        true => output::json(out, &rows)?,
        false => write!(out, "{text}")?,
    }
    Ok(0)
}

/// Writes rows, table and picture; the table is also what is shown.
fn report(
    metrics: &[Metric],
    experiment: &Experiment,
    folder: &Path,
    rows: &[Row],
    outcomes: &[(Cell, Outcome)],
) -> Result<String> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        write_whole(&path, text.as_bytes())
            .with_context(|| format!("{}: cannot be written", path.display()))
    };
    let mut text = markdown(experiment, metrics, rows);
    if !experiment.curves.is_empty() {
        write("curves.svg", &curves(experiment, metrics, outcomes))?;
        text.push_str("\n![Learning curves: medians and quartiles over seeds](curves.svg)\n");
    }
    let axis = &experiment.axis.name;
    for (cell, outcome) in outcomes {
        for (name, exhibit) in &outcome.exhibits {
            let Cell { variant, k, .. } = cell;
            text.push_str(&format!(
                "\n**{name}, {variant}, {axis} = {k}**\n\n{exhibit}\n"
            ));
        }
    }
    write("table.md", &text)?;
    write("results.json", &serde_json::to_string_pretty(rows)?)?;
    Ok(text)
}
