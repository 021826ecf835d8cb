//! Data, prediction and reconstruction, one below the other, as SVG (AVF, figure 3).

use super::config::Config;
use super::follow::{Expected, Followed};
use super::recording::Recording;
use helmholtz_data::svg::{
    FORECAST, SEEN, Scale, document, fill, group, label, polyline, rectangle, stroke,
};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 170.0;
/// Room above for the title, on the left for numbers, and around.
const HEAD: f64 = 24.0;
const SIDE: f64 = 48.0;
const EDGE: f64 = 8.0;
/// Streams of more numbers than this a step are drawn as a wave, those of fewer a panel each.
const FEW: usize = 12;
/// The most values of a line, so that pictures stay small.
const MOST: usize = 20_000;
/// What is less likely is not drawn.
const FAINT: f32 = 0.03;

/// What is expected of each step, where it was scored.
type Part = fn(&Followed) -> &Expected;

const PREDICTED: (&str, Part) = ("prediction, before a step is seen", |f| &f.prediction);
const RECONSTRUCTED: (&str, Part) = ("reconstruction, after it is seen", |f| &f.reconstruction);

/// A recording with what was expected of its steps.
pub fn drawing(recording: &Recording, steps: &[Option<Followed>], config: &Config) -> String {
    let panels = match config.output {
        Some(output) if output.is_binary() => rolls(recording, steps),
        _ => waves(recording, steps).iter().map(Wave::draw).collect(),
    };
    let height = HEIGHT * panels.len() as f64;
    let placed = panels.iter().enumerate();
    let placed = placed.map(|(i, panel)| group((0.0, i as f64 * HEIGHT), panel));
    document((WIDTH, height), &placed.collect::<String>())
}

/// Three rolls, the darker the likelier.
fn rolls(recording: &Recording, steps: &[Option<Followed>]) -> Vec<String> {
    let data: Vec<&[f32]> = recording.steps.rows().collect();
    let of = |part: Part| -> Vec<&[f32]> {
        let scored = steps.iter().map(Option::as_ref);
        scored
            .map(|f| f.map_or(&[][..], |f| &part(f).mean))
            .collect()
    };
    let sounding =
        |row: &&[f32]| -> Vec<usize> { (0..row.len()).filter(|&n| row[n] > 0.5).collect() };
    let notes: Vec<usize> = data.iter().flat_map(sounding).collect();
    let low = notes.iter().min().map_or(0, |n| n.saturating_sub(2));
    let high = notes.iter().max().map_or(1, |n| n + 3);
    let roll = |title, rows: &[&[f32]], colour| roll(title, rows, low..high, colour);
    vec![
        roll("data", &data, SEEN),
        roll(PREDICTED.0, &of(PREDICTED.1), FORECAST),
        roll(RECONSTRUCTED.0, &of(RECONSTRUCTED.1), FORECAST),
    ]
}

fn roll(title: &str, rows: &[&[f32]], range: std::ops::Range<usize>, colour: &str) -> String {
    let width = (WIDTH - SIDE - EDGE) / rows.len().max(1) as f64;
    let height = (HEIGHT - HEAD - EDGE) / range.len() as f64;
    let mut panel = frame(title);
    let place = |n: usize| HEAD + (range.end - 1 - n) as f64 * height;
    for n in range.clone().step_by(12) {
        panel += &label((EDGE, place(n) + height), &n.to_string());
    }
    for (t, row) in rows.iter().enumerate() {
        let keys = range.clone().filter_map(|n| Some((n, *row.get(n)?)));
        for (n, p) in keys.filter(|(_, p)| *p >= FAINT) {
            let corner = (SIDE + t as f64 * width, place(n));
            panel += &rectangle(corner, (width, height), &fill(colour, f64::from(p)));
        }
    }
    panel
}

/// A title and the edge of a panel.
fn frame(title: &str) -> String {
    let size = (WIDTH - SIDE - EDGE, HEIGHT - HEAD - EDGE);
    let edge = rectangle((SIDE, HEAD), size, &stroke("#999999", 0.7, 1.0));
    label((SIDE, HEAD - EDGE), title) + &edge
}

/// A line of numbers with those that are expected, and twice their deviation on both sides.
struct Wave {
    title: String,
    data: Vec<f64>,
    expected: Vec<Option<(f64, f64)>>,
}

/// Few numbers a step are lines of their own; many are samples of one wave.
fn waves(recording: &Recording, steps: &[Option<Followed>]) -> Vec<Wave> {
    let width = recording.steps.width();
    match width {
        0..=FEW => (0..width)
            .map(|i| Wave::of(recording, steps, PREDICTED, i..i + 1))
            .collect(),
        _ => [PREDICTED, RECONSTRUCTED]
            .map(|part| Wave::of(recording, steps, part, 0..width))
            .into(),
    }
}

