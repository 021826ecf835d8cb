//! Recordings: sequences with a name, and how their numbers are scaled for a model.

use serde::{Deserialize, Serialize};

use super::config::{Config, Scaling};
use super::output::Output;
use helmholtz_core::filter::Sequence;
use helmholtz_math::error::SettingError;

/// What a recording is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// To learn from.
    #[default]
    Train,
    /// To decide when to stop.
    Valid,
    /// To be judged by.
    Test,
}

/// What is particular to sound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sound {
    /// Samples a second.
    pub rate: u32,
    /// The distance between neighbouring values.
    pub resolution: f64,
}

/// A sequence as it was recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub part: Part,
    /// What is particular to sound; `None` of anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<Sound>,
    /// The steps.
    pub steps: Sequence,
}

/// The recordings of a part.
pub fn of_part(recordings: &[Recording], part: Part) -> impl Iterator<Item = &Recording> {
    recordings.iter().filter(move |r| r.part == part)
}

/// Where nothing is held out, every so many recordings are, from the first on.
const HELD_OUT: usize = 10;

/// Holds some recordings out, if none is yet and there are enough.
pub fn hold_out(recordings: &mut [Recording]) {
    if recordings.iter().any(|r| r.part == Part::Valid) {
        return;
    }
    let train = recordings.iter_mut().filter(|r| r.part == Part::Train);
    let last_of_each = train.skip(HELD_OUT - 1).step_by(HELD_OUT);
    last_of_each.for_each(|r| r.part = Part::Valid);
}

impl Scaling {
    fn at(values: &[f64], i: usize) -> f64 {
        values.get(i).or(values.first()).copied().unwrap_or(0.0)
    }

    /// The mean and the deviation of each number of a step; of all of them together if they are `alike`.
    fn of(recordings: &[&Recording], width: usize, alike: bool) -> Self {
        let columns = if alike { 1 } else { width };
        let mut moments = vec![(0.0f64, 0.0f64, 0.0f64); columns];
        for row in recordings.iter().flat_map(|r| r.steps.rows()) {
            for (i, &x) in row.iter().enumerate() {
                // Welford's update: sums of squares of large numbers would lose the deviation.
                let (count, mean, squares) = &mut moments[if alike { 0 } else { i }];
                *count += 1.0;
                let off = f64::from(x) - *mean;
                *mean += off / *count;
                *squares += off * (f64::from(x) - *mean);
            }
        }
        let deviation = |&(count, _, squares): &(f64, f64, f64)| {
            let deviation = (squares / count.max(1.0)).sqrt();
            // A constant stays one.
            if deviation > 0.0 { deviation } else { 1.0 }
        };
        Self {
            mean: moments.iter().map(|m| m.1).collect(),
            deviation: moments.iter().map(deviation).collect(),
        }
    }

    /// A step as the model sees it.
    pub fn apply(&self, row: &[f32]) -> Vec<f32> {
        let scaled = |(i, x): (usize, &f32)| {
            let off = f64::from(*x) - Self::at(&self.mean, i);
            (off / Self::at(&self.deviation, i)) as f32
        };
        row.iter().enumerate().map(scaled).collect()
    }

    /// A step as it was recorded.
    pub fn undo(&self, row: &[f32]) -> Vec<f32> {
        let raw = |(i, x): (usize, &f32)| {
            let off = f64::from(*x) * Self::at(&self.deviation, i);
            (off + Self::at(&self.mean, i)) as f32
        };
        row.iter().enumerate().map(raw).collect()
    }

    /// Standard deviations as they were recorded.
    pub fn stretch(&self, deviations: &[f32]) -> Vec<f32> {
        let raw = |(i, d): (usize, &f32)| d * Self::at(&self.deviation, i) as f32;
        deviations.iter().enumerate().map(raw).collect()
    }

    /// What a density per step of recorded numbers is above that of scaled ones, in nats of -log p.
    pub fn nats(&self, width: usize) -> f64 {
        (0..width).map(|i| Self::at(&self.deviation, i).ln()).sum()
    }
}

impl Config {
    /// Numbers per step.
    pub(super) fn known_width(&self) -> Result<usize, SettingError> {
        self.width
            .ok_or_else(|| SettingError::new("width", "not known before there are recordings"))
    }

    /// The settings with those filled in that follow from the recordings.
    pub(super) fn settled(mut self, recordings: &[Recording]) -> Result<Self, SettingError> {
        let Some(first) = recordings.first() else {
            return Err(SettingError::new("data", "there is no recording"));
        };
        let width = *self.width.get_or_insert(first.steps.width());
        if let Some(sound) = first.sound {
            self.grid.rate.get_or_insert(sound.rate);
        }
        recordings.iter().try_for_each(|r| self.fits(r))?;
        let train: Vec<&Recording> = of_part(recordings, Part::Train).collect();
        let binary = |r: &&Recording| r.steps.is_binary();
        let binary = first.sound.is_none() && train.iter().all(binary);
        let is_binary = self.output.map_or(binary, Output::is_binary);
        if !is_binary && self.scaling.is_none() {
            self.scaling = Some(Scaling::of(&train, width, first.sound.is_some()));
        }
        let output = match (first.sound, &self.scaling) {
            _ if is_binary => Output::Bernoulli,
            (Some(sound), Some(scaling)) => Output::Discretised {
                interval: sound.resolution / Scaling::at(&scaling.deviation, 0),
            },
            _ => Output::Gaussian,
        };
        self.output.get_or_insert(output);
        Ok(self)
    }

