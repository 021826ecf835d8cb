//! The readers of string concepts: what they read, what they refuse, and how they say so.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by it, as tests do"
)]

use std::fs;
use std::io::{self, Read};

use helmholtz_data::{
    Column, DataError, Dataset, Format, Limits, Problem, ReadOptions, Reason, Skipped, read,
    read_from,
};
use proptest::prelude::*;

fn in_format(format: Format) -> ReadOptions {
    ReadOptions {
        format: Some(format),
        ..ReadOptions::default()
    }
}

fn asking_for(columns: &[&str]) -> ReadOptions {
    let columns = columns.iter().map(|name| name.to_string()).collect();
    ReadOptions {
        columns,
        ..ReadOptions::default()
    }
}

fn load(name: &str, content: &str) -> Dataset {
    read_from(content.as_bytes(), name, &ReadOptions::default()).unwrap()
}

/// The error for a content; its message must be one line that names the file and says what to do.
fn refused(name: &str, content: impl AsRef<[u8]>) -> String {
    refused_with(name, content, &ReadOptions::default())
}

fn refused_with(name: &str, content: impl AsRef<[u8]>, options: &ReadOptions) -> String {
    message(
        name,
        read_from(content.as_ref(), name, options).unwrap_err(),
    )
}

fn message(name: &str, error: DataError) -> String {
    let message = error.to_string();
    assert!(message.starts_with(name), "{message}");
    assert!(message.contains("; "), "no remedy: {message}");
    assert!(!message.contains(char::is_control), "{message:?}");
    assert!(message.len() < 500, "{message}");
    message
}

#[track_caller]
fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no {part:?} in {message:?}");
    }
}

fn names(dataset: &Dataset) -> Vec<&str> {
    dataset
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect()
}

// What is read.

#[test]
fn a_json_line_is_a_concept_and_repeats_become_counts() {
    let dataset = load(
        "c.jsonl",
        "{\"name\": \"zip\", \"train\": [\"1\", \"2\", \"1\"], \"test\": [\"2\", \"3\"], \"source\": \"a.csv\", \"note\": 7}\n\
         \n\
         {\"name\": \"day\", \"train\": [\"Mon\"], \"test\": null}\n",
    );
    let zip = &dataset.columns[0];
    assert_eq!(
        (&zip.values[..], &zip.counts[..]),
        (&["1".into(), "2".into()][..], &[2, 1][..])
    );
    assert_eq!(
        (zip.test.join(" "), zip.source.as_str(), zip.repeats()),
        ("2 3".into(), "a.csv", 1)
    );
    assert_eq!(dataset.columns[1].source, "c.jsonl");
    assert_eq!(
        (dataset.skipped.len(), dataset.skipped[0].1.test_in_train),
        (1, 1)
    );
}

#[test]
fn a_table_gives_its_columns_by_exact_name_by_case_or_by_position() {
    let table = "Zip,name,NAME,city\n1,a,b,\"x, y\"\n2,c,d\n";
    assert_eq!(
        names(&load("t.csv", table)),
        ["Zip", "name", "NAME", "city"]
    );
    let chosen = asking_for(&["#4", "zip", "NAME", "Zip"]);
    let dataset = read_from(table.as_bytes(), "t.csv", &chosen).unwrap();
    assert_eq!(names(&dataset), ["city", "Zip", "NAME"]);
    assert_eq!(dataset.columns[0].values, ["x, y"]);
    assert_eq!(dataset.skipped, [("city".into(), dataset.skipped_in_all())]);
    assert_eq!(dataset.skipped_in_all().empty, 1);
    assert_says(
        &refused_with("t.csv", table, &asking_for(&["Name"])),
        &["no column \"Name\""],
    );
}

#[test]
fn repeated_and_missing_column_names_are_made_unique() {
    let dataset = load("t.csv", "a,a,,a#2,a\n1,2,3,4,5\n");
    assert_eq!(names(&dataset), ["a", "a#2", "#3", "a#2#2", "a#3"]);
}

#[test]
fn the_delimiter_comes_from_the_options_the_extension_or_the_header() {
    for (name, table) in [
        ("t.csv", "a,b\n1,2\n"),
        ("t.csv", "\n\"a,x\";b\n1;2\n"),
        ("t.csv", "a\tb\n1\t2\n"),
        ("t.TSV", "a,x\tb\n1\t2\n"),
    ] {
        let dataset = load(name, table);
        assert_eq!(
            (dataset.columns.len(), &dataset.columns[1].values[0][..]),
            (2, "2"),
            "{table}"
        );
    }
    let piped = ReadOptions {
        delimiter: Some(b'|'),
        ..in_format(Format::Table)
    };
    assert_eq!(
        names(&read_from(&b"a|b,c\n1|2\n"[..], "stdin", &piped).unwrap()),
        ["a", "b,c"]
    );
}

