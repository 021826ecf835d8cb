//! Recordings as numbers: WAV and NIST SPHERE files in, WAV files out.
//!
//! The first bytes tell the two apart, because TIMIT calls its SPHERE files `.WAV` too. Several channels
//! become one by averaging. Integers keep to their grid: a mean is rounded to a multiple of the
//! resolution, a tie to the even one, so that a likelihood of quantised values stays right.

use std::io::{Cursor, Read};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use super::samples::{averaged, from_integers, resolution};
use super::sphere;

pub use super::samples::{Audio, AudioError};

/// The type of integers in a WAV file.
const PCM: u16 = 1;
/// The type of floats in a WAV file.
const FLOAT: u16 = 3;
/// The type that says: the real type stands further on in the format chunk.
const EXTENSIBLE: u16 = 0xfffe;
/// The lengths that a format chunk is cut to, of a plain type and of an extensible one. The decoder takes
/// these for every width, and what follows says nothing about integers and floats.
const PLAIN_FORMAT: usize = 16;
const EXTENSIBLE_FORMAT: usize = 40;
/// The bits that are written, and that floats are taken to have.
const BITS: u16 = 16;
/// What a WAV file may have in samples: its length field counts the header's rest too.
const MOST_BYTES: usize = u32::MAX as usize - 64;

/// Reads a WAV file (integers of 8, 16, 24 or 32 bits, or floats of 32) or a NIST SPHERE file.
///
/// Channels are averaged. Floats must lie in -1..=1: none is clipped. Memory is asked for as samples are
/// read, never on a header's word.
///
/// # Errors
/// When the bytes are of another format or kind of sample, are cut short, contradict themselves, or hold no
/// samples, no rate, or a float that is not finite or beyond -1..=1.
pub fn read(bytes: &[u8]) -> Result<Audio, AudioError> {
    let audio = if bytes.starts_with(sphere::MAGIC) {
        sphere::read(bytes)?
    } else {
        let chunks = wav_chunks(bytes).ok_or(AudioError::NotAudio)?;
        read_wav(chunks)?
    };
    if audio.rate == 0 {
        return Err(AudioError::NoRate);
    }
    if audio.samples.is_empty() {
        return Err(AudioError::NoSamples);
    }
    Ok(audio)
}

/// Writes a WAV file of one channel and 16 bits. Samples beyond -1..=1 are clipped.
///
/// # Errors
/// When there are no samples, one is not finite, the rate is zero, or they do not fit a WAV file.
pub fn write(audio_samples: &[f32], rate: u32) -> Result<Vec<u8>, AudioError> {
    check_writable(audio_samples, rate)?;
    let spec = WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: BITS,
        sample_format: SampleFormat::Int,
    };
    let mut bytes = vec![];
    encode(audio_samples, spec, &mut bytes)
        .map_err(|error| AudioError::Unwritable(error.to_string()))?;
    Ok(bytes)
}

/// What follows the header of a RIFF file of the kind WAVE; none when it is no such file.
fn wav_chunks(bytes: &[u8]) -> Option<&[u8]> {
    let (header, chunks) = bytes.split_first_chunk::<12>()?;
    (header.starts_with(b"RIFF") && header.ends_with(b"WAVE")).then_some(chunks)
}

fn read_wav(chunks: &[u8]) -> Result<Audio, AudioError> {
    let format = find_chunk(chunks, b"fmt ", "format chunk")?;
    let kind = sample_type(format)?;
    let data = find_chunk(chunks, b"data", "data chunk")?;
    let reader = WavReader::new(plain_wav(needed(format), data)).map_err(unreadable)?;
    let spec = reader.spec();
    // An extensible format may have fewer bits than the bytes of a sample hold.
    check_type(kind, spec.bits_per_sample)?;
    let channels = usize::from(spec.channels);
    if spec.sample_format == SampleFormat::Int {
        let values = reader.into_samples::<i32>();
        let shape = (channels, spec.bits_per_sample, spec.sample_rate);
        return from_integers(values.map(|value| value.map_err(unreadable)), shape);
    }
    let values = reader.into_samples::<f32>();
    let values = values.map(|value| value.map(f64::from).map_err(unreadable));
    Ok(Audio {
        rate: spec.sample_rate,
        samples: averaged(values, channels, |mean| mean)?,
        resolution: resolution(BITS),
    })
}

