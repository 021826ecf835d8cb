//! Tables as people have them: what separates cells, whether there is a header, rows of other widths.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by it, as tests do"
)]

use helmholtz_data::reading::{ColumnReading, TableReading};
use helmholtz_data::{Dataset, Format, Limits, ReadOptions, read_cells_from, read_from};
use proptest::prelude::*;

fn load(text: &str) -> Dataset {
    read_from(text.as_bytes(), "t.csv", &ReadOptions::default()).unwrap()
}

fn refused(text: &str) -> String {
    let error = read_from(text.as_bytes(), "t.csv", &ReadOptions::default());
    error.unwrap_err().to_string()
}

fn names(dataset: &Dataset) -> Vec<&str> {
    let columns = dataset.columns.iter();
    columns.map(|column| column.name.as_str()).collect()
}

fn with_header(header: bool) -> ReadOptions {
    ReadOptions {
        header: Some(header),
        ..ReadOptions::default()
    }
}

#[test]
fn the_delimiter_is_seen_in_the_rows_and_an_unusual_one_is_told() {
    let semicolons = load("id;preis\n1;1,50\n2;2,75\n3;10,20\n");
    assert_eq!(
        (names(&semicolons), semicolons.remarks.len()),
        (vec!["id", "preis"], 0)
    );
    let bars = load("id|note\n1|a, b\n2|c; d\n");
    assert_eq!(names(&bars), ["id", "note"]);
    assert!(bars.remarks[0].contains("`|`") && bars.remarks[0].contains("a guess"));
    let mixed = load("a,b;c\n1,2;3\n4,5;6\n");
    assert_eq!(names(&mixed), ["a", "b;c"]);
}

#[test]
fn a_line_that_names_the_delimiter_is_honoured_and_no_row() {
    for start in ["sep=;\n", "sep=;\r\n", "\u{feff}sep=;\r\n", "\"sep=;\"\n"] {
        let dataset = load(&format!("{start}id;code\n1;x,y\n2;z,z\n"));
        assert_eq!(names(&dataset), ["id", "code"]);
        assert_eq!(
            (&dataset.columns[0].lines[..], dataset.remarks.len()),
            (&[3, 4][..], 1)
        );
    }
    assert!(refused("sep=;\na;b\n1;2\n\"3").contains("line 4: a quote"));
    assert!(refused("sep=;\na;b\n1;2;3\n").contains("line 3: the row has 3 cells"));
    assert!(refused("sep=;\n").contains("is empty"));
    let cells = read_cells_from(&b"sep=;\n1;2\n"[..], "t.csv", &ReadOptions::default()).unwrap();
    assert_eq!((cells.names.len(), cells.remarks.len()), (2, 1));
}

#[test]
fn a_table_without_a_header_is_told_and_can_be_told_otherwise() {
    let text: String = (0..20).map(|i| format!("{}-AB,{i}\n", 100 + i)).collect();
    let guessed = load(&text);
    assert_eq!(names(&guessed), ["#1", "#2"]);
    assert_eq!(
        (guessed.columns[0].values.len(), guessed.columns[0].lines[0]),
        (20, 1)
    );
    assert!(
        guessed.remarks[0].contains("--header"),
        "{:?}",
        guessed.remarks
    );
    let headed = read_from(text.as_bytes(), "t.csv", &with_header(true)).unwrap();
    assert_eq!(
        (names(&headed), headed.remarks.len()),
        (vec!["100-AB", "0"], 0)
    );
    let bare = read_from(&b"name\nAnn\n"[..], "t.csv", &with_header(false)).unwrap();
    assert_eq!((names(&bare), bare.remarks.len()), (vec!["#1"], 0));
    assert_eq!(bare.columns[0].values, ["name", "Ann"]);
    let asked = ReadOptions {
        columns: vec!["#2".into()],
        ..ReadOptions::default()
    };
    assert_eq!(
        names(&read_from(text.as_bytes(), "t.csv", &asked).unwrap()),
        ["#2"]
    );
    let named = ReadOptions {
        columns: vec!["100-ab".into()],
        ..ReadOptions::default()
    };
    assert_eq!(
        names(&read_from(text.as_bytes(), "t.csv", &named).unwrap()),
        ["100-AB"]
    );
}

#[test]
fn cells_have_the_header_that_was_asked_for() {
    let read = |text: &str, header| read_cells_from(text.as_bytes(), "t.csv", &with_header(header));
    let years = read("2019,2020\n1,2\n", true).unwrap();
    assert_eq!(
        (years.names.join(" "), years.rows.len()),
        ("2019 2020".into(), 1)
    );
    let words = read("a,b\n1,2\n", false).unwrap();
    assert_eq!((words.names.join(" "), words.rows.len()), ("x y".into(), 2));
}

