//! A recording as samples of one channel, whatever the format of its file.

/// A recording of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Samples per second.
    pub rate: u32,
    /// The samples, in -1..=1.
    pub samples: Vec<f32>,
    /// The distance between neighbouring values: 2^-(bits-1). Floats have no grid; for them it is that of
    /// 16 bits, since most were made from such a recording.
    pub resolution: f64,
}

/// Why a recording could not be read or written. The caller knows the file's name and puts it in front.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The first bytes are those of no known format.
    #[error(
        "it starts neither as a WAV nor as a NIST SPHERE file; convert it to 16-bit PCM in a WAV \
         file"
    )]
    NotAudio,
    /// The file ends too early.
    #[error(
        "its {part} should have {promised} bytes but only {held} are there; copy it again, or \
         convert it to 16-bit PCM if a stream wrote it"
    )]
    CutShort {
        /// What is incomplete.
        part: &'static str,
        /// How many bytes the header promises.
        promised: usize,
        /// How many there are.
        held: usize,
    },
    /// The header contradicts itself or lacks something, in these words.
    #[error("its header is wrong ({0}); convert it to 16-bit PCM in a WAV file")]
    Header(String),
    /// The samples are of this kind.
    #[error("its samples are {0}, which cannot be read; convert it to 16-bit PCM")]
    Unsupported(String),
    /// There is no sample.
    #[error("there are no samples; check that whatever recorded it has finished")]
    NoSamples,
    /// The rate is zero.
    #[error("the rate is 0 samples per second; set it to the true one")]
    NoRate,
    /// A sample is infinite or no number.
    #[error("sample {sample} is {value}, no finite number; replace it and write the file again")]
    NotFinite {
        /// Which one, from 1.
        sample: usize,
        /// What it is.
        value: f64,
    },
    /// A float is beyond -1..=1.
    #[error(
        "sample {sample} is {value}, beyond -1..=1; scale the recording down, or convert it to \
         16-bit PCM"
    )]
    TooLoud {
        /// Which one, from 1.
        sample: usize,
        /// What it is.
        value: f64,
    },
    /// The samples or their rate do not fit a WAV file, for this reason.
    #[error("no WAV file holds this ({0}); write a shorter piece, or at a lower rate")]
    Unwritable(String),
}

/// A recording of `bits`-bit integers that come frame by frame. Both formats end here.
pub(super) fn from_integers(
    values: impl Iterator<Item = Result<i32, AudioError>>,
    (channels, bits, rate): (usize, u16, u32),
) -> Result<Audio, AudioError> {
    let resolution = resolution(bits);
    let scaled = values.map(|value| value.map(|value| f64::from(value) * resolution));
    let on_grid = |mean: f64| (mean / resolution).round_ties_even() * resolution;
    Ok(Audio {
        rate,
        samples: averaged(scaled, channels, on_grid)?,
        resolution,
    })
}

pub(super) fn resolution(bits: u16) -> f64 {
    0.5f64.powi(i32::from(bits) - 1)
}

/// One sample of each frame of `channels` values: their mean, passed through `finish`.
pub(super) fn averaged(
    values: impl Iterator<Item = Result<f64, AudioError>>,
    channels: usize,
    finish: impl Fn(f64) -> f64,
) -> Result<Vec<f32>, AudioError> {
    let mut samples = vec![];
    let (mut sum, mut held) = (0.0, 0);
    for value in values {
        sum += checked(value?, samples.len() + 1)?;
        held += 1;
        if held == channels {
            samples.push(finish(sum / channels as f64) as f32);
            (sum, held) = (0.0, 0);
        }
    }
    Ok(samples)
}

fn checked(value: f64, sample: usize) -> Result<f64, AudioError> {
    if !value.is_finite() {
        return Err(AudioError::NotFinite { sample, value });
    }
    if value.abs() > 1.0 {
        return Err(AudioError::TooLoud { sample, value });
    }
    Ok(value)
}
