//! Series with their forecasts side by side, as SVG: the picture of HMWS, figure 6, and MWS, figure 11.

use super::explain::Explanation;
use super::read::NamedSeries;
use helmholtz_data::svg::{FORECAST, SEEN, Scale, document, fill, group, label, polyline, stroke};

/// A series, what was found about it, and how it went on.
pub struct Panel {
    /// What was recorded.
    pub series: NamedSeries,
    /// What was found.
    pub explanation: Explanation,
    /// How it went on.
    pub actual: Vec<f64>,
}

const COLUMNS: usize = 3;
const WIDTH: f64 = 290.0;
const HEIGHT: f64 = 150.0;
/// Room above a curve for its kernel, and around it.
const HEAD: f64 = 22.0;
const EDGE: f64 = 8.0;

/// All panels, three in a row: what was seen is blue; the forecast's mean, its interval and one sample are
/// orange; what really came is thin and black.
pub fn drawing(panels: &[Panel]) -> String {
    let rows = panels.len().div_ceil(COLUMNS);
    let (width, height) = (COLUMNS as f64 * WIDTH, rows as f64 * HEIGHT);
    let panels = panels.iter().enumerate().map(|(i, panel)| {
        let at = ((i % COLUMNS) as f64 * WIDTH, (i / COLUMNS) as f64 * HEIGHT);
        group(at, &panel.draw())
    });
    document((width, height), &panels.collect::<String>())
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
            polyline(points.iter().map(|&(t, v)| (x.at(t), y.at(v))), style)
        };
        let future = |values: &mut dyn Iterator<Item = f64>| -> Vec<(f64, f64)> {
            forecast.iter().map(|m| m.t).zip(values).collect()
        };
        let mut band = future(&mut forecast.iter().map(|m| m.upper));
        let lower = future(&mut forecast.iter().map(|m| m.lower));
        band.extend(lower.into_iter().rev());
        let seen = self.series.times.iter().zip(&self.series.values);
        let seen = seen.map(|(&t, &v)| (t, v)).collect();
        [
            self.title(),
            line(band, &fill(FORECAST, 0.2)),
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
        label((EDGE, 16.0), &text)
    }
}
