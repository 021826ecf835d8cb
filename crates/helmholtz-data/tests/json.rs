//! JSON of rows: a line each, or an array.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by it, as tests do"
)]

use helmholtz_data::{Column, Dataset, Limits, ReadOptions, read_from};
use proptest::prelude::*;

fn load(text: &str) -> Dataset {
    read_from(text.as_bytes(), "t.json", &ReadOptions::default()).unwrap()
}

fn refused(text: &str) -> String {
    let error = read_from(text.as_bytes(), "t.json", &ReadOptions::default());
    error.unwrap_err().to_string()
}

fn column<'a>(dataset: &'a Dataset, name: &str) -> &'a Column {
    let mut columns = dataset.columns.iter();
    columns.find(|column| column.name == name).unwrap()
}

#[test]
fn keys_are_columns_and_values_are_as_they_are_written() {
    let dataset = load(
        "{\"id\": 1.50, \"tag\": \"a\\u00e9\", \"more\": {\"x\": [1, 2.0]}, \"ok\": true}\n\n\
         {\"id\": 1e400, \"tag\": null, \"ok\": false, \"late\": \"z\"}\n\
         {\"id\": 123456789012345678901234567890, \"tag\": \"\"}\n",
    );
    assert_eq!(
        column(&dataset, "id").values,
        ["1.50", "1e400", "123456789012345678901234567890"]
    );
    assert_eq!(column(&dataset, "id").lines, [1, 3, 4]);
    assert_eq!(column(&dataset, "tag").values, ["aé"]);
    assert_eq!(column(&dataset, "more").values, ["{\"x\": [1, 2.0]}"]);
    assert_eq!(column(&dataset, "ok").values, ["true", "false"]);
    assert_eq!(column(&dataset, "late").values, ["z"]);
    for (name, empty) in [("tag", 2), ("more", 2), ("ok", 1), ("late", 2)] {
        assert_eq!(dataset.skipped_in(name).unwrap().empty, empty, "{name}");
    }
    assert!(dataset.skipped_in("id").is_none());
    let [nested] = &dataset.remarks[..] else {
        panic!("{:?}", dataset.remarks);
    };
    assert!(
        nested.contains("\"more\": 1 nested value (line 1)"),
        "{nested}"
    );
}

#[test]
fn values_of_several_types_are_told() {
    let told = |text: &str| load(text).remarks.join("\n");
    let mixed = told("{\"a\": 1}\n{\"a\": \"17\"}\n{\"a\": 2}\n{\"a\": null}\n{\"a\": true}\n");
    let expected = "1 string (line 2), 2 numbers (first on line 1), 1 boolean (line 5)";
    assert!(
        mixed.contains("several types") && mixed.contains(expected),
        "{mixed}"
    );
    assert_eq!(
        told("{\"a\": 1, \"b\": \"x\"}\n{\"a\": -2, \"b\": null}\n"),
        ""
    );
}

#[test]
fn an_array_of_objects_is_the_same_as_lines_of_them() {
    let lines = "{\"a\": \"x,]}\\\"\\\\\", \"b\": [1, {\"c\": 2}]}\n{\"a\": \"y\"}\n";
    let expected = load(lines);
    let array = format!("[{}]", lines.trim().replace('\n', ", "));
    let loose = lines
        .trim()
        .replace("}\n", "}\n\n ,\n ")
        .replace("\"b\": [1, {", "\n\"b\": [\n  1,\n\t{");
    for text in [array, format!("\u{feff} \n [ {loose} \n]\r\n\n")] {
        let dataset = load(&text);
        assert_eq!(column(&dataset, "a").values, column(&expected, "a").values);
        let nested = column(&dataset, "b").values[0].replace(' ', "");
        assert_eq!(nested, "[1,{\"c\":2}]");
    }
    let placed = load("[\n{\"a\": 1},\n\n{\"a\":\n 2}\n]");
    assert_eq!(column(&placed, "a").lines, [2, 4]);
}

#[test]
fn objects_with_training_strings_are_columns_in_an_array_too() {
    let dataset = load(
        r#"[{"name": "zip", "train": ["1", "2"], "test": ["3"]}, {"name": "b", "train": ["x"]}]"#,
    );
    assert_eq!(
        (dataset.columns.len(), &dataset.columns[0].test[..]),
        (2, &["3".into()][..])
    );
    let trains = load("{\"train\": \"ICE 5\", \"name\": \"x\"}\n{\"train\": \"RE 1\"}\n");
    assert_eq!(column(&trains, "train").values, ["ICE 5", "RE 1"]);
}