/// The body of the first chunk of this name.
fn find_chunk<'a>(
    mut rest: &'a [u8],
    name: &[u8; 4],
    part: &'static str,
) -> Result<&'a [u8], AudioError> {
    while let Some(([a, b, c, d, length @ ..], body)) = rest.split_first_chunk::<8>() {
        let promised = u32::from_le_bytes(*length) as usize;
        if [*a, *b, *c, *d] == *name {
            let held = body.len();
            let short = AudioError::CutShort {
                part,
                promised,
                held,
            };
            return body.get(..promised).ok_or(short);
        }
        // A chunk of odd length is followed by a byte of padding.
        let padded = promised.saturating_add(promised % 2);
        rest = body.get(padded..).unwrap_or_default();
    }
    Err(AudioError::Header(format!("there is no {part}")))
}

/// A WAV file of these two chunks alone. The decoder takes the padding of an odd chunk for the next
/// chunk's name, so the other chunks are kept from it.
fn plain_wav<'a>(format: &[u8], data: &'a [u8]) -> impl Read + use<'a> {
    let length = |body: &[u8]| (body.len() as u32).to_le_bytes();
    let header = [
        b"RIFF\0\0\0\0WAVEfmt ".as_slice(),
        &length(format),
        format,
        b"data",
        &length(data),
    ];
    Cursor::new(header.concat()).chain(data)
}

/// The part of a format chunk that counts.
fn needed(format: &[u8]) -> &[u8] {
    let is_extensible = format.starts_with(&EXTENSIBLE.to_le_bytes());
    let length = if is_extensible {
        EXTENSIBLE_FORMAT
    } else {
        PLAIN_FORMAT
    };
    format.get(..length).unwrap_or(format)
}

/// The type of the samples, when it can be read.
fn sample_type(format: &[u8]) -> Result<u16, AudioError> {
    let field = |at: usize| {
        let bytes = format.get(at..).and_then(<[u8]>::first_chunk);
        let short = || AudioError::Header("the format chunk is too short".into());
        bytes.copied().map(u16::from_le_bytes).ok_or_else(short)
    };
    let (kind, bits) = (field(0)?, field(14)?);
    let kind = if kind == EXTENSIBLE { field(24)? } else { kind };
    check_type(kind, bits)?;
    Ok(kind)
}

fn check_type(kind: u16, bits: u16) -> Result<(), AudioError> {
    let name = match (kind, bits) {
        (PCM, 8 | 16 | 24 | 32) | (FLOAT, 32) => return Ok(()),
        (PCM, _) => format!("{bits}-bit integers"),
        (FLOAT, _) => format!("{bits}-bit floats"),
        (2 | 0x11, _) => "ADPCM".into(),
        (6, _) => "A-law".into(),
        (7, _) => "mu-law".into(),
        (0x31, _) => "GSM".into(),
        (0x55, _) => "MP3".into(),
        _ => format!("coded as type {kind:#06x}"),
    };
    Err(AudioError::Unsupported(name))
}

fn unreadable(error: hound::Error) -> AudioError {
    AudioError::Header(match error {
        hound::Error::FormatError(reason) => reason.into(),
        other => other.to_string(),
    })
}

/// The encoder multiplies lengths and rates without looking, so they are looked at first.
fn check_writable(samples: &[f32], rate: u32) -> Result<(), AudioError> {
    if rate == 0 {
        return Err(AudioError::NoRate);
    }
    if samples.is_empty() {
        return Err(AudioError::NoSamples);
    }
    let mut values = samples.iter().map(|value| f64::from(*value)).zip(1..);
    if let Some((value, sample)) = values.find(|(value, _)| !value.is_finite()) {
        return Err(AudioError::NotFinite { sample, value });
    }
    if rate > u32::MAX / u32::from(BITS / 8) {
        return Err(AudioError::Unwritable(format!("{rate} samples per second")));
    }
    if samples.len() > MOST_BYTES / usize::from(BITS / 8) {
        return Err(AudioError::Unwritable("over 4 GiB of samples".into()));
    }
    Ok(())
}

fn encode(samples: &[f32], spec: WavSpec, bytes: &mut Vec<u8>) -> Result<(), hound::Error> {
    let mut writer = WavWriter::new(Cursor::new(bytes), spec)?;
    for value in samples {
        // The conversion stops at the ends of the integers, which clips.
        writer.write_sample((f64::from(*value) / resolution(BITS)).round() as i16)?;
    }
    writer.finalize()
}

#[cfg(test)]
mod tests;
