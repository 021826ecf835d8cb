//! Pictures as SVG: what the drawings of several domains have in common.
//!
//! Everything is a piece of text, and pieces are put together by [`document`]. A [`Plot`] has axes and takes lines and
//! bands in the units of the data; the other functions take places in the picture. Text is escaped here, by [`escape`].
//!
//! ```
//! use helmholtz_data::svg::{Axis, Plot, SEEN, document, range, stroke};
//!
//! let data = [(0.0, 1.0), (1.0, 3.0), (2.0, 2.0)];
//! let (x, y) = (Axis::linear((0.0, 2.0), 4), Axis::linear(range(data.map(|p| p.1), 0.05), 4));
//! let mut plot = Plot::new((300.0, 200.0), "three values", x, y);
//! plot.line(data, &stroke(SEEN, 2.0, 1.0));
//! let picture = document((300.0, 200.0), &plot.draw());
//! assert!(picture.starts_with("<svg") && picture.contains("three values"));
//! ```

mod axis;
mod legend;
mod plot;
mod scale;
mod text;
mod ticks;

pub use axis::Axis;
pub use legend::{Key, legend};
pub use plot::Plot;
pub use scale::{Scale, range};
pub use text::{Anchor, escape, fitted, label, text, text_width};
pub use ticks::{log_ticks, tick_label, ticks};

/// Colours that people with any colour vision tell apart (Okabe and Ito).
pub const COLOURS: [&str; 8] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#787878",
];
/// What was recorded.
pub const SEEN: &str = COLOURS[0];
/// What is expected.
pub const FORECAST: &str = COLOURS[1];

/// A whole picture.
pub fn document((width, height): (f64, f64), body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

/// A page with a heading, in HTML.
pub fn page_of(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>body {{ font: 15px sans-serif; max-width: 900px; margin: 2em auto; color: #222 }} \
         td {{ padding: 0.1em 1em 0.1em 0 }}</style></head>\n<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )
}

/// Something at another place.
pub fn group((x, y): (f64, f64), body: &str) -> String {
    format!("<g transform=\"translate({x} {y})\">\n{body}</g>\n")
}

/// A line through points; those that are not finite are left out.
pub fn polyline(points: impl Iterator<Item = (f64, f64)>, style: &str) -> String {
    format!("<polyline points=\"{}\" {style}/>\n", places(points))
}

/// An area between points; those that are not finite are left out.
pub fn polygon(points: impl Iterator<Item = (f64, f64)>, style: &str) -> String {
    format!("<polygon points=\"{}\" {style}/>\n", places(points))
}

fn places(points: impl Iterator<Item = (f64, f64)>) -> String {
    let points = points.filter(|(x, y)| x.is_finite() && y.is_finite());
    let points: Vec<String> = points.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    points.join(" ")
}

/// A rectangle from its upper left corner.
pub fn rectangle((x, y): (f64, f64), (width, height): (f64, f64), style: &str) -> String {
    format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {style}/>\n"
    )
}

/// The style of a line.
pub fn stroke(colour: &str, width: f64, opacity: f64) -> String {
    format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" opacity=\"{opacity}\"")
}

/// The style of an area.
pub fn fill(colour: &str, opacity: f64) -> String {
    format!("fill=\"{colour}\" opacity=\"{opacity:.2}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_place_is_left_out() {
        let points = [
            (0.0, 1.0),
            (f64::NAN, 2.0),
            (1.0, f64::INFINITY),
            (2.0, 3.0),
        ];
        let drawn = polyline(points.into_iter(), "");
        assert_eq!(drawn, "<polyline points=\"0.0,1.0 2.0,3.0\" />\n");
        assert_eq!(polygon([].into_iter(), "a"), "<polygon points=\"\" a/>\n");
    }
}