#[test]
fn a_list_is_one_column_named_after_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("codes.txt");
    fs::write(&path, "b\n\na\nb").unwrap();
    let dataset = read(&path, &ReadOptions::default()).unwrap();
    let expected = Column {
        name: "codes".into(),
        values: vec!["b".into(), "a".into()],
        counts: vec![2, 1],
        lines: vec![1, 3],
        rows: vec![],
        test: vec![],
        source: path.display().to_string(),
    };
    assert_eq!(
        (&dataset.columns[..], dataset.skipped[0].1.empty),
        (&[expected][..], 1)
    );
}

#[test]
fn byte_order_marks_and_every_kind_of_line_end_are_read_alike() {
    let plain = [
        "a,b\n1,\"2\n3\"\n4,5\n",
        "{\"name\":\"x\",\"train\":[\"1\"]}\n",
        "1\n2\n",
    ];
    for (name, content) in ["t.csv", "t.jsonl", "t.txt"].into_iter().zip(plain) {
        for line_end in ["\n", "\r\n", "\r"] {
            let options = any_character();
            let other = format!("\u{feff}{}", content.replace('\n', line_end));
            assert_eq!(
                read_from(other.as_bytes(), name, &options).unwrap(),
                read_from(content.as_bytes(), name, &options).unwrap(),
            );
        }
    }
}

#[test]
fn the_format_comes_from_the_extension() {
    for (name, format) in [
        ("a.jsonl", Format::JsonLines),
        ("a.JSON", Format::JsonLines),
        ("a.ndjson", Format::JsonLines),
        ("a.csv", Format::Table),
        ("a.tab", Format::Table),
        ("a.txt", Format::Lines),
        ("csv", Format::Lines),
    ] {
        assert_eq!(Format::of_path(name.as_ref()), format, "{name}");
    }
}

// What is skipped.

#[test]
fn whatever_is_not_kept_is_counted_with_its_line_and_reason() {
    let limits = Limits {
        max_length: 3,
        max_distinct: 2,
        ..Limits::default()
    };
    let options = ReadOptions {
        limits,
        ..ReadOptions::default()
    };
    let content = "x\n\n\"1\n1\"\nabcd\nok\nnew\n\"\"\nx\n";
    let dataset = read_from(format!("h\n{content}").as_bytes(), "t.csv", &options).unwrap();
    assert_eq!(
        (
            &dataset.columns[0].values.join(" ")[..],
            &dataset.columns[0].counts[..]
        ),
        ("x ok", &[2, 1][..])
    );
    let skipped = dataset.skipped_in_all();
    assert_eq!(
        (skipped.empty, skipped.too_long, skipped.total()),
        (2, 1, 5)
    );
    assert_eq!((skipped.outside_vocabulary, skipped.beyond_limit), (1, 1));
    let seen: Vec<_> = skipped
        .examples
        .iter()
        .map(|e| (e.line.unwrap(), e.reason, &e.text[..]))
        .collect();
    assert_eq!(
        seen,
        [
            (3, Reason::Empty, "\"\""),
            (4, Reason::OutsideVocabulary('\n'), "\"1\\n1\""),
            (6, Reason::TooLong, "\"abcd\""),
            (8, Reason::BeyondLimit, "\"new\""),
            (9, Reason::Empty, "\"\""),
        ]
    );
    assert_eq!(
        skipped.to_string(),
        "skipped 5: 2 empty, 1 too long, 1 outside the vocabulary, 1 beyond the limit of distinct \
         strings; for example line 4, \"1\\n1\", has '\\n'"
    );
}

#[test]
fn unusable_test_strings_are_no_rows_of_the_column() {
    let content = r#"{"name": "a", "train": ["1", ""], "test": ["2", "", ""]}"#;
    let skipped = load("t.jsonl", content).skipped_in_all();
    assert_eq!((skipped.empty, skipped.test, skipped.rows()), (3, 2, 1));
}

