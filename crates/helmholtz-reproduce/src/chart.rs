//! Learning curves as a picture: a panel per metric and K, a line per variant.

use crate::table::quantile;
use crate::{Cell, Experiment, Metric, Outcome};
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

/// The size of a panel, in pixels.
const PANEL: (u32, u32) = (330, 260);
/// Room for the names of the variants below the panels, per line.
const LEGEND: u32 = 22;
/// Room for a character of a name, and for the line before it.
const CHARACTER: (u32, u32) = (7, 50);
/// Colours that people with any colour vision tell apart (Okabe and Ito).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(120, 120, 120),
];
/// Beyond this ratio a positive axis is logarithmic.
const WIDE: f64 = 30.0;

/// Median and quartiles over seeds at each step.
struct Curve {
    colour: RGBColor,
    /// Step, lower quartile, median, upper quartile.
    points: Vec<(f64, [f64; 3])>,
}

/// What a picture could not be drawn for.
type DrawingError = Box<dyn std::error::Error>;

/// The curves of an experiment as SVG.
pub fn curves(
    experiment: &Experiment,
    metrics: &[Metric],
    outcomes: &[(Cell, Outcome)],
) -> Result<String, DrawingError> {
    let columns = experiment.k.len() as u32;
    let rows = experiment.curves.len() as u32;
    let longest = experiment
        .variants
        .iter()
        .map(|v| v.name.chars().count())
        .max();
    let room = longest.unwrap_or(0) as u32 * CHARACTER.0 + CHARACTER.1;
    let names = (PANEL.0 * columns / room).max(1);
    let lines = (experiment.variants.len() as u32).div_ceil(names);
    let height = PANEL.1 * rows;
    let mut text = String::new();
    {
        let size = (PANEL.0 * columns, height + LEGEND * lines + 8);
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE)?;
        let (panels, legend) = root.split_vertically(height);
        let panels = panels.split_evenly((rows as usize, columns as usize));
        let each = experiment
            .curves
            .iter()
            .flat_map(|metric| experiment.k.iter().map(move |&k| (metric, k)));
        for (panel, (metric, k)) in panels.iter().zip(each) {
            let curves = gather(experiment, outcomes, metric, k);
            let heading = format!("{}, {} = {k}", short(metric, metrics), experiment.axis.name);
            draw(panel, &heading, &curves)?;
        }
        for (i, variant) in experiment.variants.iter().enumerate() {
            let (column, line) = (i as u32 % names, i as u32 / names);
            let at = ((12 + column * room) as i32, (6 + line * LEGEND) as i32);
            let line = vec![(at.0, at.1 + 7), (at.0 + 22, at.1 + 7)];
            legend.draw(&PathElement::new(line, colour(i).stroke_width(2)))?;
            let name = variant.name.clone();
            legend.draw(&Text::new(name, (at.0 + 28, at.1), ("sans-serif", 13)))?;
        }
        root.present()?;
    }
    Ok(text)
}

fn colour(i: usize) -> RGBColor {
    COLOURS[i % COLOURS.len()]
}

/// A metric in a few words.
fn short<'a>(name: &'a str, metrics: &[Metric]) -> &'a str {
    let known = metrics.iter().find(|m| m.name == name);
    known.map_or(name, |m| m.short)
}

fn gather(
    experiment: &Experiment,
    outcomes: &[(Cell, Outcome)],
    metric: &str,
    k: usize,
) -> Vec<Curve> {
    let curve = |(i, variant): (usize, &crate::Variant)| {
        let runs: Vec<&Outcome> = outcomes
            .iter()
            .filter(|(c, _)| c.variant == variant.name && c.k == k)
            .map(|(_, outcome)| outcome)
            .collect();
        let longest = runs.iter().map(|o| o.curve.len()).max().unwrap_or(0);
        let points = (0..longest).filter_map(|at| {
            let now = runs.iter().filter_map(|o| o.curve.get(at));
            let step = now.clone().next()?.step;
            let mut values: Vec<f64> = now.filter_map(|p| p.values.get(metric).copied()).collect();
            values.sort_by(f64::total_cmp);
            let quantiles = [0.25, 0.5, 0.75].map(|q| quantile(&values, q));
            (!values.is_empty()).then_some((step as f64, quantiles))
        });
        Curve {
            colour: colour(i),
            points: points.collect(),
        }
    };
    let curves = experiment.variants.iter().enumerate().map(curve);
    curves.filter(|c| !c.points.is_empty()).collect()
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn draw(area: &Area<'_>, heading: &str, curves: &[Curve]) -> Result<(), DrawingError> {
    let steps = curves.iter().flat_map(|c| &c.points).map(|p| p.0);
    let end = steps.fold(1.0, f64::max);
    let mut all: Vec<f64> = curves
        .iter()
        .flat_map(|c| &c.points)
        .flat_map(|p| p.1)
        .collect();
    all.sort_by(f64::total_cmp);
    // The first moments of learning are far off; what matters is what comes after them.
    let (low, high) = (quantile(&all, 0.0), quantile(&all, 0.97));
    if !(low.is_finite() && high.is_finite()) {
        return Ok(());
    }
    if low > 0.0 && high / low > WIDE {
        panel(
            area,
            heading,
            curves,
            end,
            (low * 0.8..high * 1.3).log_scale(),
            high * 1.3,
        )
    } else {
        let margin = (high - low).max(1e-6) * 0.06;
        panel(
            area,
            heading,
            curves,
            end,
            low - margin..high + margin,
            high + margin,
        )
    }
}

fn panel<'a, Y>(
    area: &Area<'a>,
    heading: &str,
    curves: &[Curve],
    end: f64,
    y: Y,
    top: f64,
) -> Result<(), DrawingError>
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64> + 'a,
{
    let mut chart = ChartBuilder::on(area)
        .caption(heading, ("sans-serif", 14))
        .margin(8)
        .x_label_area_size(24)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..end, y)?;
    let steps = |x: &f64| match *x {
        x if x >= 1000.0 => format!("{}k", x / 1000.0),
        x => format!("{x}"),
    };
    chart
        .configure_mesh()
        .x_labels(5)
        .y_labels(6)
        .x_label_formatter(&steps)
        .light_line_style(WHITE.mix(0.0))
        .bold_line_style(BLACK.mix(0.1))
        .draw()?;
    for Curve { colour, points } in curves {
        let cut = |v: f64| v.min(top);
        let lower = points.iter().map(|(x, q)| (*x, cut(q[0])));
        let upper = points.iter().rev().map(|(x, q)| (*x, cut(q[2])));
        let band: Vec<(f64, f64)> = lower.chain(upper).collect();
        chart.draw_series([Polygon::new(band, colour.mix(0.15))])?;
        let median = points.iter().map(|(x, q)| (*x, cut(q[1])));
        chart.draw_series(LineSeries::new(median, colour.stroke_width(2)))?;
    }
    Ok(())
}
