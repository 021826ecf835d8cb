//! Learning curves as a picture: a panel per metric and K, a line per variant.

use crate::table::quantile;
use crate::{Cell, Experiment, Metric, Outcome, Variant};
use helmholtz_data::svg::{
    Axis, COLOURS, Key, Plot, document, fill, group, legend, range, stroke, tick_label,
};

/// The size of a panel.
const PANEL: (f64, f64) = (330.0, 260.0);
/// The room below the legend.
const EDGE: f64 = 8.0;
/// The most steps between the marks of the two axes.
const STEPS: usize = 5;
const VALUES: usize = 6;
/// Beyond this ratio a positive axis is logarithmic.
const WIDE: f64 = 30.0;
/// The first moments of learning are far off; what matters is what comes after them.
const SHOWN: f64 = 0.97;

/// Median and quartiles over seeds at each step.
struct Curve {
    /// Which variant it is of.
    variant: usize,
    /// Step, and lower quartile, median, upper quartile.
    points: Vec<(f64, [f64; 3])>,
}

/// The curves of an experiment as SVG: medians as lines, and from quartile to quartile as bands.
pub fn curves(experiment: &Experiment, metrics: &[Metric], outcomes: &[(Cell, Outcome)]) -> String {
    let mut body = String::new();
    for (row, metric) in experiment.curves.iter().enumerate() {
        for (column, &k) in experiment.k.iter().enumerate() {
            let heading = format!("{}, {} = {k}", short(metric, metrics), experiment.axis.name);
            let panel = panel(&heading, &gather(experiment, outcomes, metric, k));
            body += &group((column as f64 * PANEL.0, row as f64 * PANEL.1), &panel);
        }
    }
    let width = PANEL.0 * experiment.k.len().max(1) as f64;
    let height = PANEL.1 * experiment.curves.len() as f64;
    let variants = experiment.variants.iter().enumerate();
    let keys: Vec<Key> = variants.map(|(i, v)| Key::new(&v.name, line(i))).collect();
    let (names, room) = legend(&keys, width);
    body += &group((0.0, height), &names);
    document((width, height + room + EDGE), &body)
}

/// A metric in a few words.
fn short<'a>(name: &'a str, metrics: &[Metric]) -> &'a str {
    let known = metrics.iter().find(|m| m.name == name);
    known.map_or(name, |m| m.short)
}

/// The colour of a variant.
fn colour(variant: usize) -> &'static str {
    COLOURS[variant % COLOURS.len()]
}

/// The line of a variant: dashed where its colour is that of another.
fn line(variant: usize) -> String {
    let dashes = match variant / COLOURS.len() {
        0 => String::new(),
        round => format!(" stroke-dasharray=\"{} 3\"", 8 / round),
    };
    stroke(colour(variant), 2.0, 1.0) + &dashes
}

/// The curves of one panel, of variants that have any.
fn gather(
    experiment: &Experiment,
    outcomes: &[(Cell, Outcome)],
    metric: &str,
    k: usize,
) -> Vec<Curve> {
    let curve = |(i, variant): (usize, &Variant)| {
        let own = outcomes
            .iter()
            .filter(|(c, _)| c.variant == variant.name && c.k == k);
        let runs: Vec<&Outcome> = own.map(|(_, outcome)| outcome).collect();
        let longest = runs.iter().map(|o| o.curve.len()).max().unwrap_or(0);
        let points = (0..longest).filter_map(|at| summary(&runs, metric, at));
        Curve {
            variant: i,
            points: points.collect(),
        }
    };
    let curves = experiment.variants.iter().enumerate().map(curve);
    curves.filter(|c| !c.points.is_empty()).collect()
}

/// The step of a measurement, and the quartiles over the runs that have it.
fn summary(runs: &[&Outcome], metric: &str, at: usize) -> Option<(f64, [f64; 3])> {
    let now = runs.iter().filter_map(|o| o.curve.get(at));
    let step = now.clone().next()?.step;
    let mut values: Vec<f64> = now.filter_map(|p| p.values.get(metric).copied()).collect();
    values.sort_by(f64::total_cmp);
    let quartiles = [0.25, 0.5, 0.75].map(|q| quantile(&values, q));
    (!values.is_empty()).then_some((step as f64, quartiles))
}

