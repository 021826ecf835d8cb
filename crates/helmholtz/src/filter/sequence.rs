//! Sequences of observations.

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::nn::matrix;

/// Observations one after the other, as many numbers each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Vec<f32>>", into = "Vec<Vec<f32>>")]
pub struct Sequence {
    width: usize,
    values: Vec<f32>,
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

    /// Step `step` of several sequences, each counted from its own first one, `[sequences, width]`.
    pub(crate) fn batch(clips: &[(&Self, usize)], step: usize, device: &Device) -> Tensor<2> {
        let rows = clips.iter().flat_map(|(s, from)| s.row(from + step));
        let values: Vec<f32> = rows.copied().collect();
        let width = clips.first().map_or(0, |(s, _)| s.width);
        matrix(values, clips.len(), width, device)
    }
}

/// What becomes of the first observation of a sequence, or of a clip of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    fn the_step_that_is_wrong_is_named() {
        let refused = |steps| Sequence::try_from(steps).unwrap_err();
        assert!(refused(vec![vec![1.0], vec![2.0, 3.0]]).contains("step 2 has 2 numbers"));
        assert!(refused(vec![vec![1.0], vec![f32::NAN]]).contains("step 2 has NaN"));
        assert!(refused(vec![vec![]]).contains("step 1 has 0"));
    }
}
