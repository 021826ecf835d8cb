//! From outcomes to rows, and from rows to tables.

use std::fmt::Write;

use serde::Serialize;

use super::{Cell, Experiment, Metric, Outcome};

/// A number of an experiment: the median over seeds, with quartiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The experiment's name.
    pub experiment: String,
    /// The domain.
    pub domain: String,
    /// The variant: an algorithm, perhaps with a remark.
    pub algorithm: String,
    /// K.
    pub k: usize,
    /// What was measured.
    pub metric: String,
    /// The median over seeds.
    pub value: f64,
    /// The lower quartile.
    pub lower: f64,
    /// The upper quartile.
    pub upper: f64,
    /// The number of seeds.
    pub seeds: usize,
    /// The paper's number, if it has one.
    pub paper: Option<f64>,
}

/// The rows of an experiment: metrics in their order, variants, values of K; then the margins.
pub fn rows(name: &str, experiment: &Experiment, outcomes: &[(Cell, Outcome)]) -> Vec<Row> {
    let mut rows = vec![];
    for metric in &experiment.metrics {
        for variant in &experiment.variants {
            for &k in &experiment.k {
                let own = |(c, _): &&(Cell, Outcome)| c.variant == variant.name && c.k == k;
                let cells = outcomes.iter().filter(own);
                let mut values: Vec<f64> = cells
                    .filter_map(|(_, o)| o.result.get(metric).copied())
                    .collect();
                values.sort_by(f64::total_cmp);
                rows.extend((!values.is_empty()).then(|| Row {
                    experiment: name.into(),
                    domain: experiment.domain.clone(),
                    algorithm: variant.name.clone(),
                    k,
                    metric: metric.clone(),
                    value: quantile(&values, 0.5),
                    lower: quantile(&values, 0.25),
                    upper: quantile(&values, 0.75),
                    seeds: values.len(),
                    paper: published(experiment, metric, &variant.name, k),
                }));
            }
        }
    }
    rows.extend(margins(experiment, &rows));
    rows
}

fn published(experiment: &Experiment, metric: &str, variant: &str, k: usize) -> Option<f64> {
    experiment.paper.get(metric)?.at(variant, k)
}

/// How far below the least of its rivals a variant is, in medians.
fn margins(experiment: &Experiment, rows: &[Row]) -> Vec<Row> {
    let find = |variant: &str, metric: &str, k: usize| {
        rows.iter()
            .find(|r| r.algorithm == variant && r.metric == metric && r.k == k)
    };
    let margins = experiment.margins.iter();
    let each = margins.flat_map(|m| experiment.k.iter().map(move |&k| (m, k)));
    each.filter_map(|(margin, k)| {
        let own = find(&margin.of, &margin.metric, k)?;
        let rivals = margin.against.iter();
        let rivals = rivals.filter_map(|v| find(v, &margin.metric, k).map(|r| r.value));
        let value = rivals.reduce(f64::min)? - own.value;
        let metric = format!("{}{}", margin.metric, Experiment::MARGIN);
        Some(Row {
            algorithm: margin.name.clone(),
            paper: published(experiment, &metric, &margin.name, k),
            metric,
            value,
            lower: f64::NAN,
            upper: f64::NAN,
            ..own.clone()
        })
    })
    .collect()
}

/// The quantile of sorted numbers, linear between neighbours.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = q * (sorted.len().max(1) - 1) as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    match (sorted.get(below), sorted.get(above)) {
        (Some(a), Some(b)) => a + (b - a) * at.fract(),
        _ => f64::NAN,
    }
}

/// The rows as Markdown: a table per metric, a line per variant, a column per K.
pub fn markdown(experiment: &Experiment, metrics: &[Metric], rows: &[Row]) -> String {
    let mut text = format!("# {}\n\n{}.", experiment.title, experiment.source);
    let notes = experiment.notes.trim();
    if !notes.is_empty() {
        text.extend([" ", notes]);
    }
    text.push_str(
        "\n\nMedian [quartiles] over seeds; in brackets, after the semicolon, the paper's.\n",
    );
    let mut names: Vec<&str> = vec![];
    for row in rows {
        if !names.contains(&row.metric.as_str()) {
            names.push(&row.metric);
        }
    }
    for name in names {
        let own: Vec<&Row> = rows.iter().filter(|r| r.metric == name).collect();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n**{}**\n\n{}",
            title(name, metrics),
            grid(&experiment.axis.name, &own)
        );
    }
    text
}

/// What a metric is called in a heading.
pub fn title(name: &str, metrics: &[Metric]) -> String {
    let plain = name.strip_suffix(Experiment::MARGIN);
    let known = metrics.iter().find(|m| m.name == plain.unwrap_or(name));
    let title = known.map_or(name, |m| m.title).to_owned();
    match plain {
        Some(_) => format!("Improvement over the best rival: {title}"),
        None => title,
    }
}

fn grid(axis: &str, rows: &[&Row]) -> String {
    let mut ks: Vec<usize> = rows.iter().map(|r| r.k).collect();
    ks.sort_unstable();
    ks.dedup();
    let mut variants: Vec<&str> = vec![];
    for row in rows {
        if !variants.contains(&row.algorithm.as_str()) {
            variants.push(&row.algorithm);
        }
    }
    let heads: String = ks.iter().map(|k| format!(" {axis} = {k} |")).collect();
    let mut text = format!("| |{heads}\n|---|{}\n", "---|".repeat(ks.len()));
    let cells = |variant: &str| -> String {
        let cell = |k: &usize| {
            let row = rows.iter().find(|r| r.algorithm == variant && r.k == *k);
            format!(" {} |", row.map(|r| number(r)).unwrap_or_default())
        };
        ks.iter().map(cell).collect()
    };
    // What is a property of the data is the same for many, and told once.
    for same in variants.chunk_by(|a, b| cells(a) == cells(b)) {
        let names: Vec<String> = match same {
            [first, .., last] if same.len() > 2 => vec![format!("{first} ... {last}")],
            _ => same.iter().map(|name| (*name).to_owned()).collect(),
        };
        for name in names {
            let _ = writeln!(text, "| {name} |{}", cells(same[0]));
        }
    }
    text
}

/// `1.23 [1.10, 1.31; 1.5]`.
fn number(row: &Row) -> String {
    let quartiles = (row.seeds > 1 && row.lower.is_finite())
        .then(|| format!("{}, {}", digits(row.lower), digits(row.upper)));
    let paper = row.paper.map(|p| format!("; {p}"));
    let value = digits(row.value);
    match (quartiles, paper) {
        (None, None) => value,
        (quartiles, paper) => format!(
            "{value} [{}{}]",
            quartiles.unwrap_or_default(),
            paper.unwrap_or_default()
        ),
    }
}

/// Three digits that count.
fn digits(x: f64) -> String {
    match x.abs() {
        a if a >= 99.95 => format!("{x:.0}"),
        a if a >= 9.995 => format!("{x:.1}"),
        a if !(5e-5..0.9995).contains(&a) => format!("{x:.2}"),
        a if a >= 0.09995 => format!("{x:.3}"),
        _ => format!("{x:.4}"),
    }
}
