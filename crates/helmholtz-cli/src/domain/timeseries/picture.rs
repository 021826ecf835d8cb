//! A series, what comes next, and its parts, as a page.

use helmholtz::domain::timeseries::explain::Explanation;
use helmholtz::domain::timeseries::read::NamedSeries;
use helmholtz::domain::timeseries::scale::Scale;
use plotters::prelude::*;

use crate::picture::{DATA, DrawingError, FUTURE, Panel, WIDTH, page_of, span};

/// The heights of the panels, in pixels.
const HEIGHT: u32 = 300;
const PART: u32 = 120;

/// A number with four digits.
pub(super) fn number(x: f64) -> String {
    let digits = match x.abs() {
        a if a != 0.0 && !(1e-4..1e9).contains(&a) => return format!("{x:.3e}"),
        a if a >= 1000.0 || a == 0.0 => 0,
        a => (3 - a.log10().floor() as i32).clamp(0, 12) as usize,
    };
    format!("{x:.digits$}")
}

/// A page with the picture, the kernels and the words.
pub(super) fn page(named: &NamedSeries, explanation: &Explanation) -> Result<String, DrawingError> {
    let programs = explanation.programs.iter().map(|p| {
        let percent = crate::format::percent(p.weight);
        format!(
            "<tr><td>{percent}</td><td><code>{}</code></td></tr>",
            p.expression
        )
    });
    let table = format!("<table>{}</table>", programs.collect::<String>());
    Ok(page_of(
        &named.name,
        &format!("{table}\n{}", svg(named, explanation)?),
    ))
}

/// Data and forecast above, the parts of the best kernel below.
fn svg(named: &NamedSeries, explanation: &Explanation) -> Result<String, DrawingError> {
    let mut text = String::new();
    {
        let parts = explanation.components.len() as u32;
        let root = SVGBackend::with_string(&mut text, (WIDTH, HEIGHT + PART * parts));
        let root = root.into_drawing_area();
        root.fill(&WHITE)?;
        let (upper, mut lower) = root.split_vertically(HEIGHT);
        future(&upper, named, explanation)?;
        for component in &explanation.components {
            let (panel, rest) = lower.split_vertically(PART);
            part(&panel, named, explanation, component)?;
            lower = rest;
        }
        root.present()?;
    }
    Ok(text)
}

fn times(named: &NamedSeries, explanation: &Explanation) -> Vec<f64> {
    let future = explanation.forecast.iter().map(|m| m.t);
    named.times.iter().copied().chain(future).collect()
}

fn future(
    panel: &Panel<'_>,
    named: &NamedSeries,
    explanation: &Explanation,
) -> Result<(), DrawingError> {
    let forecast = &explanation.forecast;
    let bounds = forecast.iter().flat_map(|m| [m.lower, m.upper]);
    let y = span(named.values.iter().copied().chain(bounds));
    let x = span(times(named, explanation).into_iter());
    let mut chart = ChartBuilder::on(panel)
        .margin(8)
        .x_label_area_size(24)
        .y_label_area_size(56)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.08))
        .x_label_formatter(&|t| named.label(*t))
        .draw()?;
    let upper = forecast.iter().map(|m| (m.t, m.upper));
    let lower = forecast.iter().rev().map(|m| (m.t, m.lower));
    let band: Vec<(f64, f64)> = upper.chain(lower).collect();
    chart.draw_series([Polygon::new(band, FUTURE.mix(0.18))])?;
    let drawn = forecast
        .iter()
        .zip(&explanation.sample)
        .map(|(m, x)| (m.t, *x));
    chart.draw_series(LineSeries::new(drawn, FUTURE.mix(0.45)))?;
    let median = forecast.iter().map(|m| (m.t, m.median));
    chart.draw_series(LineSeries::new(median, FUTURE.stroke_width(2)))?;
    let data = named
        .times
        .iter()
        .copied()
        .zip(named.values.iter().copied());
    chart.draw_series(LineSeries::new(data, DATA.stroke_width(1)))?;
    Ok(())
}

fn part(
    panel: &Panel<'_>,
    named: &NamedSeries,
    explanation: &Explanation,
    component: &helmholtz::domain::timeseries::explain::Component,
) -> Result<(), DrawingError> {
    let times = times(named, explanation);
    let values = component.values.iter();
    // Parts of logarithms are shown as the factors that they are.
    let values: Vec<f64> = match explanation.scale {
        Scale::Linear => values.copied().collect(),
        Scale::Log => values.map(|v| v.exp()).collect(),
    };
    let (x, y) = (span(times.iter().copied()), span(values.iter().copied()));
    let mut chart = ChartBuilder::on(panel)
        .margin(8)
        .caption(&component.description, ("sans-serif", 13))
        .x_label_area_size(0)
        .y_label_area_size(56)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.08))
        .y_labels(4)
        .draw()?;
    let seen = named.times.len();
    let all: Vec<(f64, f64)> = times.into_iter().zip(values).collect();
    chart.draw_series(LineSeries::new(
        all[..seen].iter().copied(),
        DATA.stroke_width(1),
    ))?;
    chart.draw_series(LineSeries::new(
        all[seen - 1..].iter().copied(),
        FUTURE.stroke_width(1),
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        assert_eq!(
            [0.0, 12.0, 0.012_345_6, 123_456.7, 2.5e300].map(number),
            ["0", "12.00", "0.01235", "123457", "2.500e300"]
        );
    }
}
