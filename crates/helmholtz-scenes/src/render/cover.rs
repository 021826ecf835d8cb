//! How much of every pixel a polygon covers: exactly, so that the picture changes smoothly when the polygon does.
//!
//! The area of a polygon within a pixel is a sum over the pieces of its edges in the pixels of that row: a piece that goes
//! down by d covers d of all pixels to its right, and of its own what is to its right. Its derivative when an edge moves is
//! the length of the edge within the pixel, times how far it moves across. So an edge pulls with the difference that it
//! makes, wherever it runs, and what is inside of a polygon pulls at nothing.

use crate::area::Area;

/// An edge of a polygon, in pixels.
pub(super) type Edge = [[f64; 2]; 2];

/// The edges of a polygon.
pub(super) fn edges(corners: &[[f64; 2]; 4]) -> [Edge; 4] {
    std::array::from_fn(|i| [corners[i], corners[(i + 1) % 4]])
}

/// Twice the area of a polygon: positive where its corners go round as the hands of a clock do.
pub(super) fn twice_area(corners: &[[f64; 2]; 4]) -> f64 {
    let cross = |[a, b]: Edge| a[0] * b[1] - a[1] * b[0];
    edges(corners).into_iter().map(cross).sum()
}

/// Calls `visit` with every pixel that an edge crosses, by column and row, and the parts of the edge, from 0 to 1, at
/// which it enters and leaves.
fn pieces([from, to]: Edge, mut visit: impl FnMut(isize, isize, f64, f64)) {
    let step: [f64; 2] = [to[0] - from[0], to[1] - from[1]];
    let mut pixel = [0, 1].map(|a| {
        let on_a_line = step[a] < 0.0 && from[a].fract() == 0.0;
        from[a].floor() as isize - isize::from(on_a_line)
    });
    let mut entered = 0.0;
    loop {
        let crossed = [0, 1].map(|a| match step[a] {
            s if s > 0.0 => ((pixel[a] + 1) as f64 - from[a]) / s,
            s if s < 0.0 => (pixel[a] as f64 - from[a]) / s,
            _ => f64::INFINITY,
        });
        let left = crossed[0].min(crossed[1]).min(1.0).max(entered);
        visit(pixel[0], pixel[1], entered, left);
        if left >= 1.0 {
            return;
        }
        let axis = usize::from(crossed[1] < crossed[0]);
        pixel[axis] += if step[axis] > 0.0 { 1 } else { -1 };
        entered = left;
    }
}

/// Adds what an edge contributes to the coverage of pixels, as differences from each pixel to the next of its row.
pub(super) fn add_edge(edge: Edge, area: &Area, mut add: impl FnMut(usize, f32)) {
    let [from, to] = edge;
    let (right, down) = (to[0] - from[0], to[1] - from[1]);
    if down == 0.0 {
        return;
    }
    pieces(edge, |column, row, entered, left| {
        let first = area.left as isize;
        let Some(pixel) = area.pixel(column.max(first), row) else {
            return;
        };
        let covered = down * (left - entered);
        let beside = match column < first {
            true => 0.0,
            false => from[0] + right * 0.5 * (entered + left) - column as f64,
        };
        add(pixel, (-covered * (1.0 - beside)) as f32);
        if column.max(first) + 1 < (area.left + area.width) as isize {
            add(pixel + 1, (-covered * beside) as f32);
        }
    });
}