    /// Refuses a recording of another kind than the settings say.
    ///
    /// # Errors
    /// When the number of numbers per step, or the rate of a sound, is another one.
    pub fn fits(&self, recording: &Recording) -> Result<(), SettingError> {
        let (name, found) = (&recording.name, recording.steps.width());
        if let Some(width) = self.width.filter(|&w| w != found) {
            let reason = format!("{name}: {found} numbers a step, where the model has {width}");
            return Err(SettingError::new("width", reason));
        }
        if self.output.is_some_and(Output::is_binary) && !recording.steps.is_binary() {
            let reason = format!("{name}: numbers besides 0 and 1; choose output=gaussian");
            return Err(SettingError::new("output", reason));
        }
        match (recording.sound, self.grid.rate) {
            (Some(sound), Some(rate)) if sound.rate != rate => {
                let reason = format!(
                    "{name}: {} samples a second, where the others have {rate}; resample it",
                    sound.rate
                );
                Err(SettingError::new("grid.rate", reason))
            }
            _ => Ok(()),
        }
    }

    /// A recording as the model sees it.
    pub fn scaled(&self, steps: &Sequence) -> Sequence {
        match &self.scaling {
            Some(scaling) => steps.map(|row| scaling.apply(row)),
            None => steps.clone(),
        }
    }

    /// What is added to the free energies of a step so that densities are those of recorded numbers, in nats.
    /// Probabilities need nothing.
    pub fn correction(&self) -> f64 {
        match (&self.scaling, self.output, self.width) {
            (Some(scaling), Some(Output::Gaussian), Some(width)) => scaling.nats(width),
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(rows: &[[f32; 2]]) -> Recording {
        let rows: Vec<Vec<f32>> = rows.iter().map(|r| r.to_vec()).collect();
        Recording {
            name: "a".into(),
            part: Part::Train,
            sound: None,
            steps: Sequence::try_from(rows).unwrap(),
        }
    }

    #[test]
    fn numbers_are_scaled_column_by_column_and_back() {
        let data = [recording(&[[1.0, 10.0], [3.0, 10.0], [5.0, 10.0]])];
        let config = Config::default().settled(&data).unwrap();
        let scaling = config.scaling.clone().unwrap();
        assert_eq!(
            (config.width, config.output),
            (Some(2), Some(Output::Gaussian))
        );
        assert_eq!(scaling.mean, [3.0, 10.0]);
        assert!((scaling.deviation[0] - (8.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(scaling.deviation[1], 1.0);
        let scaled = config.scaled(&data[0].steps);
        assert!((scaled.row(0)[0] + 1.5f32.sqrt()).abs() < 1e-6);
        assert_eq!(scaling.undo(scaled.row(2)), [5.0, 10.0]);
        assert!((config.correction() - scaling.deviation[0].ln()).abs() < 1e-12);
        assert_eq!(config.check_settled(), Ok(()));
    }

    #[test]
    fn zeros_and_ones_are_coins_and_are_not_scaled() {
        let data = [recording(&[[1.0, 0.0], [0.0, 0.0]])];
        let config = Config::default().settled(&data).unwrap();
        assert_eq!(
            (config.output, config.scaling),
            (Some(Output::Bernoulli), None)
        );
    }

    #[test]
    fn sound_is_scaled_as_a_whole_and_keeps_its_resolution() {
        let sound = Some(Sound {
            rate: 8000,
            resolution: 0.5,
        });
        let data = [Recording {
            sound,
            ..recording(&[[1.0, -1.0], [-1.0, 1.0]])
        }];
        let config = Config::default().settled(&data).unwrap();
        assert_eq!(config.output, Some(Output::Discretised { interval: 0.5 }));
        assert_eq!(config.grid.rate, Some(8000));
        let other = Recording {
            sound: Some(Sound {
                rate: 16_000,
                resolution: 0.5,
            }),
            ..data[0].clone()
        };
        assert_eq!(config.fits(&other).unwrap_err().setting, "grid.rate");
    }

    #[test]
    fn some_are_held_out_where_none_is() {
        let mut data = vec![recording(&[[0.0, 1.0]]); 25];
        hold_out(&mut data);
        let held = of_part(&data, Part::Valid).count();
        assert_eq!((held, data[9].part), (2, Part::Valid));
        hold_out(&mut data);
        assert_eq!(of_part(&data, Part::Valid).count(), held);
    }

    impl Config {
        fn check_settled(&self) -> Result<(), SettingError> {
            helmholtz_core::domain::Settings::check(self)
        }
    }
}