#[test]
fn accounts_of_files_and_of_columns_in_memory_add_up() {
    let mut of_file = Skipped::default();
    of_file.note(Some(7), Reason::TooLong, "abcd", 1);
    let mut in_memory = Skipped::default();
    in_memory.note(None, Reason::OutsideVocabulary('é'), "é", 5);
    let both = Skipped::sum([&in_memory, &of_file].into_iter());
    assert_eq!((both.rows(), both.outside_vocabulary), (6, 5));
    assert_eq!(
        both.reasons(),
        "1 too long, 5 outside the vocabulary; for example \"é\", has 'é'"
    );
    let json = serde_json::to_value(&both).unwrap();
    assert_eq!(json["examples"][1]["line"], 7);
    assert_eq!(json["examples"][0]["reason"], "has 'é'");
}

#[test]
fn an_unusable_column_is_left_out_of_all_but_refused_by_name() {
    let table = "a,b\n1,\u{7}\n2,\u{7}\n";
    let dataset = load("t.csv", table);
    assert_eq!(
        (names(&dataset), &dataset.skipped[0].0[..]),
        (vec!["a"], "b")
    );
    let refused = refused_with("t.csv", table, &asking_for(&["a", "b"]));
    assert_says(&refused, &["column \"b\"", "skipped 2: 2 outside"]);
}

#[test]
fn a_column_of_empty_cells_is_told_and_no_error() {
    let table = "a,b\n1,\n2,\n";
    for asked in [&["a", "b"][..], &["b"], &[]] {
        let dataset = read_from(table.as_bytes(), "t.csv", &asking_for(asked)).unwrap();
        assert_eq!(dataset.columns.len(), usize::from(asked.len() != 1));
        assert_eq!(dataset.skipped_in("b").unwrap().empty, 2);
    }
    assert_says(
        &refused("t.csv", "a,b\n,\n"),
        &["no usable string", "2 empty"],
    );
}

#[test]
fn long_strings_are_cut_where_that_is_asked_for() {
    let limits = Limits {
        max_length: 3,
        cut: true,
        ..Limits::default()
    };
    let options = ReadOptions {
        limits,
        ..ReadOptions::default()
    };
    let dataset = read_from(
        &b"h\nabcd\nabce\nabc\nxy\n\"12\n4\"\n"[..],
        "t.csv",
        &options,
    );
    let dataset = dataset.unwrap();
    let column = &dataset.columns[0];
    assert_eq!(
        (column.values.join(" "), &column.counts[..]),
        ("abc xy".into(), &[3, 1][..])
    );
    let skipped = dataset.skipped_in_all();
    assert_eq!((skipped.cut, skipped.total(), skipped.rows()), (2, 1, 1));
    assert_eq!(
        (skipped.examples[0].line, skipped.examples[0].reason),
        (Some(2), Reason::Cut)
    );
    assert_says(
        &skipped.to_string(),
        &["skipped 1", "has '\\n'", "told 2 by their first characters"],
    );
    assert_eq!(serde_json::to_value(&skipped).unwrap()["cut"], 2);
    assert!(
        serde_json::to_value(Skipped::default())
            .unwrap()
            .get("cut")
            .is_none()
    );
    let concept = r#"{"name": "a", "train": ["abcd"], "test": ["abce"]}"#;
    let dataset = read_from(concept.as_bytes(), "t.jsonl", &options).unwrap();
    assert_eq!(
        (&dataset.columns[0].test[..], dataset.skipped_in_all().cut),
        (&["abc".into()][..], 2)
    );
    assert_eq!(dataset.skipped_in_all().test_in_train, 1);
}

#[test]
fn a_cell_of_ten_megabytes_is_skipped_and_counted() {
    let cell = "x".repeat(10 << 20);
    let dataset = load("t.csv", &format!("a,b\n1,{cell}\n2,ok\n"));
    assert_eq!(
        (
            &dataset.columns[1].values[..],
            dataset.skipped_in_all().too_long
        ),
        (&["ok".into()][..], 1)
    );
    assert!(dataset.skipped_in_all().examples[0].text.len() < 80);
    assert_eq!(
        load("t.txt", &format!("{cell}\nok\n")).columns[0].values,
        ["ok"]
    );
}

// What is refused.

#[test]
fn files_that_cannot_be_opened_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &std::path::Path| {
        message(
            &path.display().to_string(),
            read(path, &ReadOptions::default()).unwrap_err(),
        )
    };
    assert_says(
        &refused(&folder.path().join("none.csv")),
        &["no such file", "check the path"],
    );
    assert_says(&refused(folder.path()), &["folder"]);
    assert_says(
        &refused(&folder.path().join("x".repeat(300))),
        &["cannot be opened"],
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_read_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(file.path()).is_ok() {
        return eprintln!("skipped: the superuser may read any file");
    }
    let error = read(file.path(), &ReadOptions::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::Permission), "{error}");
}