fn panel(heading: &str, curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|c| &c.points);
    let end = points().map(|p| p.0).fold(1.0, f64::max);
    let steps = Axis::linear((0.0, end), STEPS).labelled(|x| match x {
        x if x >= 1000.0 => tick_label(x / 1000.0) + "k",
        x => tick_label(x),
    });
    let mut values: Vec<f64> = points().flat_map(|p| p.1).collect();
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    let mut plot = Plot::new(PANEL, heading, steps, values_axis(&values));
    for Curve { variant, points } in curves {
        let band = points.iter().map(|&(x, [low, _, high])| (x, [low, high]));
        plot.band(band, &fill(colour(*variant), 0.15));
    }
    for Curve { variant, points } in curves {
        plot.line(points.iter().map(|&(x, [_, y, _])| (x, y)), &line(*variant));
    }
    plot.draw()
}

/// An axis for sorted values: of logarithms where they differ in size, without marks where there are none.
fn values_axis(sorted: &[f64]) -> Axis {
    let (low, high) = (quantile(sorted, 0.0), quantile(sorted, SHOWN));
    match sorted {
        [] => Axis::linear((0.0, 1.0), VALUES).marked([]),
        _ if low > 0.0 && high / low > WIDE => Axis::log((low * 0.8, high * 1.3), VALUES),
        _ => Axis::linear(range([low, high], 0.06), VALUES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Point;

    const TEXT: &str = "title = \"t\"\nsource = \"s\"\ndomain = \"mixture\"\nnotes = \"n\"\nsteps = 2000\n\
                        measures = 2\nseeds = 3\nk = [2, 5]\nmetrics = [\"a\"]\ncurves = [\"a\", \"b\"]\n\
                        [[variants]]\nname = \"x < y\"\n[[variants]]\nname = \"z\"\n[quick]\n";
    const METRICS: [Metric; 1] = [Metric {
        name: "a",
        title: "the distance",
        short: "distance",
    }];

    fn experiment() -> Experiment {
        Experiment::read("test", TEXT, false).unwrap()
    }

    /// A run of the first variant that measured these values, one each thousand steps.
    fn run(seed: u64, values: &[f64]) -> (Cell, Outcome) {
        let point = |(i, &value): (usize, &f64)| Point {
            step: 1000 * (i as u64 + 1),
            evaluations: 0.0,
            unique_evaluations: 0.0,
            values: [("a".to_owned(), value)].into(),
        };
        let outcome = Outcome {
            curve: values.iter().enumerate().map(point).collect(),
            result: [].into(),
            exhibits: vec![],
        };
        let variant = "x < y".into();
        (
            Cell {
                variant,
                k: 2,
                seed,
            },
            outcome,
        )
    }

    #[test]
    fn panels_have_headings_bands_and_lines() {
        let outcomes = [
            run(1, &[3.0, 1.0]),
            run(2, &[4.0, 2.0]),
            run(3, &[5.0, 2.0]),
        ];
        let svg = curves(&experiment(), &METRICS, &outcomes);
        for heading in ["distance, K = 2", "distance, K = 5", "b, K = 2", "b, K = 5"] {
            assert!(svg.contains(heading), "{svg}");
        }
        // A line in its panel and one in the legend; a band; a variant without runs is in the legend only.
        assert_eq!(svg.matches(&line(0)).count(), 2);
        assert_eq!(svg.matches("<polygon").count(), 1);
        assert_eq!(svg.matches(&line(1)).count(), 1);
        assert!(svg.contains("x &lt; y") && svg.contains("1k</text>"));
        assert_eq!(svg, curves(&experiment(), &METRICS, &outcomes));
    }

    #[test]
    fn wide_ranges_have_logarithmic_axes() {
        let log = values_axis(&[0.01, 1.0, 10.0, 10.0]);
        assert_eq!(log, Axis::log((0.008, 13.0), VALUES));
        assert_eq!(values_axis(&[7.0]), Axis::linear((6.3, 7.7), VALUES));
        let linear = values_axis(&[-1.0, 1.0, 100.0, 100.0]);
        assert_eq!(linear, Axis::linear(range([-1.0, 100.0], 0.06), VALUES));
    }

    #[test]
    fn odd_values_do_no_harm() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        for values in [
            &odd[..],
            &[1.0],
            &[2.0, 2.0, 2.0],
            &[1.0, f64::NAN, 1e300],
            &[],
        ] {
            let svg = curves(&experiment(), &METRICS, &[run(1, values)]);
            assert!(
                !svg.contains("NaN") && !svg.contains("inf"),
                "{values:?}: {svg}"
            );
        }
    }

    #[test]
    fn lines_of_one_colour_differ_in_dashes() {
        let lines: std::collections::BTreeSet<String> = (0..24).map(line).collect();
        assert_eq!(lines.len(), 24);
    }
}
