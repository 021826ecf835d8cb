//! What the pages of several domains have in common.

pub(crate) use helmholtz::data::svg::escape;

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
         td {{ padding: 0.1em 1em 0.1em 0 }}</style></head>\n<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )
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
