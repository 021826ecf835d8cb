//! Pictures made larger or smaller by areas.

/// A square picture of `side` pixels in either direction, scaled to `size`: every pixel, row by row, is the mean of what
/// lies in its area. `level` gives what is seen at a row and a column.
pub fn scaled(side: usize, size: usize, level: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let parts: Vec<Vec<(usize, f64)>> = (0..size).map(|i| part(i, side, size)).collect();
    let area = (side as f64 / size as f64).powi(2);
    let level = &level;
    let mean = |i: usize| {
        let (rows, columns) = (&parts[i / size], &parts[i % size]);
        let each = rows.iter().flat_map(|&(row, height)| {
            let across = columns.iter();
            across.map(move |&(column, width)| height * width * level(row, column))
        });
        each.sum::<f64>() / area
    };
    (0..size * size).map(mean).collect()
}

/// Which of `side` rows lie in row i of `size`, and how much of each.
fn part(i: usize, side: usize, size: usize) -> Vec<(usize, f64)> {
    let place = |i: usize| (i * side) as f64 / size as f64;
    let (from, to) = (place(i), place(i + 1));
    let each = from.floor() as usize..(to.ceil() as usize).min(side);
    each.map(|row| (row, to.min(row as f64 + 1.0) - from.max(row as f64)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_means_of_their_areas() {
        let level = |row: usize, column: usize| (3 * row + column) as f64;
        assert_eq!(scaled(3, 1, level), [4.0]);
        assert_eq!(scaled(1, 2, |_, _| 7.0), [7.0; 4]);
        let same: Vec<f64> = (0..9).map(f64::from).collect();
        assert_eq!(scaled(3, 3, level), same);
        // Of three rows the upper half has the first and half of the second.
        let halves = scaled(3, 2, |row, _| [0.0, 3.0, 9.0][row]);
        assert!((halves[0] - 1.0).abs() < 1e-12 && (halves[2] - 7.0).abs() < 1e-12);
    }
}
