//! A perspective camera.

/// A point or direction of the world: x to the right, y up, z away from the viewer of the front.
pub type Vector = [f64; 3];

/// Sees the world from a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    eye: Vector,
    /// What is to the right, up and forward in the picture.
    axes: [Vector; 3],
    /// Pixels of a picture in either direction.
    size: f64,
}

/// Half of the field of view: its tangent (60 degrees, as in the paper's renderer).
const HALF_VIEW: f64 = 0.577_350_269_189_625_8;
/// What is nearer than this is drawn as if it were so far away.
const NEAREST: f64 = 0.1;

impl Camera {
    /// A camera that looks at `target` from a distance, raised and turned to its left by so many degrees, and takes
    /// pictures of `size` pixels in either direction.
    pub fn looking_at(
        target: Vector,
        distance: f64,
        [elevation, azimuth]: [f64; 2],
        size: usize,
    ) -> Self {
        let (up, around) = (elevation.to_radians(), azimuth.to_radians());
        let forward = [around.sin() * up.cos(), -up.sin(), around.cos() * up.cos()];
        let right = [around.cos(), 0.0, -around.sin()];
        let above = [around.sin() * up.sin(), up.cos(), around.cos() * up.sin()];
        Self {
            eye: std::array::from_fn(|i| target[i] - distance * forward[i]),
            axes: [right, above, forward],
            size: size as f64,
        }
    }

    /// Where it stands.
    pub fn eye(&self) -> Vector {
        self.eye
    }

    /// What is to the right, up and forward in the picture.
    #[cfg(test)]
    pub(super) fn axes(&self) -> [Vector; 3] {
        self.axes
    }

    /// Where a point is in the picture, in pixels from the upper left, and how that changes with the point.
    pub fn project(&self, point: Vector) -> ([f64; 2], [Vector; 2]) {
        let from_eye: Vector = std::array::from_fn(|i| point[i] - self.eye[i]);
        let along = |axis: &Vector| -> f64 { axis.iter().zip(from_eye).map(|(a, p)| a * p).sum() };
        let [right, up, depth] = [0, 1, 2].map(|i| along(&self.axes[i]));
        let (depth, moves) = match depth > NEAREST {
            true => (depth, 1.0),
            false => (NEAREST, 0.0),
        };
        let scale = 0.5 * self.size / HALF_VIEW / depth;
        let middle = 0.5 * self.size;
        let place = [middle + scale * right, middle - scale * up];
        let [x, y, z] = self.axes;
        let by = [
            std::array::from_fn(|i| scale * (x[i] - moves * z[i] * right / depth)),
            std::array::from_fn(|i| -scale * (y[i] - moves * z[i] * up / depth)),
        ];
        (place, by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ahead_is_in_the_middle() {
        for angles in [[0.0, 0.0], [10.0, 40.0], [30.0, -100.0]] {
            let camera = Camera::looking_at([0.3, -0.2, 0.5], 4.0, angles, 128);
            let (place, _) = camera.project([0.3, -0.2, 0.5]);
            assert!(place.iter().all(|p| (p - 64.0).abs() < 1e-9), "{place:?}");
            let distance: f64 = camera
                .eye()
                .iter()
                .zip([0.3, -0.2, 0.5])
                .map(|(a, b)| (a - b) * (a - b))
                .sum();
            assert!((distance.sqrt() - 4.0).abs() < 1e-12);
        }
    }

    #[test]
    fn right_is_right_and_up_is_up() {
        let camera = Camera::looking_at([0.0; 3], 2.0, [0.0; 2], 100);
        let at = |point| camera.project(point).0;
        // The edge of a field of view of 60 degrees.
        assert!((at([2.0 * HALF_VIEW, 0.0, 0.0])[0] - 100.0).abs() < 1e-9);
        assert!(at([0.1, 0.2, 0.0])[0] > 50.0 && at([0.1, 0.2, 0.0])[1] < 50.0);
        // What is farther is nearer to the middle.
        assert!(at([1.0, 0.0, 1.0])[0] < at([1.0, 0.0, 0.0])[0]);
        // From the left, what is near moves to the right.
        let left = Camera::looking_at([0.0; 3], 2.0, [0.0, 30.0], 100);
        assert!(left.eye()[0] < 0.0 && left.project([0.0, 0.0, -0.5]).0[0] > 50.0);
    }

    #[test]
    fn the_derivative_is_that_of_finite_differences() {
        let camera = Camera::looking_at([0.1, 0.2, 0.5], 4.0, [12.0, -35.0], 128);
        let point = [0.7, -1.2, 0.4];
        let (_, by) = camera.project(point);
        for i in 0..3 {
            let beside = |step: f64| {
                let mut moved = point;
                moved[i] += step;
                camera.project(moved).0
            };
            let (more, less) = (beside(1e-5), beside(-1e-5));
            for (a, by) in by.iter().enumerate() {
                assert!(((more[a] - less[a]) / 2e-5 - by[i]).abs() < 1e-6);
            }
        }
    }
}
