//! What the pictures of several domains have in common.

use plotters::prelude::*;

/// The width of a picture in pixels.
pub(crate) const WIDTH: u32 = 860;
/// What was recorded.
pub(crate) const DATA: RGBColor = RGBColor(0, 114, 178);
/// What is expected.
pub(crate) const FUTURE: RGBColor = RGBColor(213, 94, 0);

pub(crate) type DrawingError = Box<dyn std::error::Error>;

/// Where one part of a picture is drawn.
pub(crate) type Panel<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// The least and the greatest of some numbers, with a little room.
pub(crate) fn span(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    let room = (0.05 * (high - low))
        .max(1e-9 * high.abs())
        .max(f64::MIN_POSITIVE);
    low - room..high + room
}

/// A series as a line of blocks.
pub(crate) fn spark(values: &[f64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let every = values.len().div_ceil(100).max(1);
    let block = |x: &f64| {
        let share = (x - low) / (high - low).max(f64::MIN_POSITIVE);
        BLOCKS[((share * 8.0) as usize).min(7)]
    };
    values.iter().step_by(every).map(block).collect()
}

/// A page with a heading.
pub(crate) fn page_of(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>body {{ font: 15px sans-serif; max-width: 900px; margin: 2em auto; color: #222 }} \
         td {{ padding: .1em 1em .1em 0 }}</style></head>\n<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )
}

/// Text between tags.
pub(crate) fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparks_rise_from_the_least_to_the_greatest() {
        assert_eq!(spark(&[0.0, 1.0, 2.0]), "▁▅█");
        assert_eq!(spark(&[5.0, 5.0]).chars().count(), 2);
    }
}
