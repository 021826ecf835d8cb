//! Bytes as people have them: encodings, what gzip packed, and files that are no text.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by it, as tests do"
)]

use encoding_rs::{GB18030, SHIFT_JIS, WINDOWS_1250, WINDOWS_1252};
use helmholtz_data::{Dataset, ReadOptions, parse_lines, read_cells_from, read_from};
use proptest::prelude::*;

fn in_encoding(name: &str) -> ReadOptions {
    ReadOptions {
        encoding: Some(name.into()),
        ..ReadOptions::default()
    }
}

fn load(bytes: &[u8]) -> Dataset {
    read_from(bytes, "t.csv", &ReadOptions::default()).unwrap()
}

fn refused(name: &str, bytes: &[u8]) -> String {
    let error = read_from(bytes, name, &ReadOptions::default()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with(name) && message.contains("; "),
        "{message}"
    );
    message
}

/// UTF-16 with the less significant byte first, or last.
fn utf16(text: &str, little: bool) -> Vec<u8> {
    let bytes = |unit: u16| {
        if little {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        }
    };
    text.encode_utf16().flat_map(bytes).collect()
}

const TABLE: &str = "straße;ort\r\nHauptstraße 1;Köln\r\nRing 2;Bonn\r\n";

#[test]
fn utf16_is_read_with_a_mark_and_guessed_without() {
    let plain = load(TABLE.as_bytes());
    assert!(plain.remarks.is_empty());
    for little in [true, false] {
        assert_eq!(load(&utf16(&format!("\u{feff}{TABLE}"), little)), plain);
        let guessed = load(&utf16(TABLE, little));
        assert_eq!(guessed.columns, plain.columns);
        assert!(
            guessed.remarks[0].contains("UTF-16"),
            "{:?}",
            guessed.remarks
        );
        let asked = read_from(&utf16(TABLE, little)[..], "t.csv", &in_encoding("utf-16"));
        assert_eq!(asked.unwrap(), plain);
    }
}

#[test]
fn what_is_not_utf8_is_windows_1252_and_that_is_told() {
    let bytes = WINDOWS_1252.encode(TABLE).0;
    let dataset = load(&bytes);
    assert_eq!(dataset.columns, load(TABLE.as_bytes()).columns);
    let [remark] = &dataset.remarks[..] else {
        panic!("{:?}", dataset.remarks)
    };
    assert!(
        remark.contains("line 1") && remark.contains("Windows-1252, a guess"),
        "{remark}"
    );
    let asked = read_from(&bytes[..], "t.csv", &in_encoding("latin1")).unwrap();
    assert!(asked.remarks.is_empty() && asked.columns == dataset.columns);
}

#[test]
fn the_guess_is_made_where_the_first_such_byte_stands() {
    let mut bytes = "a,b\n1,2\n".repeat(20_000).into_bytes();
    bytes.extend(b"caf\xe9,x\n\x93ok\x94,MEN\xdc\x93\n");
    let dataset = load(&bytes);
    assert_eq!(dataset.columns[0].values, ["1", "a", "café", "“ok”"]);
    assert!(dataset.columns[1].values.contains(&"MENÜ“".to_owned()));
    assert!(
        dataset.remarks[0].contains("line 40001"),
        "{:?}",
        dataset.remarks
    );
}

#[test]
fn single_bytes_in_utf8_are_guessed_one_by_one() {
    let bytes = b"name\nZo\xc3\xab\nJos\xc3\xa9\nRen\xe9\nUlf\n\xe2\x82";
    let dataset = load(bytes);
    assert_eq!(
        dataset.columns[0].values,
        ["Zoë", "José", "René", "Ulf", "â‚"]
    );
    assert!(
        dataset.remarks[0].contains(": 3 (the first on line 4)"),
        "{:?}",
        dataset.remarks
    );
    let asked = read_from(&bytes[..], "t.csv", &in_encoding("utf-8")).unwrap();
    assert_eq!(asked.columns[0].values[2], "Ren\u{fffd}");
    assert!(
        asked.remarks[0].contains("not UTF-8 became U+FFFD: 2"),
        "{:?}",
        asked.remarks
    );
}

