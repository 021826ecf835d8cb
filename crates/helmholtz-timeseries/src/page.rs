//! A series, what comes next, and its parts, as a page.

use super::explain::{Component, ExplainOptions, Explanation};
use super::read::NamedSeries;
use super::scale::Scale;
use helmholtz_core::product::words::{mark, percent};
use helmholtz_data::svg::{
    Axis, FORECAST, Key, Plot, SEEN, document, escape, fill, group, legend, page_of, range, stroke,
    ticks,
};

/// The sizes of the panels.
const MAIN: (f64, f64) = (860.0, 300.0);
const PART: (f64, f64) = (860.0, 120.0);
/// The most steps between the marks of times, of values, and of the values of parts.
const TIMES: usize = 10;
const VALUES: usize = 8;
const FEW: usize = 5;
/// The share of a range that is left free beside the data.
const ROOM: f64 = 0.05;
/// How faint the band of the forecast is, and how wide in the legend.
const BAND: f64 = 0.18;
const KEY: f64 = 12.0;

/// A number with four digits.
pub(super) fn number(x: f64) -> String {
    let digits = match x.abs() {
        a if a != 0.0 && !(1e-4..1e9).contains(&a) => return format!("{x:.3e}"),
        a if a >= 1000.0 || a == 0.0 => 0,
        a => (3 - a.log10().floor() as i32).clamp(0, 12) as usize,
    };
    format!("{x:.digits$}")
}

/// A page with what may be wrong, the kernels, and the picture.
pub(super) fn page(named: &NamedSeries, explanation: &Explanation) -> String {
    let doubt = explanation.approximate.as_deref();
    let doubt = doubt.map(|why| format!("<p>approximate: {}</p>\n", escape(why)));
    let programs = explanation.programs.iter().map(|p| {
        let (percent, kernel) = (percent(p.weight), escape(&p.expression));
        let mark = mark(p.approximate.as_deref());
        format!("<tr><td>{percent}</td><td><code>{kernel}</code>{mark}</td></tr>")
    });
    let missed = format!(
        "<tr><td>{}</td><td>something else, not found by the search</td></tr>",
        percent(explanation.trust.not_found)
    );
    let table = format!("<table>{}{missed}</table>", programs.collect::<String>());
    let body = doubt.unwrap_or_default() + &table + "\n" + &svg(named, explanation);
    page_of(&named.name, &body)
}

/// Data and forecast above, the parts of the best kernel below.
fn svg(named: &NamedSeries, explanation: &Explanation) -> String {
    let (names, room) = legend(&keys(), MAIN.0);
    let mut body = future(named, explanation) + &group((0.0, MAIN.1), &names);
    let mut height = MAIN.1 + room;
    for component in &explanation.components {
        body += &group((0.0, height), &part(named, explanation, component));
        height += PART.1;
    }
    document((MAIN.0, height), &body)
}

/// The styles of the lines.
fn recorded() -> String {
    stroke(SEEN, 1.2, 1.0)
}

fn median() -> String {
    stroke(FORECAST, 2.0, 1.0)
}

fn drawn() -> String {
    stroke(FORECAST, 1.0, 0.55)
}

/// What the lines are.
fn keys() -> [Key; 4] {
    let inside = 100.0 * (1.0 - 2.0 * ExplainOptions::default().tail);
    [
        Key::new("recorded", recorded()),
        Key::new("forecast: median", median()),
        Key::new(format!("{inside:.0} % band"), stroke(FORECAST, KEY, BAND)),
        Key::new("one way it may go on", drawn()),
    ]
}

fn times(named: &NamedSeries, explanation: &Explanation) -> Vec<f64> {
    let future = explanation.forecast.iter().map(|m| m.t);
    named.times.iter().copied().chain(future).collect()
}

/// The axis of times, with labels as the file has them.
fn time_axis(named: &NamedSeries, times: &[f64]) -> Axis {
    let (low, high) = range(times.iter().copied(), 0.02);
    let axis = Axis::linear((low, high), TIMES);
    // Months are counted, and years begin at multiples of 12.
    let years = ticks((low / 12.0, high / 12.0), TIMES);
    let months: Vec<f64> = years.into_iter().map(|year| 12.0 * year).collect();
    let whole = named.unit == "months" && months.iter().all(|m| m.fract() == 0.0);
    let axis = if whole { axis.marked(months) } else { axis };
    axis.labelled(|t| named.label(t))
}

fn future(named: &NamedSeries, explanation: &Explanation) -> String {
    let forecast = &explanation.forecast;
    let x = time_axis(named, &times(named, explanation));
    let bounds = forecast.iter().flat_map(|m| [m.lower, m.upper]);
    let known = named.values.iter().chain(&explanation.sample).copied();
    let y = Axis::linear(range(known.chain(bounds), ROOM), VALUES);
    let mut plot = Plot::new(MAIN, "", x, y);
    let band = forecast.iter().map(|m| (m.t, [m.lower, m.upper]));
    plot.band(band, &fill(FORECAST, BAND));
    let moments = forecast.iter().map(|m| m.t);
    plot.line(moments.zip(explanation.sample.iter().copied()), &drawn());
    plot.line(forecast.iter().map(|m| (m.t, m.median)), &median());
    let data = named.times.iter().zip(&named.values);
    plot.line(data.map(|(&t, &v)| (t, v)), &recorded());
    plot.draw()
}

fn part(named: &NamedSeries, explanation: &Explanation, component: &Component) -> String {
    let times = times(named, explanation);
    let values = component.values.iter();
    // Parts of logarithms are shown as the factors that they are.
    let values: Vec<f64> = match explanation.scale {
        Scale::Linear => values.copied().collect(),
        Scale::Log => values.map(|v| v.exp()).collect(),
    };
    let x = time_axis(named, &times).labelled(|_| String::new());
    let y = Axis::linear(range(values.iter().copied(), ROOM), FEW);
    let mut plot = Plot::new(PART, &component.description, x, y);
    let all = || times.iter().copied().zip(values.iter().copied());
    let seen = named.times.len();
    plot.line(
        all().skip(seen.saturating_sub(1)),
        &stroke(FORECAST, 1.2, 1.0),
    );
    plot.line(all().take(seen), &recorded());
    plot.draw()
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