#[test]
fn empty_files_are_refused_in_every_format() {
    for name in ["t.jsonl", "t.csv", "t.tsv", "t.txt"] {
        for content in ["", "\n\n", "\u{feff}\r\n"] {
            assert_says(&refused(name, content), &["is empty"]);
        }
    }
}

#[test]
fn a_nul_is_refused_with_its_place() {
    for name in ["t.jsonl", "t.csv", "t.txt"] {
        assert_says(&refused(name, b"a\r\nb\0"), &["line 2", "NUL", "encoding"]);
    }
}

#[test]
fn a_malformed_json_line_is_refused_with_its_place() {
    let good = "{\"name\": \"a\", \"train\": [\"1\"]}";
    for (bad, place, problem) in [
        (
            "{\"name\": \"b\", \"train\": [\"1\"}",
            "column 28",
            "expected `,` or `]`",
        ),
        (
            "{\"name\": \"b\", \"train\": [1]}",
            "column 25",
            "expected a string",
        ),
        ("{\"name\": \"b\"}", "column 13", "missing field `train`"),
        (
            "{\"name\": \"b\", \"train\": [\"1\"], \"source\": 3}",
            "column",
            "integer `3`",
        ),
        ("[\"b\", [\"1\"]]", "column 1:", "not a JSON object"),
        ("\u{1b}[31m", "column 1:", "not a JSON object"),
        ("{\"a\": \"\u{1b}\"}", "column", "control character"),
    ] {
        let refused = refused("c.jsonl", format!("{good}\n\n{bad}\n"));
        assert_says(&refused, &["line 3", place, problem, "one object per line"]);
    }
    let none = format!("{good}\n{{\"name\": \"no\\nne\", \"train\": []}}\n");
    assert_says(
        &refused("c.jsonl", none),
        &["line 2", "concept \"no\\nne\"", "add some"],
    );
}

#[test]
fn a_missing_column_is_refused_with_the_names_there_are() {
    let refused = refused_with("t.csv", "city,zipcode\n1,2\n", &asking_for(&["zip_code"]));
    assert_says(
        &refused,
        &[
            "\"zip_code\"",
            "did you mean \"zipcode\"",
            "from \"city\", \"zipcode\"",
        ],
    );
    let near = refused_with("t.csv", "game2,xname\n1,2\n", &asking_for(&["name"]));
    assert_says(&near, &["did you mean \"xname\""]);
    let header: Vec<_> = (0..50).map(|i| format!("column{i}")).collect();
    let wide = format!("{0}\n{0}\n", header.join(","));
    let refused = |wanted| refused_with("t.csv", &wide, &asking_for(&[wanted]));
    assert_says(&refused("#51"), &["\"#51\"", "\"column9\" and 40 more"]);
    assert!(!refused("#0").contains("did you mean"));
    let concepts = "{\"name\": \"zip\", \"train\": [\"1\"]}";
    assert_says(
        &refused_with("c.jsonl", concepts, &asking_for(&["zap"])),
        &["mean \"zip\""],
    );
    assert_says(
        &refused_with("c.txt", "1", &asking_for(&["zap"])),
        &["choose from \"c\""],
    );
}

#[test]
fn broken_tables_are_refused_with_the_line() {
    assert_says(&refused("t.csv", "\r\na,b\r\n"), &["line 2", "no row"]);
    let ragged = refused("t.csv", "a,b\r\n\r\n1,\"2\r\n\"\r\n1,2,3\r\n1,2,3\r\n");
    assert_says(&ragged, &["line 5", "3 cells", "header has 2"]);
    assert_eq!(load("t.csv", "a,b\n1,2,,\n").columns.len(), 2);
    for open in [
        "a,b\n1,2\n\n3,\"4\n5,6\n",
        "a\n1\n\n\"",
        "a\n1\n\n\"x\"\"\n2",
    ] {
        assert_says(
            &refused("t.csv", open),
            &["line 4", "never closed", "close it"],
        );
    }
    assert_eq!(load("t.csv", "a\n1\n\"2\"").columns[0].values, ["1", "2"]);
    let quote = ReadOptions {
        delimiter: Some(b'"'),
        ..ReadOptions::default()
    };
    assert_says(
        &refused_with("t.csv", "a\n1\n", &quote),
        &["byte 34 cannot separate"],
    );
}

