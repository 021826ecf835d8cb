//! `helmholtz reproduce`: a table or figure of a paper, measured again.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;
use helmholtz::files::write_whole;
use helmholtz_reproduce::table::{Row, markdown, rows};
use helmholtz_reproduce::{Benchmark, Cell, Experiment, Outcome, Progress, run};

use crate::args::{Domain, Reproduce};
use crate::domain::with_domain;
use crate::interrupt;
use crate::output::{self, note};
use helmholtz_reproduce::catalogue::{CATALOGUE, find};
use helmholtz_reproduce::chart::curves;

pub(super) fn run_command(args: &Reproduce, out: &mut dyn Write) -> Result<ExitCode> {
    let Some(name) = &args.name else {
        list(args, out)?;
        return Ok(ExitCode::SUCCESS);
    };
    let (name, text) = find(name)?;
    let experiment = Experiment::read(name, &text, args.quick)?;
    let domain = Domain::from_str(&experiment.domain, false);
    let domain = domain.map_err(|_| anyhow!("{name}: there is no domain {}", experiment.domain))?;
    with_domain!(domain, D => reproduce::<D>(args, name, experiment, out))
}

/// The experiments that there are.
fn list(args: &Reproduce, out: &mut dyn Write) -> Result<()> {
    if !args.list {
        bail!("name an experiment; see `helmholtz reproduce --list`");
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
        output::json(out, &experiments.iter().map(entry).collect::<Vec<_>>())?;
        return Ok(());
    }
    let longest = experiments.iter().map(|(name, _)| name.len()).max();
    let width = longest.unwrap_or(0);
    for (name, experiment) in &experiments {
        let Experiment { domain, title, .. } = experiment;
        writeln!(out, "{name:width$}  {domain:10}  {title}")?;
    }
    Ok(())
}

fn reproduce<D: Benchmark>(
    args: &Reproduce,
    name: &str,
    mut experiment: Experiment,
    out: &mut dyn Write,
) -> Result<ExitCode> {
    if let Some(path) = &args.data {
        if !D::FROM_FILE {
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
    let quick = if args.quick { "-quick" } else { "" };
    let default = || PathBuf::from("runs").join(format!("{name}{quick}"));
    let folder = args.out.clone().unwrap_or_else(default);
    note(&format!("results go to {}", folder.display()));
    let axis = &experiment.axis.name;
    let tell = |Progress { cell, done, all }: Progress<'_>| {
        let Cell { variant, k, seed } = cell;
        note(&format!(
            "{done}/{all}  {variant}  {axis} = {k}  seed {seed}"
        ));
    };
    let Some(outcomes) = run::<D>(experiment, &folder, interrupt::flag()?, tell)? else {
        note("interrupted; the same command goes on where this stopped");
        return Ok(ExitCode::from(interrupt::CODE));
    };
    let rows = rows(name, experiment, &outcomes);
    let text = report::<D>(experiment, &folder, &rows, &outcomes)?;
    match args.json {
        true => output::json(out, &rows)?,
        false => write!(out, "{text}")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes rows, table and picture; the table is also what is shown.
fn report<D: Benchmark>(
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
    let mut text = markdown(experiment, &D::metrics(), rows);
    if !experiment.curves.is_empty() {
        write("curves.svg", &curves(experiment, &D::metrics(), outcomes))?;
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
