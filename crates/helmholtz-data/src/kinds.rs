//! Files that are no text, known by their first bytes.

use super::Problem;

/// What a file is, how it begins, and what to do with it.
type Kind = (&'static str, &'static [u8], &'static str);

const TEXT: &str = "name a file of text, such as CSV";
const EXPORT: &str = "export it as CSV with the program that reads it";
const SHEET: &str = "open it and save the sheet as CSV";
const UNPACK: &str = "unpack it, and name a file of text in it";

/// Kinds that people take for tables, the longer beginnings first.
const KINDS: &[Kind] = &[
    ("a PNG picture", b"\x89PNG\r\n\x1a\n", TEXT),
    ("a JPEG picture", b"\xff\xd8\xff", TEXT),
    ("a GIF picture", b"GIF8", TEXT),
    ("a PDF document", b"%PDF-", EXPORT),
    (
        "a SQLite database",
        b"SQLite format 3\0",
        "write a table of it with `sqlite3 -csv -header FILE 'select * from ...'`",
    ),
    ("a Parquet table", b"PAR1", EXPORT),
    ("an Arrow table", b"ARROW1\0\0", EXPORT),
    ("an Avro table", b"Obj\x01", EXPORT),
    ("an HDF5 file", b"\x89HDF\r\n\x1a\n", EXPORT),
    (
        "an array of NumPy",
        b"\x93NUMPY",
        "write it with `numpy.savetxt`",
    ),
    (
        "an old Excel or Word file",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        SHEET,
    ),
    (
        "compressed by gzip",
        b"\x1f\x8b",
        "decompress it with `gunzip`",
    ),
    (
        "compressed by Zstandard",
        b"\x28\xb5\x2f\xfd",
        "decompress it with `zstd -d`",
    ),
    (
        "compressed by xz",
        b"\xfd7zXZ\0",
        "decompress it with `unxz`",
    ),
    ("a RAR archive", b"Rar!\x1a\x07", UNPACK),
    ("a 7z archive", b"7z\xbc\xaf\x27\x1c", UNPACK),
    (
        "UTF-32",
        b"\xff\xfe\0\0",
        "convert it with `iconv -f UTF-32 -t UTF-8`",
    ),
    (
        "UTF-32",
        b"\0\0\xfe\xff",
        "convert it with `iconv -f UTF-32 -t UTF-8`",
    ),
];

/// The problem with a file that begins so, if it is of a kind that is no text. The end of its name tells workbooks from
/// other archives.
pub(super) fn refused(head: &[u8], extension: &str) -> Option<Problem> {
    let (what, remedy) = known(head, extension)?;
    Some(Problem::NotText { what, remedy })
}

fn known(head: &[u8], extension: &str) -> Option<(&'static str, &'static str)> {
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some(packed(head, extension));
    }
    if head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY") {
        return Some(("compressed by bzip2", "decompress it with `bunzip2`"));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", UNPACK));
    }
    let mut kinds = KINDS.iter().filter(|(_, start, _)| head.starts_with(start));
    // Some beginnings are words that a text may have too.
    let (what, start, remedy) = kinds.next()?;
    let word = start.iter().all(u8::is_ascii_alphanumeric);
    (!word || head.contains(&0)).then_some((what, remedy))
}

/// What a ZIP archive is.
fn packed(head: &[u8], extension: &str) -> (&'static str, &'static str) {
    let has = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
    if matches!(extension, "xlsx" | "xlsm" | "xlsb") || has(b"xl/") {
        return ("an Excel workbook", SHEET);
    }
    if extension == "ods" || has(b"opendocument.spreadsheet") {
        return ("an OpenDocument workbook", SHEET);
    }
    ("a ZIP archive", UNPACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(head: &[u8], extension: &str) -> String {
        refused(head, extension).map_or_else(String::new, |p| p.to_string())
    }

    #[test]
    fn files_that_are_no_text_are_called_what_they_are() {
        for (head, extension, parts) in [
            (
                &b"PK\x03\x04\0\0"[..],
                "xlsx",
                ["Excel workbook", "save the sheet as CSV"],
            ),
            (
                b"PK\x03\x04....xl/workbook.xml",
                "",
                ["Excel workbook", "CSV"],
            ),
            (b"PK\x03\x04....a.csv", "zip", ["ZIP archive", "unpack it"]),
            (b"PK\x03\x04", "ods", ["OpenDocument", "CSV"]),
            (b"PAR1\x15\0", "csv", ["Parquet", "export"]),
            (b"SQLite format 3\0", "", ["SQLite", "sqlite3"]),
            (b"BZh91AY&SY", "", ["bzip2", "bunzip2"]),
            (b"\x28\xb5\x2f\xfd", "zst", ["Zstandard", "zstd -d"]),
        ] {
            let said = said(head, extension);
            assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        }
    }

    #[test]
    fn words_that_begin_like_other_files_are_text() {
        for text in [
            "PAR1,PAR2\n1,2\n",
            "BZh9,1\n",
            "GIF89 is a word\n",
            "PK,x\n",
            "",
        ] {
            assert_eq!(said(text.as_bytes(), "csv"), "");
        }
    }
}