#[test]
fn a_record_beyond_the_limit_is_refused_without_being_read_to_its_end() {
    let limits = Limits {
        max_record_bytes: 100_000,
        ..Limits::default()
    };
    for (name, start) in [
        ("t.csv", "a\n1\n\""),
        ("t.txt", "1\n2\n"),
        ("t.jsonl", "\n\n{"),
    ] {
        let endless = start.as_bytes().chain(io::repeat(b'x'));
        let options = ReadOptions {
            limits,
            ..ReadOptions::default()
        };
        let error = read_from(endless, name, &options).unwrap_err();
        assert_says(
            &message(name, error),
            &["line 3", "over 100000 bytes", "unclosed quote"],
        );
    }
}

#[test]
fn too_many_columns_are_refused_unless_fewer_are_asked_for() {
    let limits = Limits {
        max_columns: 1,
        ..Limits::default()
    };
    let all = ReadOptions {
        limits,
        ..ReadOptions::default()
    };
    assert_says(
        &refused_with("t.csv", "a,b\n1,2\n", &all),
        &["over 1 columns", "name fewer"],
    );
    let concept = "{\"name\": \"a\", \"train\": [\"1\"]}\n";
    assert_says(
        &refused_with("t.jsonl", concept.repeat(2), &all),
        &["over 1 columns"],
    );
    let one = ReadOptions {
        columns: vec!["b".into()],
        ..all
    };
    assert_eq!(
        names(&read_from(&b"a,b\n1,2\n"[..], "t.csv", &one).unwrap()),
        ["b"]
    );
}

#[test]
fn a_file_with_nothing_usable_is_refused_with_the_reasons() {
    let limits = Limits {
        allowed: |c| c.is_ascii_digit(),
        ..Limits::default()
    };
    let options = ReadOptions {
        limits,
        ..ReadOptions::default()
    };
    let refused = refused_with("t.txt", "a\n\nb\u{202e}\n", &options);
    assert_says(
        &refused,
        &[
            "no usable string",
            "skipped 3: 1 empty, 2 outside",
            "line 1, \"a\"",
        ],
    );
}

/// A stream that fails after its content.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the disk\nis gone")),
            read => Ok(read),
        }
    }
}

#[test]
fn a_stream_that_fails_in_the_middle_is_refused_with_the_line() {
    let content = "0123456\n".repeat(16 << 10); // two whole chunks of 64 KiB are checked before
    for format in [Format::Lines, Format::Table] {
        let error = read_from(Failing(content.as_bytes()), "pipe", &in_format(format)).unwrap_err();
        assert_says(
            &message("pipe", error),
            &["line 16385", "the disk\\nis gone", "check the disk"],
        );
    }
}

// Bounds and properties.

#[test]
fn a_long_column_is_read_as_a_stream_with_a_bounded_number_of_distinct_strings() {
    const ROWS: u64 = 300_000;
    let mut row = 0;
    let rows = std::iter::from_fn(move || {
        row += 1;
        (row <= ROWS).then(|| format!("{},{}\n", row % 7, row).into_bytes())
    });
    let stream = b"digit,row\n".chain(Pieces {
        rows,
        piece: io::Cursor::default(),
    });
    let limits = Limits {
        max_distinct: 1000,
        ..Limits::default()
    };
    let options = ReadOptions {
        limits,
        ..ReadOptions::default()
    };
    let dataset = read_from(stream, "t.csv", &options).unwrap();
    assert_eq!(dataset.columns[0].values.len(), 7);
    assert_eq!(dataset.columns[0].counts.iter().sum::<u64>(), ROWS);
    assert_eq!(dataset.columns[1].values.len(), 1000);
    assert_eq!(dataset.skipped_in_all().beyond_limit, ROWS - 1000);
    assert_eq!(dataset.skipped_in_all().examples.len(), 3);
}

/// A stream made of rows that are generated one by one.
struct Pieces<I> {
    rows: I,
    piece: io::Cursor<Vec<u8>>,
}

impl<I: Iterator<Item = Vec<u8>>> Read for Pieces<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.piece.read(buffer)? {
            0 => match self.rows.next() {
                Some(piece) => {
                    self.piece = io::Cursor::new(piece);
                    self.read(buffer)
                }
                None => Ok(0),
            },
            read => Ok(read),
        }
    }
}

