//! Tests of the reader.

use proptest::prelude::*;

use super::*;

/// Chunks in a RIFF file, padded to even places.
fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
    for (name, body) in chunks {
        file.extend_from_slice(*name);
        file.extend_from_slice(&(body.len() as u32).to_le_bytes());
        file.extend_from_slice(body);
        file.extend(std::iter::repeat_n(0, body.len() % 2));
    }
    file
}

fn format(kind: u16, bits: u16, channels: u16, rate: u32) -> Vec<u8> {
    let frame = bits.div_ceil(8) * channels;
    let per_second = rate * u32::from(frame);
    [
        &kind.to_le_bytes()[..],
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &per_second.to_le_bytes(),
        &frame.to_le_bytes(),
        &bits.to_le_bytes(),
    ]
    .concat()
}

fn wav(kind: u16, bits: u16, channels: u16, data: &[u8]) -> Vec<u8> {
    let format = format(kind, bits, channels, 8000);
    riff(&[(b"fmt ", format), (b"data", data.to_vec())])
}

fn floats(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn message(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

#[test]
fn every_width_of_integers_spans_the_same_range() {
    // The least, minus one step, none and the most. Eight bits alone have no sign.
    let files: [(u16, &[u8]); 4] = [
        (8, &[0, 127, 128, 255]),
        (16, &[0, 0x80, 0xff, 0xff, 0, 0, 0xff, 0x7f]),
        (
            24,
            &[0, 0, 0x80, 0xff, 0xff, 0xff, 0, 0, 0, 0xff, 0xff, 0x7f],
        ),
        (
            32,
            &[
                0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f,
            ],
        ),
    ];
    for (bits, data) in files {
        let audio = read(&wav(PCM, bits, 1, data)).unwrap();
        let step = 2f64.powi(1 - i32::from(bits));
        assert_eq!((audio.rate, audio.resolution), (8000, step));
        let expected = [-1.0, -step, 0.0, 1.0 - step].map(|value| value as f32);
        assert_eq!(audio.samples, expected, "{bits} bits");
    }
}

#[test]
fn floats_come_as_they_are() {
    let values = [0.1, -1.0, 1.0, 0.0];
    let audio = read(&wav(FLOAT, 32, 1, &floats(&values))).unwrap();
    assert_eq!(audio.samples, values);
    assert_eq!(audio.resolution, 2f64.powi(-15));
    let two = read(&wav(FLOAT, 32, 2, &floats(&[0.5, 0.25, 1.0, -1.0]))).unwrap();
    assert_eq!(two.samples, [0.375, 0.0]);
}

#[test]
fn channels_are_averaged_and_ties_go_to_the_even_value() {
    let data: Vec<u8> = [1i16, 2, 2, 3, -4, 4, i16::MIN, i16::MIN]
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let audio = read(&wav(PCM, 16, 2, &data)).unwrap();
    let steps: Vec<f32> = audio.samples.iter().map(|value| value * 32768.0).collect();
    assert_eq!(steps, [2.0, 2.0, 0.0, -32768.0]);
}

#[test]
fn extensible_formats_are_read_by_their_real_type() {
    let guid = b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
    let extended = |kind: u8, bits: u8, valid: u8| {
        let start = format(EXTENSIBLE, bits.into(), 1, 8000);
        let end = [22, 0, valid, 0, 0, 0, 0, 0, kind, 0];
        riff(&[
            (b"fmt ", [&start, &end[..], guid].concat()),
            (b"data", vec![0; 12]),
        ])
    };
    assert_eq!(read(&extended(1, 24, 24)).unwrap().samples, [0.0; 4]);
    assert_eq!(read(&extended(3, 32, 32)).unwrap().samples, [0.0; 3]);
    assert_eq!(
        read(&extended(1, 32, 24)).unwrap().resolution,
        2f64.powi(-23)
    );
    assert!(message(&extended(1, 24, 20)).contains("20-bit integers"));
    assert!(message(&extended(6, 8, 8)).contains("A-law"));
}

#[test]
fn other_chunks_are_stepped_over_with_their_padding() {
    let chunks = [
        (b"LIST", vec![1; 5]),
        (b"fmt ", format(PCM, 8, 1, 8000)),
        (b"fact", vec![0; 12]),
        (b"junk", vec![2; 3]),
        (b"data", vec![192; 3]),
        (b"LIST", vec![3; 7]),
    ];
    assert_eq!(read(&riff(&chunks)).unwrap().samples, [0.5; 3]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let cases = [
        (PCM, 12, "12-bit integers"),
        (FLOAT, 64, "64-bit floats"),
        (2, 4, "ADPCM"),
        (0x11, 4, "ADPCM"),
        (6, 8, "A-law"),
        (7, 8, "mu-law"),
        (0x31, 0, "GSM"),
        (0x55, 0, "MP3"),
        (0x1234, 8, "type 0x1234"),
    ];
    for (kind, bits, name) in cases {
        let said = message(&wav(kind, bits, 1, &[0; 8]));
        assert!(said.contains(name), "{said}");
        assert!(said.ends_with("; convert it to 16-bit PCM"), "{said}");
    }
}

#[test]
fn wrong_headers_say_what_is_wrong() {
    let format = || (b"fmt ", format(PCM, 16, 1, 8000));
    let cases = [
        (riff(&[]), "no format chunk"),
        (riff(&[format()]), "no data chunk"),
        (riff(&[(b"fmt ", vec![1, 0])]), "too short"),
        (wav(PCM, 16, 0, &[0; 4]), "zero channels"),
        (wav(PCM, 16, 1, &[0; 3]), "multiple of sample size"),
        (wav(PCM, 16, 2, &[0; 6]), "invalid data chunk length"),
        (riff(&[format(), (b"data", vec![])]), "no samples"),
    ];
    for (file, expected) in cases {
        let said = message(&file);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_rate_of_zero_is_refused() {
    let file = riff(&[(b"fmt ", format(PCM, 16, 1, 0)), (b"data", vec![0; 4])]);
    assert!(matches!(read(&file), Err(AudioError::NoRate)));
}

#[test]
fn longer_format_chunks_are_read() {
    for (kind, bits, extra) in [(PCM, 32, 2), (PCM, 16, 4), (FLOAT, 32, 24)] {
        let format = [format(kind, bits, 1, 8000), vec![7; extra]].concat();
        let file = riff(&[(b"fmt ", format), (b"data", vec![0; 8])]);
        assert!(read(&file).is_ok(), "{kind} {bits} {extra}");
    }
}

#[test]
fn other_files_are_no_audio() {
    for bytes in [
        &b""[..],
        b"RIFF",
        b"OggS12345678",
        b"RIFF\0\0\0\0AVI ",
        b"NIST_2A\n",
    ] {
        assert!(matches!(read(bytes), Err(AudioError::NotAudio)));
    }
}

#[test]
fn a_file_cut_short_says_what_is_missing() {
    let mut file = wav(PCM, 16, 1, &[0; 100]);
    file.truncate(file.len() - 7);
    let said = message(&file);
    assert!(
        said.contains("data chunk should have 100 bytes but only 93"),
        "{said}"
    );
}

#[test]
fn bad_floats_are_counted_from_one_by_frame() {
    let file = |values: &[f32]| wav(FLOAT, 32, 2, &floats(values));
    let said = message(&file(&[0.0, 0.0, 0.0, f32::NAN]));
    assert!(said.contains("sample 2 is NaN"), "{said}");
    let said = message(&file(&[f32::INFINITY, 0.0]));
    assert!(said.contains("sample 1 is inf"), "{said}");
    let said = message(&file(&[0.0, 0.0, 0.0, 0.0, -1.5, 0.0]));
    assert!(said.contains("sample 3 is -1.5, beyond"), "{said}");
}

#[test]
fn what_is_written_clips_and_rounds() {
    let bytes = write(&[0.25, 2.0, -2.0, 1.0, -1.0, 0.6 / 32768.0], 16000).unwrap();
    let audio = read(&bytes).unwrap();
    let steps = audio.samples.iter().map(|value| value * 32768.0);
    let steps: Vec<f32> = steps.collect();
    assert_eq!(steps, [8192.0, 32767.0, -32768.0, 32767.0, -32768.0, 1.0]);
    assert_eq!((audio.rate, audio.resolution), (16000, 2f64.powi(-15)));
}

#[test]
fn what_cannot_be_written_is_refused() {
    assert!(matches!(write(&[], 8000), Err(AudioError::NoSamples)));
    assert!(matches!(write(&[0.0], 0), Err(AudioError::NoRate)));
    assert!(matches!(
        write(&[0.0], u32::MAX),
        Err(AudioError::Unwritable(_))
    ));
    let not_finite = write(&[0.0, f32::NAN], 8000);
    assert!(matches!(
        not_finite,
        Err(AudioError::NotFinite { sample: 2, .. })
    ));
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for (kind, bits) in [(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32)] {
        let file = wav(kind, bits, 1, &[0; 24]);
        for length in 0..file.len() {
            assert!(read(&file[..length]).is_err());
        }
        assert!(read(&file).is_ok());
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = read(&[b"RIFF\0\0\0\0WAVE", &bytes[..]].concat());
        let _ = read(&[b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0", &bytes[..]].concat());
        let _ = read(&[b"NIST_1A\n", &bytes[..]].concat());
    }

    #[test]
    fn a_file_with_changed_bytes_never_panics(
        changes in prop::collection::vec((0..60usize, any::<u8>()), 0..6),
    ) {
        let mut file = wav(PCM, 16, 1, &[0; 24]);
        for (at, byte) in changes {
            file[at] = byte;
        }
        let _ = read(&file);
    }

    #[test]
    fn sixteen_bits_survive_writing(steps in prop::collection::vec(any::<i16>(), 1..100)) {
        let samples: Vec<f32> = steps.iter().map(|step| f32::from(*step) / 32768.0).collect();
        let audio = read(&write(&samples, 8000).unwrap()).unwrap();
        prop_assert_eq!(audio.samples, samples);
    }
}
