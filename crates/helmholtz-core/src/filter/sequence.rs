//! Sequences of observations.

use helmholtz_nn::tensor::{Device, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use helmholtz_nn::matrix;

/// Observations one after the other, as many numbers each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Sequence {
    width: usize,
    values: Vec<f32>,
}

/// A sequence in a file: the places of the ones where there is nothing else but zeros, or all numbers.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Ones { width: usize, ones: Vec<Vec<usize>> },
    Numbers(Vec<Vec<f32>>),
}

/// The most numbers that a short file may stand for.
const MOST: usize = 1 << 30;

impl TryFrom<Written> for Sequence {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (width, ones) = match written {
            Written::Numbers(rows) => return Self::try_from(rows),
            Written::Ones { width, ones } => (width, ones),
        };
        if width == 0 || width.saturating_mul(ones.len().max(1)) > MOST {
            return Err(format!("{} steps of {width} numbers", ones.len()));
        }
        let row = |(t, places): (usize, Vec<usize>)| {
            let mut row = vec![0.0; width];
            for place in places {
                let number = row.get_mut(place);
                *number.ok_or_else(|| format!("step {} has no place {place}", t + 1))? = 1.0;
            }
            Ok(row)
        };
        let rows: Result<Vec<Vec<f32>>, String> = ones.into_iter().enumerate().map(row).collect();
        Self::try_from(rows?)
    }
}

impl From<Sequence> for Written {
    fn from(sequence: Sequence) -> Self {
        if sequence.is_empty() || !sequence.is_binary() {
            return Self::Numbers(sequence.into());
        }
        let places = |row: &[f32]| {
            let ones = row.iter().enumerate().filter(|(_, x)| **x == 1.0);
            ones.map(|(i, _)| i).collect()
        };
        Self::Ones {
            width: sequence.width,
            ones: sequence.rows().map(places).collect(),
        }
    }
}

impl TryFrom<Vec<Vec<f32>>> for Sequence {
    type Error = String;

    /// Steps of different widths, of none, and numbers that are not finite are refused, by the step.
    fn try_from(steps: Vec<Vec<f32>>) -> Result<Self, String> {
        let width = steps.first().map_or(0, Vec::len);
        for (t, step) in steps.iter().enumerate() {
            if step.len() != width || width == 0 {
                return Err(format!(
                    "step {} has {} numbers, the first has {width}",
                    t + 1,
                    step.len()
                ));
            }
            if let Some(odd) = step.iter().find(|v| !v.is_finite()) {
                return Err(format!("step {} has {odd}", t + 1));
            }
        }
        Ok(Self {
            width,
            values: steps.concat(),
        })
    }
}

impl Sequence {
    /// Steps of `width` numbers, one after the other; what is left at the end is dropped.
    ///
    /// # Errors
    /// Names the step with a number that is not finite.
    pub fn of_numbers(mut values: Vec<f32>, width: usize) -> Result<Self, String> {
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            return Err(format!("step {} has {}", at / width.max(1) + 1, values[at]));
        }
        values.truncate(values.len().checked_div(width).unwrap_or(0) * width);
        Ok(Self { width, values })
    }
}

impl From<Sequence> for Vec<Vec<f32>> {
    fn from(sequence: Sequence) -> Self {
        sequence.rows().map(<[f32]>::to_vec).collect()
    }
}

impl Sequence {
    /// Numbers per step; 0 where there is no step.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The observations.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// The observation of a step.
    pub fn row(&self, step: usize) -> &[f32] {
        &self.values[step * self.width..][..self.width]
    }

    /// Whether every number is 0 or 1.
    pub fn is_binary(&self) -> bool {
        self.values.iter().all(|&x| x == 0.0 || x == 1.0)
    }

    /// Something done to every step, which stays as wide as it was.
    pub fn map(&self, each: impl Fn(&[f32]) -> Vec<f32>) -> Self {
        Self {
            width: self.width,
            values: self.rows().flat_map(each).collect(),
        }
    }

    /// A stretch of it, which ends where the sequence does if that is sooner.
    pub fn part(&self, from: usize, steps: usize) -> Self {
        let (from, to) = (
            from.min(self.len()),
            (from.saturating_add(steps)).min(self.len()),
        );
        Self {
            width: self.width,
            values: self.values[from * self.width..to * self.width].to_vec(),
        }
    }

    /// By how many places its ones could go down and up without leaving a step, within a stretch.
    pub(crate) fn room(&self, from: usize, steps: usize) -> (usize, usize) {
        let rows = (from..(from + steps).min(self.len())).map(|t| self.row(t));
        let nonzero = |row: &&[f32], i: &usize| row[*i] != 0.0;
        rows.fold((self.width, self.width), |(down, up), row| {
            let lowest = (0..self.width).find(|i| nonzero(&row, i));
            let highest = (0..self.width).rev().find(|i| nonzero(&row, i));
            let above = highest.map_or(self.width, |i| self.width - 1 - i);
            (down.min(lowest.unwrap_or(self.width)), up.min(above))
        })
    }
}