impl Wave {
    /// Some columns of the steps, one after the other.
    fn of(
        recording: &Recording,
        steps: &[Option<Followed>],
        (title, part): (&str, Part),
        columns: std::ops::Range<usize>,
    ) -> Self {
        let rows = recording.steps.rows();
        let data = rows.flat_map(|row| row[columns.clone()].iter().copied());
        let expected = steps.iter().flat_map(|f| {
            let one = |i: usize| {
                let expected = part(f.as_ref()?);
                let (mean, deviation) = (expected.mean.get(i)?, expected.deviation.get(i)?);
                Some((f64::from(*mean), f64::from(*deviation)))
            };
            columns.clone().map(one).collect::<Vec<_>>()
        });
        Self {
            title: match columns.len() {
                1 => format!("number {}: data, and {title}", columns.start + 1),
                _ => format!("data, and {title}"),
            },
            data: data.take(MOST).map(f64::from).collect(),
            expected: expected.take(MOST).collect(),
        }
    }

    fn draw(&self) -> String {
        let places = [0.0, self.data.len().max(2) as f64 - 1.0];
        let x = Scale::new(places.into_iter(), SIDE, WIDTH - EDGE);
        let known: Vec<(f64, f64, f64)> = (self.expected.iter().enumerate())
            .filter_map(|(t, e)| e.map(|(mean, deviation)| (t as f64, mean, deviation)))
            .collect();
        let values = || self.data.iter().copied().chain(known.iter().map(|k| k.1));
        let y = Scale::new(values(), HEIGHT - 2.0 * EDGE, HEAD + EDGE);
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
            (l.min(v), h.max(v))
        });
        let inside = |v: f64| y.at(v).clamp(HEAD, HEIGHT - EDGE);
        let above = known
            .iter()
            .map(|&(t, m, d)| (x.at(t), inside(m + 2.0 * d)));
        let below = known.iter().rev();
        let below = below.map(|&(t, m, d)| (x.at(t), inside(m - 2.0 * d)));
        let mean = known.iter().map(|&(t, m, _)| (x.at(t), y.at(m)));
        let data = self.data.iter().enumerate();
        let data = data.map(|(t, &v)| (x.at(t as f64), y.at(v)));
        [
            frame(&self.title),
            label((2.0, y.at(high) + 4.0), &short(high)),
            label((2.0, y.at(low) + 4.0), &short(low)),
            polyline(above.chain(below), &fill(FORECAST, 0.2)),
            polyline(mean, &stroke(FORECAST, 1.0, 1.0)),
            polyline(data, &stroke(SEEN, 1.0, 0.9)),
        ]
        .concat()
    }
}

/// A number with three digits.
fn short(x: f64) -> String {
    match x.abs() {
        a if a == 0.0 || (0.01..10_000.0).contains(&a) => {
            let digits = if a >= 100.0 { 0 } else { 2 };
            format!("{x:.digits$}")
        }
        _ => format!("{x:.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::output::Output;
    use super::*;
    use crate::Part as Role;
    use helmholtz_core::filter::{Sequence, StepEnergy};

    fn recording(rows: Vec<Vec<f32>>) -> Recording {
        Recording {
            name: "a".into(),
            part: Role::Test,
            sound: None,
            steps: Sequence::try_from(rows).unwrap(),
        }
    }

    fn followed(mean: &[f32]) -> Option<Followed> {
        let expected = Expected {
            mean: mean.to_vec(),
            deviation: vec![0.5; mean.len()],
        };
        Some(Followed {
            energy: StepEnergy::default(),
            prediction: expected.clone(),
            reconstruction: expected,
        })
    }

    #[test]
    fn a_roll_has_a_rectangle_for_what_sounds_and_for_what_is_likely() {
        let config = Config {
            output: Some(Output::Bernoulli),
            ..Config::default()
        };
        let recording = recording(vec![vec![1.0, 0.0, 1.0], vec![0.0, 1.0, 0.0]]);
        let svg = drawing(&recording, &[None, followed(&[0.5, 0.01, 0.9])], &config);
        let count = |style: &str| svg.matches(style).count();
        assert_eq!(count(&fill(SEEN, 1.0)), 3);
        assert_eq!(
            (count(&fill(FORECAST, 0.5)), count(&fill(FORECAST, 0.9))),
            (2, 2)
        );
    }

    #[test]
    fn numbers_are_lines_with_bands() {
        let recording = recording(vec![vec![1.0, 5.0], vec![2.0, 6.0], vec![3.0, 7.0]]);
        let steps = [None, followed(&[2.0, 6.0]), followed(&[3.0, 7.0])];
        let svg = drawing(&recording, &steps, &Config::default());
        assert_eq!(svg.matches("<polyline").count(), 2 * 3);
        assert!(svg.contains("number 2: data, and prediction"), "{svg}");
    }
}
