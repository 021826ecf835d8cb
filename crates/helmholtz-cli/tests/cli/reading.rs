//! The commands that read a model: explain, sample, evaluate, score; and what people feed them.

use std::process::{Command, Stdio};

use super::kit::{Done, Kit};
use serde_json::{Value, json};

/// A kit with a tiny trained model in `run`.
fn trained() -> Kit {
    let kit = Kit::new();
    kit.train("run", "");
    kit
}

#[test]
fn explanations_are_an_array_with_an_object_per_column() {
    let kit = trained();
    let done = kit
        .run("explain run table.csv --column zip --column PHONE --json")
        .succeeds();
    let columns = done.answers();
    let names: Vec<&Value> = columns
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["name"])
        .collect();
    assert_eq!(names, ["zip", "phone"]);
    for column in columns.as_array().unwrap() {
        let best = &column["programs"][0];
        assert!(best["regex"].is_string() && best["export"].as_str().unwrap().starts_with('^'));
        assert!(best["weight"].is_number() && best["log_joint"].is_number());
        assert!(column["samples"].is_array() && column["outliers"].is_array());
    }
}

#[test]
fn explanations_can_be_read_without_colour() {
    let kit = trained();
    let text = kit.run("explain run table.csv --details").succeeds().out;
    assert!(!text.contains('\x1b'), "no escapes in a pipe");
    assert!(text.contains("zip  (6 values, 5 distinct)"), "{text}");
    assert!(text.lines().any(|line| line.contains('%')), "{text}");
}

#[test]
fn standard_input_is_a_file_like_any_other() {
    let kit = trained();
    let done = kit
        .run_with("explain run - --json", "2020-01-02\n2021-03-04\n\n")
        .succeeds();
    assert_eq!(done.answers().as_array().unwrap().len(), 1);
    let left_out = &done.answers()[0]["left_out"];
    assert_eq!(
        (&left_out[0]["count"], &left_out[0]["reason"]),
        (&json!(1), &json!("empty"))
    );
    assert_eq!(left_out[0]["rows"], json!([3]));
}