/// The gradient of a sum of coverages by the ends of an edge, where `weight` is that by the coverage of a pixel.
pub(super) fn pull_edge(edge: Edge, area: &Area, weight: impl Fn(usize) -> f32) -> Edge {
    let [from, to] = edge;
    let (right, down) = (to[0] - from[0], to[1] - from[1]);
    let mut by = [[0.0; 2]; 2];
    pieces(edge, |column, row, entered, left| {
        let Some(pixel) = area.pixel(column, row) else {
            return;
        };
        let weight = f64::from(weight(pixel));
        // The integrals of 1 - t and t over the piece: how far it moves with either end.
        let second = 0.5 * (left * left - entered * entered);
        let shares = [left - entered - second, second];
        for (by, share) in by.iter_mut().zip(shares) {
            by[0] += weight * share * down;
            by[1] -= weight * share * right;
        }
    });
    by
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(corners: &[[f64; 2]; 4], area: Area) -> Vec<f32> {
        let mut cover = vec![0.0; area.len()];
        for edge in edges(corners) {
            add_edge(edge, &area, |pixel, more| cover[pixel] += more);
        }
        for row in cover.chunks_mut(area.width.max(1)) {
            let mut sum = 0.0;
            row.iter_mut().for_each(|c| {
                sum += *c;
                *c = sum;
            });
        }
        cover
    }

    const QUAD: [[f64; 2]; 4] = [[2.3, 1.1], [7.8, 2.6], [6.2, 8.9], [1.4, 6.5]];

    /// By points on a fine grid.
    fn counted(corners: &[[f64; 2]; 4], column: usize, row: usize) -> f64 {
        let fine = 60;
        let inside = |i: usize| {
            let x = column as f64 + ((i % fine) as f64 + 0.5) / fine as f64;
            let y = row as f64 + ((i / fine) as f64 + 0.5) / fine as f64;
            edges(corners)
                .iter()
                .all(|[a, b]| (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0.0)
        };
        let count = (0..fine * fine).filter(|&i| inside(i)).count();
        count as f64 / (fine * fine) as f64
    }

    #[test]
    fn coverage_is_the_area_within_a_pixel() {
        let area = Area::around(&QUAD, 10);
        let cover = covered(&QUAD, area);
        for (i, &c) in cover.iter().enumerate() {
            let (column, row) = (area.left + i % area.width, area.top + i / area.width);
            // A boundary of a few cells of the grid.
            assert!((f64::from(c) - counted(&QUAD, column, row)).abs() < 0.03);
        }
        let total: f64 = cover.iter().map(|&c| f64::from(c)).sum();
        assert!((2.0 * total - twice_area(&QUAD)).abs() < 1e-4);
    }

    #[test]
    fn what_is_outside_of_the_picture_is_left_out() {
        let wide = [[-5.5, -3.5], [4.5, -3.5], [4.5, 2.25], [-5.5, 2.25]];
        let area = Area::around(&wide, 10);
        assert_eq!((area.left, area.top, area.width, area.height), (0, 0, 5, 3));
        let cover = covered(&wide, area);
        assert!((cover[0] - 1.0).abs() < 1e-6 && (cover[4] - 0.5).abs() < 1e-6);
        assert!((cover[10] - 0.25).abs() < 1e-6 && (cover[14] - 0.125).abs() < 1e-6);
        assert!(Area::around(&[[-5.0, 2.0], [-1.0, 4.0]], 10).is_empty());
        assert!(Area::around(&[[f64::NAN; 2]; 2], 10).is_empty());
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let weight = |pixel: usize| ((pixel * 7919) % 13) as f32 / 6.0 - 1.0;
        // A square whose edges lie between pixels, too.
        let square = [[1.5, 1.25], [6.5, 1.25], [6.5, 5.75], [1.5, 5.75]];
        for corners in [QUAD, square] {
            let area = Area::square(10);
            let sum = |corners: &[[f64; 2]; 4]| -> f64 {
                let cover = covered(corners, area).into_iter().enumerate();
                cover
                    .map(|(i, c)| f64::from(c) * f64::from(weight(i)))
                    .sum()
            };
            let mut by = [[0.0; 2]; 4];
            for (i, edge) in edges(&corners).into_iter().enumerate() {
                let ends = pull_edge(edge, &area, weight);
                for axis in 0..2 {
                    by[i][axis] += ends[0][axis];
                    by[(i + 1) % 4][axis] += ends[1][axis];
                }
            }
            for (i, axis) in (0..8).map(|i| (i / 2, i % 2)) {
                let beside = |step: f64| {
                    let mut moved = corners;
                    moved[i][axis] += step;
                    sum(&moved)
                };
                let slope = (beside(1e-2) - beside(-1e-2)) / 2e-2;
                assert!(
                    (slope - by[i][axis]).abs() < 2e-2,
                    "{slope} {}",
                    by[i][axis]
                );
            }
        }
    }
}
