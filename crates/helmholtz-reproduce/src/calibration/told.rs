//! A calibration as a table and as a picture.

use super::{Calibration, Range, Source};
use helmholtz_data::svg::{Axis, COLOURS, Key, Plot, document, group, legend, stroke};

impl Calibration {
    /// What was said and what came true, as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("## Calibration of {}\n", self.domain);
        for source in &self.sources {
            let Source {
                name,
                cases,
                nothing,
                missed,
                gap,
                ..
            } = source;
            text += &format!(
                "\n{cases} cases, {name}; {nothing} more could not be explained. Something better is known than what was \
                 found in {:.1} % of them, by {gap:.1} nats on average.\n\n\
                 | said | cases | said, mean | came true | among what was found: cases | said, mean | came true |\n\
                 |---|---|---|---|---|---|---|\n",
                100.0 * missed
            );
            for (range, raw) in source.ranges.iter().zip(&source.raw) {
                let [from, to] = [range.from, range.to].map(|p| (100.0 * p).round());
                let cells = [cells(range), cells(raw)].join(" | ");
                text += &format!("| {from} to {to} % | {cells} |\n");
            }
        }
        text
    }

    /// A reliability diagram: what came true over what was said.
    pub fn picture(&self) -> String {
        const SIZE: (f64, f64) = (360.0, 330.0);
        let axis = || Axis::linear((0.0, 1.0), 5);
        let title = format!("{}: what came true of what was said", self.domain);
        let mut plot = Plot::new(SIZE, &title, axis(), axis());
        plot.line([(0.0, 0.0), (1.0, 1.0)], &stroke(COLOURS[7], 1.0, 1.0));
        let mut keys = vec![];
        for (source, colours) in self.sources.iter().zip(COLOURS.chunks(2)) {
            for ((ranges, what), colour) in [
                (&source.ranges, "calibrated"),
                (&source.raw, "among what was found"),
            ]
            .into_iter()
            .zip(colours)
            {
                let points = ranges
                    .iter()
                    .filter(|r| r.cases > 0)
                    .map(|r| (r.said, r.true_));
                let style = stroke(colour, 2.0, 1.0);
                plot.line(points.collect::<Vec<_>>(), &style);
                keys.push((format!("{}, {what}", source.name), style));
            }
        }
        let keys: Vec<Key> = keys
            .iter()
            .map(|(name, style)| Key::new(name, style.clone()))
            .collect();
        let (names, room) = legend(&keys, SIZE.0);
        let body = plot.draw() + &group((0.0, SIZE.1), &names);
        document((SIZE.0, SIZE.1 + room + 8.0), &body)
    }
}

fn cells(range: &Range) -> String {
    match range.cases {
        0 => "0 | | ".into(),
        n => format!(
            "{n} | {:.1} % | {:.1} %",
            100.0 * range.said,
            100.0 * range.true_
        ),
    }
}
