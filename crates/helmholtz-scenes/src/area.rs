//! Parts of a picture.

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// The first column.
    pub left: usize,
    /// The first row.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Area {
    /// A whole picture.
    pub fn square(size: usize) -> Self {
        Self {
            left: 0,
            top: 0,
            width: size,
            height: size,
        }
    }

    /// The least rectangle of a picture that holds what lies between some points.
    pub(super) fn around(points: &[[f64; 2]], size: usize) -> Self {
        let range = |axis: usize| {
            let each = || points.iter().map(|p| p[axis]);
            let least = each().fold(f64::INFINITY, f64::min).floor();
            let most = each().fold(f64::NEG_INFINITY, f64::max).ceil();
            // Out of range, or no number: the conversion saturates.
            let (least, most) = (least as usize, most as usize);
            (least.min(size), most.clamp(least.min(size), size))
        };
        let ((left, right), (top, bottom)) = (range(0), range(1));
        Self {
            left,
            top,
            width: right - left,
            height: bottom - top,
        }
    }

    /// The number of pixels.
    pub fn len(&self) -> usize {
        self.width * self.height
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The least rectangle that both lie in.
    pub(super) fn union(self, other: Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return if self.is_empty() { other } else { self };
        }
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self {
            left,
            top,
            width: right - left,
            height: bottom - top,
        }
    }

    /// Where each row of this rectangle lies among the pixels of one that it is part of.
    pub fn rows_within(self, outer: Self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let first = (self.top - outer.top) * outer.width + self.left - outer.left;
        let row = move |i: usize| first + i * outer.width..first + i * outer.width + self.width;
        (0..if self.width == 0 { 0 } else { self.height }).map(row)
    }

    /// The pixel at a column and row, where it is one.
    pub(super) fn pixel(&self, column: isize, row: isize) -> Option<usize> {
        let (x, y) = (column - self.left as isize, row - self.top as isize);
        let inside = x >= 0 && y >= 0 && x < self.width as isize && y < self.height as isize;
        inside.then(|| y as usize * self.width + x as usize)
    }
}
