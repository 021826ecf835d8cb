//! NIST SPHERE files, the format of TIMIT and of its relatives.
//!
//! A header of text says its own length, then one field a line (`channel_count -i 1`), then `end_head`. The
//! samples follow, frame by frame. Only plain integers of one or two bytes are read: a compressed file is
//! refused by the name of its coding.

use super::samples::{Audio, AudioError, from_integers};

/// How such a file starts.
pub(super) const MAGIC: &[u8] = b"NIST_1A\n";

/// The most characters of a header's value that an error repeats.
const QUOTED: usize = 40;

/// How an integer is stored.
#[derive(Clone, Copy)]
enum Layout {
    Byte,
    LittleEndian,
    BigEndian,
}

impl Layout {
    fn bytes(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::LittleEndian | Self::BigEndian => 2,
        }
    }
}

/// Reads a file. Bytes after the last sample that the header counts are left alone.
pub(super) fn read(bytes: &[u8]) -> Result<Audio, AudioError> {
    let (header, data) = split(bytes)?;
    let header = Header(&header);
    let layout = header.layout()?;
    let channels: usize = header.number("channel_count")?;
    if channels == 0 {
        return Err(wrong("`channel_count` is 0".into()));
    }
    let frames: usize = header.number("sample_count")?;
    let rate = header.number("sample_rate")?;
    let data = counted(data, [frames, channels, layout.bytes()])?;
    let shape = (channels, rate);
    match layout {
        Layout::Byte => decode(data, shape, |byte| i8::from_le_bytes(byte).into()),
        Layout::LittleEndian => decode(data, shape, |pair| i16::from_le_bytes(pair).into()),
        Layout::BigEndian => decode(data, shape, |pair| i16::from_be_bytes(pair).into()),
    }
}

/// The fields as text, and what follows the header.
fn split(bytes: &[u8]) -> Result<(String, &[u8]), AudioError> {
    let line = bytes.split(|byte| *byte == b'\n').nth(1);
    let length = line.and_then(|line| str::from_utf8(line).ok()?.trim().parse().ok());
    let promised: usize =
        length.ok_or_else(|| wrong("its second line is not its length".into()))?;
    let Some((header, data)) = bytes.split_at_checked(promised) else {
        let held = bytes.len();
        return Err(AudioError::CutShort {
            part: "header",
            promised,
            held,
        });
    };
    // A speaker's name may be in any encoding and is of no use here.
    let header = String::from_utf8_lossy(header);
    let (fields, _) = header
        .split_once("\nend_head")
        .ok_or_else(|| wrong(format!("no `end_head` in its first {promised} bytes")))?;
    Ok((fields.to_owned(), data))
}

/// The bytes that the header counts: the product of `sizes`.
fn counted(data: &[u8], sizes: [usize; 3]) -> Result<&[u8], AudioError> {
    // A product beyond all numbers is beyond all files.
    let promised = sizes.into_iter().fold(1, usize::saturating_mul);
    let held = data.len();
    let part = "samples";
    data.get(..promised).ok_or(AudioError::CutShort {
        part,
        promised,
        held,
    })
}

fn decode<const N: usize>(
    data: &[u8],
    (channels, rate): (usize, u32),
    value: impl Fn([u8; N]) -> i32,
) -> Result<Audio, AudioError> {
    let (stored, _) = data.as_chunks::<N>();
    let values = stored.iter().map(|bytes| Ok(value(*bytes)));
    from_integers(values, (channels, 8 * N as u16, rate))
}

/// The lines above `end_head`.
struct Header<'a>(&'a str);

impl<'a> Header<'a> {
    /// The value in a line `key -type value`.
    fn text(&self, key: &str) -> Option<&'a str> {
        self.0.lines().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let is_field = words.next()? == key && words.next()?.starts_with('-');
            is_field.then(|| words.next()).flatten()
        })
    }

    fn required(&self, key: &str) -> Result<&'a str, AudioError> {
        let missing = || wrong(format!("there is no field `{key}`"));
        self.text(key).ok_or_else(missing)
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> Result<T, AudioError> {
        let text = self.required(key)?;
        let other = |_| wrong(format!("`{key}` is `{}`, no whole number", quoted(text)));
        text.parse().map_err(other)
    }

    fn layout(&self) -> Result<Layout, AudioError> {
        let bytes: usize = self.number("sample_n_bytes")?;
        self.check_coding(bytes)?;
        let layout = match (bytes, self.text("sample_byte_format")) {
            (1, None | Some("1")) => Layout::Byte,
            (2, Some("01")) => Layout::LittleEndian,
            (2, Some("10")) => Layout::BigEndian,
            (1 | 2, order) => {
                let order = order.map_or("missing".into(), |order| format!("`{}`", quoted(order)));
                let text = format!("`sample_byte_format` for {bytes}-byte samples is {order}");
                return Err(wrong(text));
            }
            _ => return Err(AudioError::Unsupported(format!("{bytes}-byte integers"))),
        };
        Ok(layout)
    }

    /// Two bytes are plain integers unless the header says otherwise. A single byte is mu-law by custom, so
    /// there the header must say.
    fn check_coding(&self, bytes: usize) -> Result<(), AudioError> {
        let coding = match self.text("sample_coding") {
            None if bytes == 1 => self.required("sample_coding")?,
            coding => coding.unwrap_or("pcm"),
        };
        if coding == "pcm" {
            return Ok(());
        }
        let name = format!("coded as `{}`", quoted(coding));
        Err(AudioError::Unsupported(name))
    }
}

