//! Pictures as SVG: what the drawings of several domains have in common.

/// What was recorded.
pub const SEEN: &str = "#0072b2";
/// What is expected.
pub const FORECAST: &str = "#d55e00";

/// From data to the picture, linearly.
pub struct Scale {
    least: f64,
    per: f64,
    origin: f64,
}

impl Scale {
    /// The least value lies at `from`, the greatest at `to`.
    pub fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        });
        Self {
            least,
            per: (to - from) / (most - least).max(f64::MIN_POSITIVE),
            origin: from,
        }
    }

    /// The place of a value.
    pub fn at(&self, x: f64) -> f64 {
        self.origin + (x - self.least) * self.per
    }
}

/// A whole picture.
pub fn document((width, height): (f64, f64), body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

/// Something at another place.
pub fn group((x, y): (f64, f64), body: &str) -> String {
    format!("<g transform=\"translate({x} {y})\">\n{body}</g>\n")
}

/// A line through points.
pub fn polyline(points: impl Iterator<Item = (f64, f64)>, style: &str) -> String {
    let points: Vec<String> = points.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    format!("<polyline points=\"{}\" {style}/>\n", points.join(" "))
}

/// A rectangle from its upper left corner.
pub fn rectangle((x, y): (f64, f64), (width, height): (f64, f64), style: &str) -> String {
    format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {style}/>\n"
    )
}

/// A text that begins at a place.
pub fn label((x, y): (f64, f64), text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>\n")
}

/// The style of a line.
pub fn stroke(colour: &str, width: f64, opacity: f64) -> String {
    format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" opacity=\"{opacity}\"")
}

/// The style of an area.
pub fn fill(colour: &str, opacity: f64) -> String {
    format!("fill=\"{colour}\" opacity=\"{opacity:.2}\"")
}
