//! Which characters bytes stand for.

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, MACINTOSH, SHIFT_JIS, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

use super::Problem;

/// Names that people write and the standard for the web does not have.
const OTHERS: &[(&str, &Encoding)] = &[
    ("ansi", WINDOWS_1252),
    ("cp932", SHIFT_JIS),
    ("cp936", GBK),
    ("cp949", EUC_KR),
    ("cp950", BIG5),
    ("macroman", MACINTOSH),
];

/// The encoding of that name, such as `latin1`, `UTF-16`, `cp1250` or `shift_jis`.
pub(super) fn named(name: &str) -> Result<&'static Encoding, Problem> {
    let lower = name.trim().to_ascii_lowercase();
    let dashed = lower.replace(['_', ' '], "-");
    let short = dashed.replace('-', "");
    let label = |text: &str| Encoding::for_label_no_replacement(text.as_bytes());
    let other = || OTHERS.iter().find(|(other, _)| *other == short);
    label(&lower)
        .or_else(|| label(&dashed))
        .or_else(|| label(&short))
        .or_else(|| other().map(|(_, encoding)| *encoding))
        .ok_or_else(|| Problem::UnknownEncoding(name.into()))
}

/// The encoding that bytes which begin so are in, if they were asked to be in that one: of the two kinds of UTF-16, the
/// one whose zeros stand where those of the bytes do.
pub(super) fn asked(name: &str, head: &[u8]) -> Result<&'static Encoding, Problem> {
    let encoding = named(name)?;
    let either = encoding == UTF_16LE && !name.to_ascii_lowercase().contains("le");
    Ok(utf16(head).filter(|_| either).unwrap_or(encoding))
}

/// UTF-16 without a byte order mark: of the text that people have, every other byte is 0, mostly.
pub(super) fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    let zeros = |which: usize| {
        head.iter()
            .skip(which)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    let (high, low) = (zeros(0), zeros(1));
    let (encoding, most, least, letters) = match low > high {
        true => (UTF_16LE, low, high, 0),
        false => (UTF_16BE, high, low, 1),
    };
    let other = head.iter().skip(letters).step_by(2);
    let controls = other.filter(|&&byte| byte > 0 && is_control(byte)).count();
    let likely = most > 1 && 3 * most >= 2 * pairs && 20 * least <= most && 10 * controls <= pairs;
    likely.then_some(encoding)
}

/// Whether bytes that are not UTF-8 are no text of one byte per character either.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let odd =
        |byte: &u8| is_control(*byte) || matches!(byte, 0x7f | 0x81 | 0x8d | 0x8f | 0x90 | 0x9d);
    16 * bytes.iter().filter(|byte| odd(byte)).count() > bytes.len() + 16
}

/// Whether a byte is a control character that texts do not have.
fn is_control(byte: u8) -> bool {
    byte < b' ' && !b"\t\n\r\x0c\x1b".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_have_the_names_that_people_write() {
        for (name, whole) in [
            ("utf-8", "UTF-8"),
            ("UTF8", "UTF-8"),
            ("utf_16", "UTF-16LE"),
            ("utf-16be", "UTF-16BE"),
            ("Latin-1", "windows-1252"),
            ("latin1", "windows-1252"),
            ("ISO 8859-15", "ISO-8859-15"),
            ("cp1250", "windows-1250"),
            ("Windows_1251", "windows-1251"),
            ("shift_jis", "Shift_JIS"),
            ("cp932", "Shift_JIS"),
            ("Mac-Roman", "macintosh"),
            ("gb18030", "gb18030"),
        ] {
            assert_eq!(named(name).map(|e| e.name()).ok(), Some(whole), "{name}");
        }
        let unknown = ["", "utf-9", "klingon", "\0"];
        assert!(unknown.iter().all(|name| named(name).is_err()));
    }

    #[test]
    fn zeros_tell_the_order_of_bytes() {
        let little: Vec<u8> = "a,é\n1,€\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let big: Vec<u8> = "a,é\n1,€\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(utf16(&little), Some(UTF_16LE));
        assert_eq!(utf16(&big), Some(UTF_16BE));
        assert_eq!(asked("utf-16", &big).ok(), Some(UTF_16BE));
        assert_eq!(asked("utf-16le", &big).ok(), Some(UTF_16LE));
        let counts: Vec<u8> = (0..9_u32).flat_map(u32::to_le_bytes).collect();
        let small: Vec<u8> = (0..9_u16).flat_map(u16::to_le_bytes).collect();
        for bytes in [&b""[..], b"a\0", b"a,b\n1,2\n", b"ab\0c\n", &counts, &small] {
            assert_eq!(utf16(bytes), None, "{bytes:?}");
        }
    }
}
