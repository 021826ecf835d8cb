//! Mixtures: sets of points, explained by partitions into clusters.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Result, bail};
use helmholtz::data::{Format, ReadOptions};
use helmholtz::domain::Domain;
use helmholtz::domain::mixture::evaluate::evaluate;
use helmholtz::domain::mixture::explain::{Clustering, Explanation, explain};
use helmholtz::domain::mixture::read::{NamedPoints, read};
use helmholtz::domain::mixture::training::{BUILTIN_SETS, TRUE_VARIANCE, fantasies, generate};
use helmholtz::domain::mixture::{Config, MixtureDomain, Points, fit};

use super::{BUILTIN_SEED, MARGIN, Verbs, refuse_series};
use crate::args::{Evaluate, Explain, Layout, Reading, Sample};
use crate::format::{percent, visible};
use crate::loaded::Loaded;
use crate::output::{self, Style, note};

/// Partitions shown per set unless asked for more.
const SHOWN: usize = 5;

impl Verbs for MixtureDomain {
    const OBSERVATIONS: &'static str = "sets of points";

    fn read(path: &Path, reading: &Reading, _: &Config) -> Result<Vec<Points>> {
        Ok(named(path, reading)?.into_iter().map(|(_, x)| x).collect())
    }

    fn builtin(config: &Config) -> Vec<Points> {
        generate(BUILTIN_SETS, config.points, TRUE_VARIANCE, BUILTIN_SEED)
    }

    fn shipped() -> Result<Loaded<Self>> {
        let sd = TRUE_VARIANCE.sqrt();
        let config = Config {
            theta: [sd, 0.0, 0.0, sd],
            ..Config::default()
        };
        Loaded::untrained(config)
    }

    fn explain(loaded: &Loaded<Self>, args: &Explain, out: &mut dyn Write) -> Result<()> {
        let (model, _) = &loaded.networks;
        let sets = named(args.file()?, &args.reading)?;
        // Without a run of one's own the covariance is that of greatest likelihood for the file.
        let shipped = args.run == Path::new(Self::NAME);
        let sigma = match shipped {
            true => fit(sets.iter().map(|(_, x)| x)),
            false => model.sigma(),
        };
        let most = args.programs.unwrap_or(SHOWN);
        let explanations = sets.iter().map(|(name, x)| explain(name, x, sigma, most));
        if args.json {
            output::json(out, &explanations.collect::<Vec<_>>())?;
            return Ok(());
        }
        let source = if shipped {
            "fitted to this file"
        } else {
            "learned"
        };
        let [a, b, c] = sigma;
        note(&format!(
            "covariance of a cluster, {source}: [[{a:.4}, {b:.4}], [{b:.4}, {c:.4}]]"
        ));
        for (i, explanation) in explanations.enumerate() {
            if i > 0 {
                writeln!(out)?;
            }
            show(out, &explanation)?;
        }
        Ok(())
    }

    fn sample(loaded: &Loaded<Self>, args: &Sample, out: &mut dyn Write) -> Result<()> {
        let (model, _) = &loaded.networks;
        let drawn = fantasies(
            model,
            args.programs as usize,
            args.samples as usize,
            args.seed,
        );
        if args.json {
            output::json(out, &drawn)?;
            return Ok(());
        }
        let style = Style::of_stdout();
        for fantasy in &drawn {
            let log_prior = style.dim(&format!("(log p {:.1})", fantasy.log_prior));
            writeln!(
                out,
                "{}  {log_prior}",
                style.bold(&braces(&fantasy.clusters))
            )?;
            for set in &fantasy.samples {
                let points: Vec<String> = set
                    .points()
                    .iter()
                    .map(|[x, y]| format!("({x:.2}, {y:.2})"))
                    .collect();
                writeln!(out, "    {}", points.join("  "))?;
            }
        }
        Ok(())
    }

    fn evaluate(loaded: &Loaded<Self>, args: &Evaluate, out: &mut dyn Write) -> Result<()> {
        let (model, _) = &loaded.networks;
        let sets: Vec<Points> = Self::read(&args.data, &args.reading, &loaded.config)?;
        let evaluation = evaluate(model.sigma(), &sets);
        Ok(output::either(out, args.json, &evaluation)?)
    }
}

/// The sets of points of a file with their names.
fn named(path: &Path, reading: &Reading) -> Result<Vec<NamedPoints>> {
    refuse_series(reading, MixtureDomain::NAME)?;
    if !reading.columns.is_empty() {
        bail!(
            "--column is not for points; name the columns of the file x, y and, for several sets, set"
        );
    }
    let tabs = match reading.format {
        None | Some(Layout::Csv) => None,
        Some(Layout::Tsv) => Some(b'\t'),
        Some(Layout::Jsonl | Layout::Lines) => bail!("--format: points are read from csv and tsv"),
    };
    let options = ReadOptions {
        format: Some(Format::Table),
        delimiter: reading.delimiter.or(tabs),
        ..ReadOptions::default()
    };
    Ok(read(path, &options)?)
}

fn show(out: &mut dyn Write, explanation: &Explanation) -> io::Result<()> {
    let style = Style::of_stdout();
    let points: usize = explanation
        .partitions
        .first()
        .map_or(0, |p| p.clusters.iter().map(Vec::len).sum());
    let size = style.dim(&format!(
        "({points} points, {} partitions)",
        explanation.enumerated
    ));
    writeln!(out, "{}  {size}", style.bold(&visible(&explanation.name)))?;
    for (
        i,
        Clustering {
            clusters, weight, ..
        },
    ) in explanation.partitions.iter().enumerate()
    {
        let clusters = braces(clusters);
        let clusters = if i == 0 {
            style.bold(&clusters)
        } else {
            clusters
        };
        writeln!(out, "{:>MARGIN$}  {clusters}", percent(*weight))?;
    }
    let counts: Vec<String> = explanation
        .counts
        .iter()
        .filter(|(_, p)| **p >= 0.005)
        .map(|(n, p)| format!("{n}: {}", percent(*p)))
        .collect();
    writeln!(out, "{:>MARGIN$}  {}", "clusters", counts.join("  "))?;
    writeln!(
        out,
        "{:>MARGIN$}  {:.2} nats",
        "entropy", explanation.entropy
    )
}

/// `{1 2 5} {3 4}`.
fn braces(clusters: &[Vec<usize>]) -> String {
    let one = |cluster: &Vec<usize>| {
        let members: Vec<String> = cluster.iter().map(usize::to_string).collect();
        format!("{{{}}}", members.join(" "))
    };
    clusters.iter().map(one).collect::<Vec<_>>().join(" ")
}