/// A place in a sequence from which it is read.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a> {
    pub(crate) sequence: &'a Sequence,
    /// The step that is read first.
    pub(crate) from: usize,
    /// By how many places the numbers of a step are moved up; zeros come after them.
    pub(crate) shift: isize,
}

impl<'a> Cut<'a> {
    /// A sequence from its beginning on.
    pub(crate) fn whole(sequence: &'a Sequence) -> Self {
        Self {
            sequence,
            from: 0,
            shift: 0,
        }
    }

    /// Step `step` of several, each counted from its own first one, `[sequences, width]`.
    pub(crate) fn batch(cuts: &[Self], step: usize, device: &Device) -> Tensor<2> {
        let width = cuts.first().map_or(0, |cut| cut.sequence.width);
        let mut values = Vec::with_capacity(cuts.len() * width);
        for cut in cuts {
            let row = cut.sequence.row(cut.from + step);
            let moved = |i: usize| i.checked_add_signed(-cut.shift).and_then(|i| row.get(i));
            values.extend((0..width).map(|i| moved(i).copied().unwrap_or(0.0)));
        }
        matrix(values, cuts.len(), width, device)
    }
}

/// What becomes of the first observation of a sequence, or of a clip of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum First {
    /// It costs what it costs, like all others.
    Score,
    /// The model is told and it costs nothing (the authors' SRNN).
    Condition,
    /// It is left out (the authors' VRNN).
    Drop,
}

impl First {
    /// Observations at the beginning that are not scored.
    pub fn unscored(self) -> usize {
        usize::from(self != Self::Score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_one_width_are_a_sequence() {
        let steps = vec![vec![1.0, 2.0], vec![3.0, 4.0], vec![5.0, 6.0]];
        let sequence = Sequence::try_from(steps.clone()).unwrap();
        assert_eq!((sequence.len(), sequence.width()), (3, 2));
        assert_eq!(sequence.row(1), [3.0, 4.0]);
        assert_eq!(Vec::from(sequence), steps);
        let empty = Sequence::try_from(vec![]).unwrap();
        assert!(empty.is_empty());
    }

    #[test]
    fn ones_are_written_by_their_places() {
        let text = |rows: &[[f32; 3]]| {
            let rows: Vec<Vec<f32>> = rows.iter().map(|r| r.to_vec()).collect();
            let sequence = Sequence::try_from(rows).unwrap();
            let text = serde_json::to_string(&sequence).unwrap();
            assert_eq!(serde_json::from_str::<Sequence>(&text).unwrap(), sequence);
            text
        };
        let ones = text(&[[0.0, 1.0, 1.0], [0.0; 3]]);
        assert_eq!(ones, r#"{"width":3,"ones":[[1,2],[]]}"#);
        assert_eq!(text(&[[0.5, 1.0, 0.0]]), "[[0.5,1.0,0.0]]");
        for hostile in [
            r#"{"width":3,"ones":[[3]]}"#,
            r#"{"width":0,"ones":[]}"#,
            r#"{"width":99999999999,"ones":[[1]]}"#,
        ] {
            assert!(
                serde_json::from_str::<Sequence>(hostile).is_err(),
                "{hostile}"
            );
        }
    }

    #[test]
    fn ones_are_moved_within_their_room() {
        let rows = vec![vec![0.0, 1.0, 0.0, 0.0, 0.0], vec![0.0, 0.0, 1.0, 0.0, 0.0]];
        let sequence = Sequence::try_from(rows).unwrap();
        assert_eq!((sequence.room(0, 2), sequence.room(1, 9)), ((1, 2), (2, 2)));
        let cut = |shift| Cut {
            sequence: &sequence,
            from: 1,
            shift,
        };
        let moved = Cut::batch(&[cut(2), cut(-1)], 0, &helmholtz_nn::training_device());
        let expected = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0];
        assert_eq!(helmholtz_nn::host(&moved), expected);
    }

    #[test]
    fn a_stretch_ends_with_the_sequence() {
        let sequence = Sequence::try_from(vec![vec![1.0], vec![2.0], vec![3.0]]).unwrap();
        assert_eq!(Vec::from(sequence.part(1, 5)), [[2.0], [3.0]]);
        assert!(sequence.part(4, 1).is_empty());
    }

    #[test]
    fn the_step_that_is_wrong_is_named() {
        let refused = |steps| Sequence::try_from(steps).unwrap_err();
        assert!(refused(vec![vec![1.0], vec![2.0, 3.0]]).contains("step 2 has 2 numbers"));
        assert!(refused(vec![vec![1.0], vec![f32::NAN]]).contains("step 2 has NaN"));
        assert!(refused(vec![vec![]]).contains("step 1 has 0"));
    }
}