#[test]
fn rows_of_other_widths_are_left_out_and_named() {
    let mut text = "a,b,c\n".to_owned() + &"1,x,p\n".repeat(30);
    text += "2,y\n3,z,q,r\n4,\"v\nw\",s\n5,u,t,,\n";
    let dataset = load(&text);
    assert_eq!(dataset.columns[0].values, ["1", "4", "5"]);
    let told =
        "2 rows have other numbers of cells than the header (3); left out: lines 32 (2), 33 (4)";
    assert_eq!(dataset.remarks, [told]);
    let left = dataset.skipped_in("b").unwrap();
    assert_eq!((left.ragged, left.empty), (2, 0));
    let many = load(&("a,b\n".to_owned() + &"1,2\n".repeat(30) + &"1,2,3\n".repeat(9)));
    assert!(
        many.remarks[0].ends_with("36 (3), and 4 more"),
        "{:?}",
        many.remarks
    );
    let one = load("a,b\n1,2\n3,4,5\n6,7\n");
    assert_eq!(
        one.remarks,
        ["1 row has another number of cells than the header (2); left out: line 3 (3)"]
    );
    let bare: String = (0..30).map(|i| format!("{i}-A,{i}\n")).collect();
    assert!(load(&(bare + "7-A\n")).remarks[1].contains("than most (2); left out: line 31 (1)"));
}

#[test]
fn most_rows_of_other_widths_are_an_error() {
    assert!(refused("a,b\n1,2,3\n").contains("line 2: the row has 3 cells but the header has 2"));
    assert!(refused("a\n1,2\n1\n3,4\n5,6\n").contains("line 2: the row has 2 cells"));
}

#[test]
fn where_many_rows_are_short_empty_cells_were_not_written() {
    let dataset = load("a,b,c\n1\n2,x\n3,,z\n4\n5,,,6\n");
    assert_eq!(dataset.columns[0].values, ["1", "2", "3", "4"]);
    assert_eq!(dataset.skipped_in("c").unwrap().empty, 3);
    let [short, long] = &dataset.remarks[..] else {
        panic!("{:?}", dataset.remarks)
    };
    assert!(
        short.starts_with("3 rows have fewer cells than the header (3); missing cells are empty")
    );
    assert!(
        long.starts_with("1 row has another number of cells"),
        "{long}"
    );
}

#[test]
fn repeated_names_are_told_and_each_column_is_read() {
    let dataset = load(" x ,\u{feff}x,y\n1,a,2\n");
    assert_eq!(names(&dataset), ["x", "x#2", "y"]);
    assert!(
        dataset.remarks[0].contains("\"x#2\""),
        "{:?}",
        dataset.remarks
    );
    for (asked, value) in [("x", "1"), ("x#2", "a"), ("#2", "a"), ("y", "2")] {
        let options = ReadOptions {
            columns: vec![asked.into()],
            ..ReadOptions::default()
        };
        let dataset = read_from(&b"x,x,y\n1,a,2\n"[..], "t.csv", &options).unwrap();
        assert_eq!(dataset.columns[0].values, [value]);
    }
    assert!(load("a,,b\n1,2,3\n").remarks.is_empty());
}

#[test]
fn hostile_tables_are_refused_or_read() {
    let line = "x".repeat(10 << 20);
    let limits = Limits {
        max_record_bytes: 1 << 20,
        ..Limits::default()
    };
    let options = ReadOptions {
        limits,
        ..ReadOptions::default()
    };
    let error = read_from(line.as_bytes(), "t.csv", &options).unwrap_err();
    assert!(error.to_string().contains("line 1: the record"), "{error}");
    assert!(refused(&line).contains("no row below"));
    assert!(refused("\"never;closed,a|b\n1;2\n").contains("never closed"));
    assert!(refused("a;b\n").contains("no row below") && refused("").contains("is empty"));
    assert!(refused(&",".repeat(5000)).contains("over 4096 columns"));
    let wide = ",".repeat((1 << 20) + 1) + "\n1\n";
    let asked = ReadOptions {
        columns: vec!["#1".into()],
        ..ReadOptions::default()
    };
    let error = read_from(wide.as_bytes(), "t.csv", &asked).unwrap_err();
    assert!(
        error.to_string().contains("over 1048576 columns"),
        "{error}"
    );
}

#[test]
fn options_are_those_of_the_readers() {
    let reading: ColumnReading =
        serde_json::from_value(serde_json::json!({"no_header": true, "encoding": "latin1"}))
            .unwrap();
    let options = reading.options(Limits::default()).unwrap();
    assert_eq!(
        (options.header, options.encoding.as_deref()),
        (Some(false), Some("latin1"))
    );
    let both = TableReading {
        header: true,
        no_header: true,
        ..TableReading::default()
    };
    let bad = both.options().unwrap_err();
    assert_eq!(bad.option, "header");
    assert!(String::from(bad).contains("choose one"));
    let reading = TableReading {
        delimiter: Some("ab".into()),
        ..TableReading::default()
    };
    assert_eq!(reading.options().unwrap_err().option, "delimiter");
    assert_eq!(TableReading::default().options().unwrap().header, None);
}