#[test]
fn halves_of_utf16_become_a_mark_that_is_told() {
    let mut bytes = utf16("\u{feff}a,b\n1,2\n", true);
    bytes.extend([0x00, 0xd8]); // the first half of a pair
    bytes.extend(utf16("3,4\n5,6\n", true));
    bytes.push(b'7');
    let dataset = load(&bytes);
    assert_eq!(
        dataset.columns[0].values,
        ["1", "\u{fffd}3", "5", "\u{fffd}"]
    );
    let told = "bytes that are not UTF-16LE became U+FFFD: 2 (the first on line 3)";
    assert_eq!(dataset.remarks[0], told);
}

#[test]
fn an_encoding_that_is_named_is_taken() {
    for (name, encoding, text) in [
        ("cp1250", WINDOWS_1250, "město\nŽďár\n"),
        ("shift_jis", SHIFT_JIS, "都市\n東京\n"),
        ("gb18030", GB18030, "城市\n北京\n"),
    ] {
        let dataset = read_from(&encoding.encode(text).0[..], "t.csv", &in_encoding(name)).unwrap();
        assert_eq!(dataset.columns, load(text.as_bytes()).columns, "{name}");
        assert!(dataset.remarks.is_empty());
    }
    let error = read_from(&b"a\n1\n"[..], "t.csv", &in_encoding("utf-9")).unwrap_err();
    assert!(
        error.to_string().contains("no encoding \"utf-9\""),
        "{error}"
    );
    let cells = read_cells_from(&b"x;\xe4\n1;2\n"[..], "t.csv", &ReadOptions::default()).unwrap();
    assert_eq!((&cells.names[1][..], cells.remarks.len()), ("ä", 1));
}