fn any_character() -> ReadOptions {
    let limits = Limits {
        allowed: |_| true,
        ..Limits::default()
    };
    ReadOptions {
        limits,
        ..ReadOptions::default()
    }
}

/// Distinct strings in the order of their first appearance, with counts, by plain enumeration.
fn distinct(cells: &[&String]) -> (Vec<String>, Vec<u64>) {
    let first = |&i: &usize| !cells[..i].contains(&cells[i]);
    let count = |i: usize| cells.iter().filter(|cell| **cell == cells[i]).count() as u64;
    let firsts = (0..cells.len()).filter(first);
    firsts.map(|i| (cells[i].clone(), count(i))).unzip()
}

/// Bytes in which the characters that mean something to a reader are frequent.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let telling = prop::sample::select(b"\n\r\"\",;\t{}[]:a1\\\0\xef\xbb\xbf\xe9".to_vec());
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(telling, 0..60),
        prop::collection::vec(prop::sample::select(b"\n\r\"\",ab".to_vec()), 0..40),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(content in bytes(), name in "[a#é]?\\.(jsonl|csv|tsv|txt)") {
        match read_from(&content[..], &name, &any_character()) {
            Ok(dataset) => for column in &dataset.columns {
                prop_assert!(!column.values.is_empty());
                prop_assert_eq!(column.values.len(), column.counts.len());
                prop_assert!(column.counts.iter().all(|&count| count > 0));
            },
            Err(error) => { message("", error); }
        }
    }

    #[test]
    fn what_the_csv_crate_writes_is_read_back(
        rows in prop::collection::vec(prop::collection::vec("[a-c\",;\n é]{0,3}", 3), 1..20),
        crlf in any::<bool>(),
    ) {
        let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(end).from_writer(Vec::new());
        writer.write_record(["x", "y", "z"]).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let table = writer.into_inner().unwrap();
        let empty = rows.iter().flatten().filter(|cell| cell.is_empty()).count();
        prop_assume!(empty < 3 * rows.len());
        let dataset = read_from(&table[..], "t.csv", &any_character()).unwrap();
        prop_assert_eq!(dataset.skipped_in_all().total(), empty as u64);
        for (i, name) in ["x", "y", "z"].iter().enumerate() {
            let cells: Vec<_> = rows.iter().map(|row| &row[i]).filter(|c| !c.is_empty()).collect();
            let column = dataset.columns.iter().find(|column| column.name == *name);
            let read = column.map(|c| (c.values.clone(), c.counts.clone())).unwrap_or_default();
            prop_assert_eq!(read, distinct(&cells));
        }
    }

    #[test]
    fn json_lines_are_read_back(train in prop::collection::vec("\\PC{1,9}", 1..9), name in "\\PC{1,9}") {
        let line = serde_json::json!({ "name": name, "train": train, "source": "s" }).to_string();
        let dataset = read_from(line.as_bytes(), "c.jsonl", &any_character()).unwrap();
        let column = &dataset.columns[0];
        prop_assert_eq!(column.counts.iter().sum::<u64>(), train.len() as u64);
        prop_assert!(train.iter().all(|text| column.values.contains(text)));
        if !name.trim().is_empty() {
            prop_assert_eq!(&column.name[..], name.trim());
        }
    }

    /// A chunk is 64 KiB: the padding puts each byte of a character and of a line end on its border.
    #[test]
    fn the_borders_of_chunks_do_not_show(padding in 65526_usize..65541, last in "[aé€\u{1f600}]{6}") {
        let content = format!("{}\r\n{last}\r\n{last}", "x".repeat(padding));
        let limits = Limits { max_length: 70_000, ..Limits::default() };
        let options = ReadOptions { limits, ..ReadOptions::default() };
        let dataset = read_from(content.as_bytes(), "t.txt", &options).unwrap();
        prop_assert_eq!(&dataset.columns[0].values[1..], &[last]);
        prop_assert_eq!(&dataset.columns[0].counts[..], &[1, 2]);
        prop_assert!(dataset.skipped.is_empty());
    }
}

#[test]
fn the_collected_concepts_are_read_whole() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/string_concepts.jsonl"
    );
    if !std::path::Path::new(path).exists() {
        return eprintln!("skipped: there is no {path}");
    }
    let dataset = read(path.as_ref(), &ReadOptions::default()).unwrap();
    assert!(dataset.columns.iter().all(|column| !column.test.is_empty()));
    assert_eq!(
        (dataset.columns.len(), dataset.skipped_in_all().total()),
        (470, 0)
    );
}