fn wrong(reason: String) -> AudioError {
    AudioError::Header(reason)
}

/// The start of a text, with nothing in it that could spoil a terminal.
fn quoted(text: &str) -> String {
    let start: String = text.chars().take(QUOTED).collect();
    start.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::audio;
    use super::*;

    const LENGTH: usize = 1024;

    fn fields(values: &[(&str, &str)]) -> String {
        let line = |(key, value): &(&str, &str)| match value.parse::<i64>() {
            Ok(_) if !key.ends_with("format") => format!("{key} -i {value}\n"),
            _ => format!("{key} -s{} {value}\n", value.len()),
        };
        values.iter().map(line).collect()
    }

    fn file(fields: &str, data: &[u8]) -> Vec<u8> {
        let mut file = format!("NIST_1A\n   {LENGTH}\n{fields}end_head\n").into_bytes();
        file.resize(LENGTH, b' ');
        file.extend_from_slice(data);
        file
    }

    /// The fields of a file of three frames, where `changes` replaces some and drops those it leaves empty.
    fn changed(changes: &[(&str, &str)]) -> String {
        let usual = [
            ("database_id", "TIMIT"),
            ("channel_count", "1"),
            ("sample_count", "3"),
            ("sample_rate", "16000"),
            ("sample_n_bytes", "2"),
            ("sample_byte_format", "01"),
        ];
        let kept = usual
            .iter()
            .filter(|(key, _)| changes.iter().all(|(other, _)| other != key));
        let all: Vec<_> = kept.chain(changes).copied().collect();
        let filled: Vec<_> = all
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        fields(&filled)
    }

    fn message(changes: &[(&str, &str)], data: &[u8]) -> String {
        read(&file(&changed(changes), data))
            .unwrap_err()
            .to_string()
    }

    fn steps(audio: &Audio) -> Vec<f64> {
        let step = |value: &f32| f64::from(*value) / audio.resolution;
        audio.samples.iter().map(step).collect()
    }

    #[test]
    fn both_byte_orders_are_read() {
        let values = [1i16, -2, i16::MIN];
        let little = file(&changed(&[]), &values.map(i16::to_le_bytes).concat());
        let order = [("sample_byte_format", "10"), ("sample_coding", "pcm")];
        let big = file(&changed(&order), &values.map(i16::to_be_bytes).concat());
        let audio = read(&little).unwrap();
        assert_eq!(audio, read(&big).unwrap());
        assert_eq!((audio.rate, audio.resolution), (16000, 2f64.powi(-15)));
        assert_eq!(steps(&audio), [1.0, -2.0, -32768.0]);
    }

    #[test]
    fn single_bytes_have_a_sign_and_must_say_that_they_are_plain() {
        let size = ("sample_n_bytes", "1");
        for order in ["", "1"] {
            let changes = [
                size,
                ("sample_byte_format", order),
                ("sample_coding", "pcm"),
            ];
            let audio = read(&file(&changed(&changes), &[1, 0xff, 0x80])).unwrap();
            assert_eq!(steps(&audio), [1.0, -1.0, -128.0]);
            assert_eq!(audio.resolution, 2f64.powi(-7));
        }
        let unsaid = message(&[size, ("sample_byte_format", "1")], &[0; 3]);
        assert!(unsaid.contains("no field `sample_coding`"), "{unsaid}");
    }

    #[test]
    fn two_channels_are_averaged() {
        let data = [2i16, 4, -6, 0, 7, 7].map(i16::to_le_bytes).concat();
        let audio = read(&file(&changed(&[("channel_count", "2")]), &data)).unwrap();
        assert_eq!(steps(&audio), [3.0, -3.0, 7.0]);
    }

    #[test]
    fn the_first_bytes_choose_this_format_whatever_the_name() {
        let audio = audio::read(&file(&changed(&[]), &[0; 6])).unwrap();
        assert_eq!(audio.samples, [0.0; 3]);
        let silent = file(&changed(&[("sample_rate", "0")]), &[0; 6]);
        assert!(matches!(audio::read(&silent), Err(AudioError::NoRate)));
        let empty = file(&changed(&[("sample_count", "0")]), &[]);
        assert!(matches!(audio::read(&empty), Err(AudioError::NoSamples)));
    }

    #[test]
    fn missing_fields_are_named() {
        let needed = [
            "channel_count",
            "sample_count",
            "sample_rate",
            "sample_n_bytes",
        ];
        for key in needed {
            let said = message(&[(key, "")], &[0; 6]);
            assert!(said.contains(&format!("no field `{key}`")), "{said}");
        }
        let said = message(&[("sample_byte_format", "")], &[0; 6]);
        assert!(
            said.contains("`sample_byte_format` for 2-byte samples is missing"),
            "{said}"
        );
    }

    #[test]
    fn wrong_values_are_quoted() {
        let long = "x".repeat(500);
        let cases = [
            ("channel_count", "0", "`channel_count` is 0"),
            ("channel_count", "-1", "`-1`, no whole number"),
            ("sample_rate", "16e3", "`16e3`, no whole number"),
            ("sample_count", "99999999999999999999999", "no whole number"),
            ("sample_n_bytes", "3", "3-byte integers"),
            ("sample_byte_format", "11", "2-byte samples is `11`"),
            ("sample_byte_format", "1", "2-byte samples is `1`"),
            ("sample_rate", &long, "xxx`, no whole number"),
        ];
        for (key, value, expected) in cases {
            let said = message(&[(key, value)], &[0; 6]);
            assert!(said.contains(expected) && said.len() < 200, "{said}");
        }
    }

    #[test]
    fn other_codings_are_refused_by_name() {
        for coding in [
            "pcm,embedded-shorten-v2.00",
            "ulaw",
            "alaw",
            "ulaw,embedded-shorten-v2.00",
        ] {
            let said = message(&[("sample_coding", coding)], &[0; 6]);
            let expected = format!("its samples are coded as `{coding}`");
            assert!(said.starts_with(&expected), "{said}");
            assert!(said.ends_with("convert it to 16-bit PCM"), "{said}");
        }
    }

    #[test]
    fn too_few_bytes_are_an_error_and_more_are_left_alone() {
        let said = message(&[], &[0; 5]);
        assert!(
            said.contains("samples should have 6 bytes but only 5"),
            "{said}"
        );
        let huge = [
            ("sample_count", "18446744073709551615"),
            ("channel_count", "3"),
        ];
        assert!(matches!(
            read(&file(&changed(&huge), &[0; 6])),
            Err(AudioError::CutShort {
                part: "samples",
                ..
            })
        ));
        assert_eq!(
            read(&file(&changed(&[]), &[0; 60])).unwrap().samples.len(),
            3
        );
    }

    #[test]
    fn wrong_lengths_of_the_header_are_errors() {
        let with_length = |length: &str| {
            let text = format!("NIST_1A\n{length}\n{}end_head\n", changed(&[]));
            read(text.as_bytes()).unwrap_err().to_string()
        };
        assert!(with_length("   abc").contains("second line is not its length"));
        assert!(with_length("   -5").contains("second line is not its length"));
        assert!(with_length("   20").contains("no `end_head` in its first 20 bytes"));
        assert!(with_length("   1024").contains("header should have 1024 bytes but only"));
    }

    #[test]
    fn names_in_other_encodings_do_no_harm() {
        let text = changed(&[("speaker", "?")]);
        let mut bytes = file(&text, &[0; 6]);
        let at = bytes.iter().position(|byte| *byte == b'?').unwrap();
        bytes[at] = 0xe9;
        assert_eq!(read(&bytes).unwrap().samples.len(), 3);
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let whole = file(&changed(&[]), &[0; 6]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err());
        }
    }

    proptest! {
        #[test]
        fn changed_headers_never_panic(
            changes in prop::collection::vec((0..200usize, any::<u8>()), 0..8),
        ) {
            let mut bytes = file(&changed(&[]), &[0; 6]);
            for (at, byte) in changes {
                bytes[at] = byte;
            }
            let _ = read(&bytes);
        }
    }
}