#[test]
fn columns_are_asked_for_and_repeated_keys_count_once() {
    let options = ReadOptions {
        columns: vec!["B".into()],
        ..ReadOptions::default()
    };
    let text = "{\"a\": 1, \"b\": 2, \"b\": 3}\n{\" b\": 4}\n";
    let dataset = read_from(text.as_bytes(), "t.jsonl", &options).unwrap();
    assert_eq!(
        (dataset.columns.len(), &dataset.columns[0].values[..]),
        (1, &["3".into()][..])
    );
    assert!(
        dataset.remarks[0].contains("\"b#2\""),
        "{:?}",
        dataset.remarks
    );
    let limits = Limits {
        max_columns: 2,
        ..Limits::default()
    };
    let options = ReadOptions {
        limits,
        ..ReadOptions::default()
    };
    let error = read_from(text.as_bytes(), "t.jsonl", &options).unwrap_err();
    assert!(error.to_string().contains("over 2 columns"), "{error}");
}

#[test]
fn broken_lines_among_others_are_left_out_and_told() {
    let text = "{\"a\": 1}\n{\"a\": 2, \"b\n{\"a\": 3}\nok\n{\"a\": 4, \"b\": \"\\ud83d\"}\n{\"a\": 5}\n{\"a\": 6}\n";
    let dataset = load(text);
    assert_eq!(column(&dataset, "a").values, ["1", "3", "5", "6"]);
    assert_eq!(column(&dataset, "a").lines, [1, 3, 6, 7]);
    let told = dataset.remarks.join("\n");
    assert!(
        told.contains("3 lines are no JSON objects and were left out: line 2 (EOF while parsing"),
        "{told}"
    );
    assert!(told.contains("line 4 (this is not a JSON object), line 5 (half of a character)"));
    // An array goes on nowhere.
    assert!(refused("[{\"a\": 1},\n{\"a\": 2, 3},\n{\"a\": 4}, {\"a\": 5}]").contains("line 2"));
}

#[test]
fn broken_json_is_refused_with_its_place() {
    for (text, parts) in [
        ("", ["t.json", "is empty"]),
        ("[]", ["t.json", "is empty"]),
        ("[", ["line 1", "not closed"]),
        ("[\n{\"a\": 1}\n", ["line 3", "not closed"]),
        ("[\n{\"a\": 1},\n]", ["line 3", "expected an object"]),
        ("[,]", ["line 1", "expected"]),
        ("[{\"a\": 1} {\"a\": 2}]", ["line 1", "trailing"]),
        ("[{\"a\": 1}]\nmore", ["line 2", "follows the array"]),
        ("[\n1, 2]", ["line 2", "not a JSON object"]),
        ("[{\"a\":\n 1,\n 2}]", ["line 3", "column 2"]),
        (
            "{\"a\": 1}\n{\"a\": \"\\ud800\"}\n",
            ["line 2: column 14", "half of a character"],
        ),
        ("{\"a\": 1}\n\n{\"a\": 1", ["line 3", "EOF"]),
        ("{\"a\": 1}\nb", ["line 2", "not a JSON object"]),
        ("[{\"a\": \"\\", ["line 1", "EOF"]),
    ] {
        let message = refused(text);
        assert!(
            parts.iter().all(|part| message.contains(part)),
            "{text:?}: {message}"
        );
    }
    let deep = "{\"a\": ".to_owned() + &"[".repeat(100_000);
    assert!(refused(&deep).contains("line 1") && refused(&format!("[{deep}")).contains("line 1"));
    let limits = Limits {
        max_record_bytes: 100_000,
        ..Limits::default()
    };
    let options = ReadOptions {
        limits,
        ..ReadOptions::default()
    };
    let long = format!("[{{\"a\": 1}},\n{{\"a\": \"{}\"}}]", "x".repeat(1 << 20));
    let error = read_from(long.as_bytes(), "t.json", &options).unwrap_err();
    assert!(error.to_string().contains("line 2: the record"), "{error}");
}

proptest! {
    #[test]
    fn rows_are_read_back(rows in prop::collection::vec(prop::collection::vec("\\PC{1,6}", 2), 1..9), pretty: bool) {
        let objects: Vec<_> = rows.iter().map(|row| serde_json::json!({"a": row[0], "b": [row[1]]})).collect();
        let text = match pretty {
            true => serde_json::to_string_pretty(&objects).unwrap(),
            false => objects.iter().map(|o| o.to_string() + "\n").collect(),
        };
        let limits = Limits { allowed: |_| true, ..Limits::default() };
        let options = ReadOptions { limits, ..ReadOptions::default() };
        let dataset = read_from(text.as_bytes(), "t.json", &options).unwrap();
        for (i, name) in ["a", "b"].into_iter().enumerate() {
            let expected = |row: &Vec<String>| match i {
                0 => row[0].clone(),
                _ => serde_json::json!([row[1]]).to_string(),
            };
            let column = column(&dataset, name);
            prop_assert_eq!(column.counts.iter().sum::<u64>(), rows.len() as u64);
            prop_assert!(rows.iter().all(|row| column.values.contains(&expected(row))));
        }
    }

    #[test]
    fn no_json_makes_a_reader_panic(text in "[\\[\\]{}\",:a1\\\\ \n]{0,40}", start in "(\\[|\\{\"a\":)?") {
        let _ = read_from((start + &text).as_bytes(), "t.json", &ReadOptions::default());
    }
}