#[test]
fn a_file_that_is_no_text_is_called_what_it_is() {
    for (bytes, parts) in [
        (
            &b"\x89PNG\r\n\x1a\n\0\0"[..],
            ["PNG picture", "file of text"],
        ),
        (
            b"PK\x03\x04\0\0xl/workbook.xml",
            ["Excel workbook", "save the sheet as CSV"],
        ),
        (b"%PDF-1.7\n", ["PDF", "export"]),
        (b"\x28\xb5\x2f\xfd\0", ["Zstandard", "zstd -d"]),
        (
            b"a,b\n\x01\x02\xff\x03\x04\x05\x06\x07\x08\xfe\xfd\x0e\x0f\x10\x11\x12\x13\x14",
            ["binary", "encoding"],
        ),
        (b"a,b\n1,2\n\0\0\0\0\0", ["line 3", "NUL"]),
    ] {
        for name in ["t.csv", "t.txt", "t.jsonl", "t"] {
            let message = refused(name, bytes);
            assert!(parts.iter().all(|part| message.contains(part)), "{message}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, bytes).unwrap();
        assert!(parse_lines(file.path(), &ReadOptions::default(), |_| Ok(())).is_err());
    }
}

#[cfg(feature = "compressed")]
mod packed {
    use std::io::{self, Read};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use helmholtz_data::{Format, Limits, read};

    use super::*;

    fn packed(mut content: impl Read) -> Vec<u8> {
        let mut packer = GzEncoder::new(vec![], Compression::fast());
        io::copy(&mut content, &mut packer).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn what_gzip_packed_is_read_whatever_it_is_called() {
        let plain = load(TABLE.as_bytes());
        let bytes = packed(TABLE.as_bytes());
        assert_eq!(load(&bytes), plain);
        let folder = tempfile::tempdir().unwrap();
        for (name, format, columns) in [
            ("t.csv.gz", None, 2),
            ("t.TSV.gz", None, 1),
            ("t", Some(Format::Table), 2),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, &bytes).unwrap();
            let options = ReadOptions {
                format,
                ..ReadOptions::default()
            };
            assert_eq!(
                read(&path, &options).unwrap().columns.len(),
                columns,
                "{name}"
            );
        }
        let list = read_from(
            &packed(&b"x\ny\n"[..])[..],
            "codes.txt.gz",
            &ReadOptions::default(),
        );
        assert_eq!(list.unwrap().columns[0].name, "codes");
        let members = [packed(&b"a,b\n1,2\n"[..]), packed(&b"3,4\n"[..])].concat();
        assert_eq!(load(&members).columns[0].values, ["1", "3"]);
        assert_eq!(
            load(&packed(&utf16(TABLE, true)[..])).columns,
            plain.columns
        );
    }

    #[test]
    fn what_is_cut_or_damaged_is_told_as_such() {
        let rows: String = (0..60_000)
            .map(|i| format!("{i},{}\n", i * 7919 % 10_007))
            .collect();
        let bytes = packed(format!("a,b\n{rows}").as_bytes());
        for end in [1, 9, 12, bytes.len() / 2, bytes.len() - 3] {
            let cut = read_from(&bytes[..end], "t.csv", &ReadOptions::default()).unwrap_err();
            let cut = cut.to_string();
            assert!(
                end < 2 || cut.contains("ends too early") && cut.contains("gunzip"),
                "{cut}"
            );
        }
        let mut damaged = bytes.clone();
        let end = damaged.len() - 8;
        damaged[end] ^= 1; // the checksum
        assert!(refused("t.csv", &damaged).contains("corrupt"));
        assert!(refused("t.csv", &packed(&bytes[..])).contains("compressed by gzip"));
    }

    #[test]
    fn what_unpacks_to_much_is_refused_before_it_is_held() {
        let zeros = packed(io::repeat(0).take(1 << 28));
        assert!(zeros.len() < 2 << 20 && refused("t.csv", &zeros).contains("NUL"));
        let limits = Limits {
            max_record_bytes: 1 << 20,
            ..Limits::default()
        };
        let options = ReadOptions {
            limits,
            ..ReadOptions::default()
        };
        let line = packed(io::repeat(b'a').take(1 << 28));
        let error = read_from(&line[..], "t.csv", &options).unwrap_err();
        assert!(error.to_string().contains("over 1048576 bytes"), "{error}");
        let wide = packed(io::repeat(b',').take(1 << 24));
        assert!(refused("t.csv", &wide).contains("over 4096 columns"));
    }

    proptest! {
        #[test]
        fn no_damage_makes_a_reader_panic(place in 0_usize..60, byte: u8, end in 0_usize..80) {
            let mut bytes = packed(TABLE.as_bytes());
            let (place, end) = (place % bytes.len(), end.min(bytes.len()));
            bytes[place] = byte;
            let _ = read_from(&bytes[..end], "t.csv", &ReadOptions::default());
        }
    }
}

/// Text that each of these encodings has, without what means something to a reader.
fn cell() -> impl Strategy<Value = String> {
    "[a-zäöüßÄÖÜé€A-Z0-9 ]{1,12}"
}

proptest! {
    #[test]
    fn a_list_is_the_same_in_every_encoding(cells in prop::collection::vec(cell(), 1..20)) {
        let text = format!("names\n{}\n", cells.join("\n"));
        let plain = read_from(text.as_bytes(), "t.txt", &ReadOptions::default()).unwrap();
        let marked = format!("\u{feff}{text}");
        let marked = [utf16(&marked, true), utf16(&marked, false), marked.into_bytes()];
        for bytes in &marked {
            prop_assert_eq!(&read_from(&bytes[..], "t.txt", &ReadOptions::default()).unwrap(), &plain);
        }
        let bytes = WINDOWS_1252.encode(&text).0;
        prop_assert_eq!(&read_from(&bytes[..], "t.txt", &in_encoding("cp1252")).unwrap(), &plain);
    }

    /// A chunk is 64 KiB: the padding puts each byte of a character on its border.
    #[test]
    fn the_borders_of_chunks_do_not_show(padding in 65_526_usize..65_541, last in "[aé€\u{1f600}]{6}") {
        let text = format!("{}\r\n{last}\r\n{last}x", "x".repeat(padding));
        let half = format!("\u{feff}{}\r\n{last}\r\n{last}x", "x".repeat(padding / 2));
        let bad = [text.as_bytes(), b"\n\xff\n"].concat();
        for bytes in [text.as_bytes(), &utf16(&half, true), &utf16(&half, false), &bad] {
            let dataset = read_from(bytes, "t.txt", &ReadOptions::default()).unwrap();
            prop_assert_eq!(&dataset.columns[0].values[..2], &[last.clone(), format!("{last}x")]);
        }
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        start in prop::sample::select(vec![&b""[..], b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"PK\x03\x04", b"\x1f\x8b\x08\0"]),
        name in prop::sample::select(vec!["", "utf-8", "utf-16", "shift_jis", "gb18030", "iso-2022-jp", "euc-kr", "big5"]),
    ) {
        let bytes = [start, &bytes].concat();
        let options = ReadOptions {
            encoding: (!name.is_empty()).then(|| name.into()),
            ..ReadOptions::default()
        };
        for file in ["t.csv", "t.txt", "t.json"] {
            if let Ok(dataset) = read_from(&bytes[..], file, &options) {
                prop_assert!(dataset.columns.iter().all(|column| !column.values.is_empty()));
            }
        }
    }
}
