//! Series with their forecasts side by side, as SVG: the picture of HMWS, figure 6, and MWS, figure 11.

use std::fmt::Write;

use super::explain::Explanation;
use super::read::NamedSeries;

/// A series, what was found about it, and how it went on.
pub(super) struct Panel {
    pub(super) series: NamedSeries,
    pub(super) explanation: Explanation,
    pub(super) actual: Vec<f64>,
}

const COLUMNS: usize = 3;
const WIDTH: f64 = 290.0;
const HEIGHT: f64 = 150.0;
/// Room above a curve for its kernel, and around it.
const HEAD: f64 = 22.0;
const EDGE: f64 = 8.0;
const SEEN: &str = "#0072b2";
const FORECAST: &str = "#d55e00";

/// From data to the picture, linearly.
struct Scale {
    least: f64,
    per: f64,
    origin: f64,
}

impl Scale {
    fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        });
        Self {
            least,
            per: (to - from) / (most - least).max(f64::MIN_POSITIVE),
            origin: from,
        }
    }

    fn at(&self, x: f64) -> f64 {
        self.origin + (x - self.least) * self.per
    }
}

/// All panels, three in a row: what was seen is blue; the forecast's mean, its interval and one sample are
/// orange; what really came is thin and black.
pub(super) fn drawing(panels: &[Panel]) -> String {
    let rows = panels.len().div_ceil(COLUMNS);
    let (width, height) = (COLUMNS as f64 * WIDTH, rows as f64 * HEIGHT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (i, panel) in panels.iter().enumerate() {
        let (x, y) = ((i % COLUMNS) as f64 * WIDTH, (i / COLUMNS) as f64 * HEIGHT);
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<g transform=\"translate({x} {y})\">\n{}</g>",
            panel.draw()
        );
    }
    svg + "</svg>\n"
}

impl Panel {
    fn draw(&self) -> String {
        let forecast = &self.explanation.forecast;
        let times = forecast.iter().map(|m| m.t);
        let x = Scale::new(
            self.series.times.iter().copied().chain(times),
            EDGE,
            WIDTH - EDGE,
        );
        let bounds = forecast.iter().flat_map(|m| [m.lower, m.upper]);
        let known = self.series.values.iter().chain(&self.actual).copied();
        let y = Scale::new(known.chain(bounds), HEIGHT - EDGE, HEAD + EDGE);
        let line = |points: Vec<(f64, f64)>, style: &str| {
            let points = points.iter().map(|&(t, v)| (x.at(t), y.at(v)));
            let points: Vec<String> = points.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            format!("<polyline points=\"{}\" {style}/>\n", points.join(" "))
        };
        let future = |values: &mut dyn Iterator<Item = f64>| -> Vec<(f64, f64)> {
            forecast.iter().map(|m| m.t).zip(values).collect()
        };
        let mut band = future(&mut forecast.iter().map(|m| m.upper));
        let lower = future(&mut forecast.iter().map(|m| m.lower));
        band.extend(lower.into_iter().rev());
        let stroke = |colour: &str, width: f64, opacity: f64| {
            format!(
                "fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" opacity=\"{opacity}\""
            )
        };
        let seen = self.series.times.iter().zip(&self.series.values);
        let seen = seen.map(|(&t, &v)| (t, v)).collect();
        [
            self.title(),
            line(band, &format!("fill=\"{FORECAST}\" opacity=\"0.2\"")),
            line(
                future(&mut self.explanation.sample.iter().copied()),
                &stroke(FORECAST, 1.0, 0.5),
            ),
            line(
                future(&mut self.actual.iter().copied()),
                &stroke("black", 0.7, 0.8),
            ),
            line(
                future(&mut forecast.iter().map(|m| m.mean)),
                &stroke(FORECAST, 2.0, 1.0),
            ),
            line(seen, &stroke(SEEN, 1.2, 1.0)),
        ]
        .concat()
    }

    /// The best kernel and its probability.
    fn title(&self) -> String {
        let best = self.explanation.programs.first();
        let text = best.map(|p| format!("{}  ({:.0} %)", p.expression, 100.0 * p.weight));
        let text = text.unwrap_or_default().replace('*', "×");
        format!("<text x=\"{EDGE}\" y=\"16\">{text}</text>\n")
    }
}