#[test]
fn a_layout_that_the_name_does_not_tell_can_be_said() {
    let kit = trained();
    let names = |done: &Done| -> Vec<String> {
        let columns = done.answers();
        let names = columns.as_array().unwrap().iter();
        names
            .map(|c| c["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let table = "day|code\n1|a,b\n2|c,d\n";
    let done = kit.run_with("explain run - --json --format csv --delimiter |", table);
    assert_eq!(names(&done.succeeds()), ["day", "code"]);
    let done = kit.run_with("explain run - --json --format tsv", "a\tb\n1\t2\n");
    assert_eq!(names(&done.succeeds()), ["a", "b"]);
    let lines = kit.run("explain run table.csv --json --format lines");
    assert_eq!(
        lines.succeeds().answers()[0]["distinct"],
        7,
        "the header is a line too"
    );
    kit.run("explain run table.csv --delimiter ab")
        .refuses(&["--delimiter", "one ASCII character"]);
}

#[test]
fn samples_come_by_seed() {
    let kit = trained();
    let draw = |more: &str| {
        kit.run(&format!("sample run --json -n 3 {more}"))
            .succeeds()
            .answers()
    };
    let drawn = draw("");
    assert_eq!(drawn.as_array().unwrap().len(), 3);
    for program in drawn.as_array().unwrap() {
        assert!(program["regex"].is_string() && program["export"].is_string());
        assert!(program["log_prior"].as_f64().unwrap() < 0.0);
        assert!(program["samples"].as_array().unwrap().len() <= 5);
    }
    assert_eq!(
        (draw("--seed 1"), draw("--seed 2") == drawn),
        (drawn.clone(), false)
    );
    assert!(
        kit.run("sample run -n 2")
            .succeeds()
            .out
            .contains("(log p -")
    );
}

#[test]
fn evaluation_reports_the_three_numbers() {
    let kit = trained();
    let lines: Vec<String> = (0..3)
        .map(|i| {
            json!({"name": i.to_string(), "train": ["12", "3"], "test": ["45", "6"]}).to_string()
        })
        .collect();
    kit.write("held-out.jsonl", lines.join("\n"));
    let report = kit
        .run("evaluate run --data held-out.jsonl --json")
        .succeeds()
        .answers()[0]
        .clone();
    for key in ["marginal_nll", "predictive_nll", "classification_error_100"] {
        for part in [&report, &report["refitted_guide"]] {
            let part = part.as_object().unwrap();
            assert!(
                part.contains_key(key) && part.contains_key(&format!("{key}_se")),
                "{key}"
            );
        }
    }
    assert_eq!(report["concepts"], 3);
    assert!(report["sizes"].is_object());
    assert!(
        !kit.run("evaluate run --data held-out.jsonl")
            .succeeds()
            .out
            .is_empty()
    );
}

#[test]
fn scores_are_exact() {
    let kit = Kit::new();
    let done = kit
        .run(r"score strings --language paper --json \d\d? 7 42 x é")
        .succeeds();
    // One digit: (1/10)(1/2); two: (1/10)(1/2)(1/10).
    let scores: Vec<f64> = done.answers().as_array().unwrap()[..2]
        .iter()
        .map(|s| s["log_prob"].as_f64().unwrap())
        .collect();
    assert!((scores[0] - 0.05f64.ln()).abs() < 1e-12 && (scores[1] - 0.005f64.ln()).abs() < 1e-12);
    assert_eq!(done.answers()[2]["string"], "x");
    assert_eq!(done.answers()[2]["log_prob"], Value::Null);
    assert_eq!(done.answers()[3]["log_prob"], Value::Null);
    assert!(
        done.err.contains("'é'") && done.err.contains("outside the alphabet"),
        "{}",
        done.err
    );
    let text = kit
        .run(r"score strings --language paper -?\d -5 7")
        .succeeds()
        .out;
    assert_eq!(
        text.lines()
            .map(|l| l.split_whitespace().count())
            .collect::<Vec<_>>(),
        [4, 3, 3]
    );
    assert!(text.contains("0.0500"), "{text}");
}

#[test]
fn formats_are_scored_as_they_are_told() {
    let kit = Kit::new();
    let done = kit.run(r"score strings --json [0-9]{1,2}|\$é 7 42 $é x");
    let done = done.succeeds();
    assert_eq!(done.err, "");
    let scores: Vec<Option<f64>> = done.answers().as_array().unwrap()[..]
        .iter()
        .map(|s| s["log_prob"].as_f64())
        .collect();
    // Two formats; one digit of ten or two, of two lengths.
    let expected = [Some(1.0 / 40.0), Some(1.0 / 400.0), Some(0.5), None];
    for (found, expected) in scores.iter().zip(expected) {
        let near = |x: f64| expected.is_some_and(|y: f64| (x - y.ln()).abs() < 1e-9);
        assert!(found.map_or(expected.is_none(), near), "{scores:?}");
    }
    let dates = kit.run("score strings <yyyy-mm-dd> 2024-02-29 2023-02-29");
    let dates = dates.succeeds().out;
    assert!(
        dates.lines().nth(2).unwrap_or_default().contains("-inf"),
        "{dates}"
    );
}

#[test]
fn a_program_in_another_dialect_is_remarked_on() {
    let kit = Kit::new();
    for (program, remark) in [
        ("[a-z]+", "no class here"),
        (r"\d{3}", "no count here"),
        ("^a", "are characters here"),
        ("a$", "are characters here"),
    ] {
        let done = kit
            .run(&format!("score strings --language paper {program} x"))
            .succeeds();
        assert!(done.err.contains(remark), "{program}: {}", done.err);
    }
    for program in ["a-z", "{x}", r"\\$a", "[a"] {
        let done = kit
            .run(&format!("score strings --language paper {program} x"))
            .succeeds();
        assert_eq!(done.err, "", "{program}");
    }
}

#[test]
fn a_program_that_cannot_be_read_is_pointed_at() {
    let kit = Kit::new();
    kit.run("score strings --language paper a(b|c x").refuses(&[
        "`a(b|c`",
        "position 1",
        "never closed",
    ]);
    kit.run("score strings --language paper a** x")
        .refuses(&["position 2", "follows another"]);
    kit.run(r"score strings --language paper \q x")
        .refuses(&["position 0", "unknown escape"]);
    kit.run("score strings --language paper é x")
        .refuses(&["not in the alphabet"]);
    kit.run("score strings a(b|c x")
        .refuses(&["`a(b|c`", "character 2", "unclosed", "--language"]);
    kit.run(r"score strings (a)\1 x")
        .refuses(&["character 4", "backreferences"]);
    kit.run("score strings (?=a)a x").refuses(&["look-around"]);
    kit.run("score strings [^a]b x").refuses(&["character 1"]);
}

#[test]
fn broken_files_are_refused_in_one_line() {
    let kit = trained();
    let broken: [(&str, &[u8], &[&str]); 11] = [
        ("empty.txt", b"", &["empty.txt", "the file is empty"]),
        ("blank.txt", b"\n\n", &["blank.txt"]),
        ("empty.csv", b"", &["empty.csv", "empty"]),
        (
            "header.csv",
            b"a,b\n",
            &["header.csv, line 1", "no row below"],
        ),
        ("nul.txt", b"ab\0c\n", &["nul.txt, line 1", "NUL"]),
        (
            "quote.csv",
            b"a,b\n1,\"2\n",
            &["quote.csv, line 2", "never closed"],
        ),
        (
            "ragged.csv",
            b"a,b\n1,2,3\n",
            &["ragged.csv, line 2", "3 cells"],
        ),
        (
            "torn.jsonl",
            b"{\"name\": \"a\", \"train\": [\"1\"]}\n{\"name\": \"b\"",
            &["torn.jsonl, line 2"],
        ),
        (
            "none.jsonl",
            b"{\"name\": \"a\", \"train\": []}\n",
            &["none.jsonl, line 1", "no string"],
        ),
        (
            "foreign.txt",
            "žluťoučký\n".as_bytes(),
            &["foreign.txt", "no usable string"],
        ),
        (
            "blanks.jsonl",
            b"{\"name\": \"a\", \"train\": [\"\"]}\n",
            &["blanks.jsonl", "no usable string"],
        ),
    ];
    for (name, content, parts) in broken {
        kit.write(name, content);
        kit.run(&format!("explain run {name}")).refuses(parts);
        kit.run(&format!("evaluate run --data {name}"))
            .refuses(parts);
        kit.run(&Kit::tiny("other", "").replace("table.csv", name))
            .refuses(parts);
        assert!(!kit.path("other").exists());
    }
    kit.run("explain run missing.csv")
        .refuses(&["missing.csv", "no such file"]);
    kit.run("explain run .").refuses(&["folder"]);
    kit.run("explain run table.csv --column cty")
        .refuses(&["did you mean \"city\""]);
    kit.run_with("explain run -", "")
        .refuses(&["stdin", "empty"]);
}

#[test]
fn a_cell_of_ten_megabytes_is_skipped_and_told() {
    let kit = trained();
    let huge = "x".repeat(10 << 20);
    kit.write("huge.csv", format!("a,b\n1,{huge}\n2,3\n"));
    let done = kit.run("explain run huge.csv --json").succeeds();
    assert_eq!(done.answers()[1]["left_out"][0]["count"], 1);
    assert!(done.out.len() < 10_000, "{}", done.out.len());
    kit.write("huger.csv", format!("a\n{huge}{huge}\n"));
    kit.run("explain run huger.csv")
        .refuses(&["huger.csv, line 2", "bytes"]);
}

#[test]
fn what_an_answer_does_not_cover_is_told_once_and_first() {
    let kit = trained();
    kit.write("c.csv", "a,b,c\n1,é,\n1,2,\n1,2,\n");
    let text = kit.run("explain run c.csv --details").succeeds();
    assert_eq!(text.err, "");
    assert!(text.out.starts_with("a  (3 values, 1 distinct)\n"));
    let told = "b  (2 values, 1 distinct)  33% of 3 not covered\n    left out  1 value: with characters that the \
                model does not know, such as \"é\" (line 2)\n";
    assert!(text.out.contains(told), "{}", text.out);
    assert_eq!(text.out.matches("left out").count(), 2);
    let nothing = "c  nothing to explain: none of 3 values can be read\n    left out  3 values: empty (lines 2, 3, 4)\n";
    assert!(text.out.ends_with(nothing), "{}", text.out);
    let done = kit.run("explain run c.csv --json").succeeds();
    assert_eq!(done.err, "");
    let share = |column: usize| done.answers()[column]["left_out_share"].clone();
    assert_eq!(
        (share(0), share(1), share(2)),
        (json!(0.0), json!(1.0 / 3.0), json!(1.0))
    );
    let left_out = |column: usize| done.answers()[column]["left_out"].clone();
    assert_eq!(left_out(0), json!([]));
    assert_eq!(
        (&left_out(1)[0]["count"], &left_out(1)[0]["rows"]),
        (&json!(1), &json!([2]))
    );
    assert_eq!(left_out(2)[0]["count"], 3);
    assert_eq!(done.answers()[2]["programs"], Value::Array(vec![]));
}

#[test]
fn a_folder_that_is_no_run_is_refused() {
    let kit = trained();
    for command in [
        "explain . table.csv",
        "sample .",
        "evaluate . --data table.csv",
    ] {
        kit.run(command).refuses(&["not a run folder"]);
    }
    let config = kit
        .read("run/config.toml")
        .replace("steps = 6", "steps = 6\nspeed = 3");
    kit.write("run/config.toml", config);
    kit.run("sample run")
        .refuses(&["config.toml", "unknown field `speed`"]);
    kit.write("run/config.toml", "domain = \"strings\"\nversion = 3\n");
    kit.run("sample run")
        .refuses(&["newer than this program", "update"]);
}

#[test]
fn reading_a_run_writes_nothing_in_it() {
    let kit = trained();
    let list = || {
        let entries = std::fs::read_dir(kit.path("run")).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    std::fs::remove_file(kit.path("run/.lock")).unwrap();
    let before = list();
    kit.run("sample run").succeeds();
    kit.run("explain run table.csv").succeeds();
    assert_eq!(list(), before);
}

#[test]
fn usage_errors_exit_with_two_and_help_with_zero() {
    let kit = Kit::new();
    kit.run("explode")
        .refuses(&["explode", "see `helmholtz --help`"]);
    kit.run("explain run")
        .refuses(&["there is no domain, run folder or file"]);
    kit.run("train strings --column x")
        .refuses(&["--column", "name it"]);
    kit.run("explain strings - --seed -1")
        .refuses(&["-1", "--seed"]);
    kit.run("train numbers").refuses(&["numbers", "strings"]);
    assert_eq!(kit.run("").code, 2);
    for page in ["--help", "train --help", "explain -h", "help score"] {
        assert!(kit.run(page).succeeds().out.contains("Examples:"), "{page}");
    }
    assert!(
        kit.run("--version")
            .succeeds()
            .out
            .starts_with("helmholtz ")
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let kit = trained();
    let mut command = Command::new(kit.command().get_program());
    command
        .args(["sample", "run", "-n", "2000", "--json"])
        .current_dir(kit.path(""));
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(
        (done.status.code(), done.stderr.as_slice()),
        (Some(0), b"".as_slice())
    );
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let kit = Kit::new();
    let mut command = Command::new(kit.command().get_program());
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let done = command
        .args(["score", "strings", "a", "a"])
        .stdout(full)
        .output()
        .unwrap();
    let err = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(
        err.starts_with("error: standard output: ") && err.lines().count() == 1,
        "{err}"
    );
}