proptest! {
    /// Cells that are quoted where they must be are read back, whatever separates them.
    #[test]
    fn a_table_is_read_back_with_every_delimiter(
        rows in prop::collection::vec(prop::collection::vec("[a-c,;|\t\" é]{0,4}", 3), 3..12),
        delimiter in prop::sample::select(b",;|\t".to_vec()),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter)
            .quote_style(csv::QuoteStyle::Always).from_writer(vec![]);
        writer.write_record(["first", "second", "third"]).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let table = writer.into_inner().unwrap();
        let cells = read_cells_from(&table[..], "t.csv", &ReadOptions::default()).unwrap();
        prop_assert_eq!(cells.names.join(" "), "first second third");
        prop_assert_eq!(cells.rows, rows);
    }

    /// Rows of other widths never move cells of the others.
    #[test]
    fn what_is_kept_and_what_is_left_out_add_up(widths in prop::collection::vec(1_usize..5, 1..30)) {
        let row = |(i, width): (usize, &usize)| vec![format!("v{i}"); *width].join(",") + "\n";
        let text = "a,b,c\n".to_owned() + &widths.iter().enumerate().map(row).collect::<String>();
        let long = widths.iter().filter(|&&width| width > 3).count();
        let short = widths.iter().filter(|&&width| width < 3).count();
        let out = if 10 * short > widths.len() { long } else { long + short };
        match read_from(text.as_bytes(), "t.csv", &ReadOptions::default()) {
            Ok(dataset) => {
                let kept: u64 = dataset.columns[0].counts.iter().sum();
                prop_assert_eq!(kept as usize, widths.len() - out);
                for column in &dataset.columns {
                    for (value, line) in column.values.iter().zip(&column.lines) {
                        prop_assert_eq!(value, &format!("v{}", line - 2));
                    }
                }
            }
            Err(error) => prop_assert!(2 * out > widths.len(), "{}", error),
        }
    }

    /// In a table of words the header stays one.
    #[test]
    fn words_above_words_are_a_header(names in prop::collection::vec("[a-z]{1,8}", 1..4), rows in 1_usize..20) {
        let row = vec!["Word"; names.len()].join(",") + "\n";
        let dataset = load(&(names.join(",") + "\n" + &row.repeat(rows)));
        prop_assert_eq!(&dataset.columns[0].name, &names[0]);
        prop_assert_eq!(dataset.columns[0].counts[0] as usize, rows);
    }
}

#[test]
fn blank_lines_are_empty_cells_of_one_column_and_told_of_several() {
    let one = load("code\nA1\n\n\nB2\n\nC3\n\n");
    assert_eq!(one.columns[0].values, ["A1", "B2", "C3"]);
    let left = one.skipped_in("code").unwrap();
    assert_eq!((left.empty, left.examples[0].line), (3, Some(3)));
    let several = load("a,b\n1,2\n\n3,4\n\n\n5,6\n");
    assert_eq!(several.columns[0].values, ["1", "3", "5"]);
    assert!(
        several
            .remarks
            .iter()
            .any(|r| r == "3 blank lines between rows were left out")
    );
}

#[test]
fn keys_that_stand_twice_are_told() {
    let text = "{\"a\":1,\"a\":2}\n{\"a\":3}\n";
    let rows = read_from(text.as_bytes(), "t.jsonl", &ReadOptions::default()).unwrap();
    assert_eq!(rows.columns[0].values, ["2", "3"]);
    let told = rows.remarks.iter().find(|r| r.contains("twice")).unwrap();
    assert!(
        told.contains("1 row") && told.contains("\"a\"") && told.contains("line 1"),
        "{told}"
    );
}

#[test]
fn what_says_nothing_of_lines_is_told() {
    let options = ReadOptions {
        header: Some(false),
        ..ReadOptions::default()
    };
    let found = read_from("x1\nx2\n".as_bytes(), "t.txt", &options).unwrap();
    assert!(found.remarks[0].contains("neither cells nor a header"));
}

#[test]
fn rows_keep_where_their_strings_are() {
    let table = "a,b\nx,1\n\ny,\nx,2,3,4\nx,1\n";
    let options = ReadOptions {
        rows: true,
        ..ReadOptions::default()
    };
    let dataset = read_from(table.as_bytes(), "t.csv", &options).unwrap();
    let rows: Vec<_> = dataset.columns.iter().map(|c| c.rows.clone()).collect();
    assert_eq!(
        rows,
        [
            vec![(2, Some(0)), (4, Some(1)), (5, None), (6, Some(0))],
            vec![(2, Some(0)), (4, None), (5, None), (6, Some(0))],
        ]
    );
    let lines = ReadOptions {
        format: Some(Format::Lines),
        ..options
    };
    let dataset = read_from("p\n\np\nq\n".as_bytes(), "l", &lines).unwrap();
    let expected = [(1, Some(0)), (2, None), (3, Some(0)), (4, Some(1))];
    assert_eq!(dataset.columns[0].rows, expected);
}
