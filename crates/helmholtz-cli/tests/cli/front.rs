//! The front door: files without a domain, several files, forms of answers, and options that are of another domain.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::kit::Kit;

/// Points with an obvious partition.
pub(super) const POINTS: &str = "set,x,y\na,0,0\na,2,2\na,0.1,0\nb,1,1\nb,1.1,1\n";
/// A table of times and numbers.
pub(super) const SERIES: &str =
    "day,sales\n2024-01-01,3\n2024-01-02,5\n2024-01-03,4\n2024-01-04,6\n2024-01-05,7\n";

#[test]
fn a_file_is_explained_by_the_domain_that_it_looks_like() {
    let kit = Kit::new();
    kit.write("points.csv", POINTS);
    kit.write("series.csv", SERIES);
    for (asked, domain) in [
        ("table.csv --json", "strings"),
        ("explain table.csv --json", "strings"),
        ("points.csv --json", "clusters"),
        ("series.csv --json", "series"),
        ("--json series.csv", "series"),
        ("--as strings series.csv --json", "strings"),
    ] {
        let done = kit.run(asked).succeeds();
        assert_eq!(done.json()["domain"], domain, "{asked}");
        let said = done.err.contains(&format!("read as {domain}"));
        assert_eq!(said, !asked.contains("--as"), "{asked}: {}", done.err);
    }
    let piped = kit.run_with("--json", "ab-1\nab-2\n").succeeds();
    assert_eq!(piped.json()["domain"], "strings");
}

#[test]
fn what_is_no_file_and_no_domain_is_named() {
    let kit = Kit::new();
    kit.write("noise.bin", [0, 1, 2, 255]);
    for (asked, parts) in [
        (
            "explain tables.csv",
            &["tables.csv", "no domain, run folder or file"][..],
        ),
        ("explain string table.csv", &["did you mean `strings`?"]),
        ("explian table.csv", &["explian", "did you mean `explain`?"]),
        (
            "noise.bin",
            &["noise.bin", "no domain reads such files", "--as"],
        ),
        (
            "--as numbers table.csv",
            &["no domain `numbers`", "strings"],
        ),
        ("explain strings no-*.csv", &["no-*.csv", "no file fits"]),
        (
            "explain strings table.csv --horizon 3",
            &["--horizon is not for `explain strings`", "series"],
        ),
        (
            "filter strings table.csv",
            &["`strings` has no such verb", "streams"],
        ),
        ("sample table.csv", &["not a run folder"]),
        (
            "explain strings table.csv --max-time soon",
            &["--max-time", "1h30m"],
        ),
    ] {
        kit.run(asked).refuses(parts);
    }
    std::fs::create_dir(kit.path("old")).unwrap();
    kit.write("old/config.toml", "domain = \"poems\"\nversion = 1\n");
    kit.run("sample old")
        .refuses(&["a run of `poems`", "does not know"]);
}

#[test]
fn old_names_of_domains_open_runs_and_experiments() {
    let kit = Kit::new();
    kit.run("train mixture --steps 2 --out run").succeeds();
    let config = kit.read("run/config.toml");
    assert!(
        config.contains("domain = \"clusters\"") && config.contains("[clusters]"),
        "{config}"
    );
    kit.write("run/config.toml", config.replace("clusters", "mixture"));
    kit.run("sample run -n 1").succeeds();
    kit.run("resume run --steps 4").succeeds();
    assert!(
        kit.read("run/config.toml")
            .contains("domain = \"clusters\"")
    );
}

#[test]
fn several_files_and_patterns_are_one_answer() {
    let kit = Kit::new();
    kit.write("other.csv", "room\nB-101\nB-214\nn/a\n");
    let done = kit
        .run("explain strings table.csv other.csv --json")
        .succeeds();
    let names: Vec<Value> = done
        .answers()
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["name"].clone())
        .collect();
    assert_eq!(
        names,
        [
            "table.csv: phone",
            "table.csv: zip",
            "table.csv: city",
            "other.csv: room"
        ]
    );
    assert_eq!(
        done.json()["input"]["files"],
        json!(["table.csv", "other.csv"])
    );
    assert_eq!(done.json()["input"]["read"], 4);
    let all = kit.run("explain strings *.csv --json").succeeds();
    assert_eq!(all.answers().as_array().unwrap().len(), 4);
    kit.run("explain strings table.csv missing.csv")
        .refuses(&["missing.csv", "no such file"]);
}

#[test]
fn every_form_has_the_same_answer() {
    let kit = Kit::new();
    kit.write("points.csv", POINTS);
    let of = |form: &str| {
        kit.run(&format!(
            "explain clusters points.csv --programs 2 --quiet --output {form}"
        ))
        .succeeds()
    };
    let json = of("json");
    assert_eq!(json.err, "", "--quiet");
    assert_eq!(json.json()["schema"], "helmholtz/answers/2");
    assert_eq!(
        (&json.json()["verb"], &json.json()["domain"]),
        (&json!("explain"), &json!("clusters"))
    );
    assert!(
        json.json()["remarks"][0]
            .as_str()
            .unwrap()
            .starts_with("covariance")
    );
    let lines: Vec<Value> = of("jsonl")
        .out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let answers = json.answers();
    assert_eq!(lines[..2], answers.as_array().unwrap()[..]);
    assert_eq!(lines[2]["input"], json.json()["input"]);
    let csv = of("csv").out;
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(
        (rows.len(), rows[0]),
        (5, "name,clusters,weight,log_joint,caveats")
    );
    assert!(rows[1].starts_with("a,{1 3} {2},0."), "{}", rows[1]);
    let markdown = of("markdown").out;
    assert!(
        markdown.starts_with("| name | clusters | weight | log_joint | caveats |\n| --- |"),
        "{markdown}"
    );
    let table = of("table").out;
    assert!(table.contains("{1 3} {2}") && !table.contains('\x1b'));
    let colours = kit
        .run("explain clusters points.csv --color always")
        .succeeds();
    assert!(colours.out.contains("\x1b[1ma\x1b[0m"), "{}", colours.out);
}

/// Quotes in a cell are doubled, so that whatever reads CSV gets the cell back.
#[test]
fn cells_with_commas_and_quotes_come_back() {
    let kit = Kit::new();
    kit.write("odd.csv", "\"a, \"\"b\"\"\"\n1\n2\n");
    let csv = kit
        .run("explain strings odd.csv --output csv")
        .succeeds()
        .out;
    assert!(
        csv.lines().nth(1).unwrap().starts_with("\"a, \"\"b\"\"\","),
        "{csv}"
    );
    // What is not covered stands in the row itself.
    kit.write("long.csv", format!("code\nA1\n{}\nA2\n", "9".repeat(5000)));
    for form in ["csv", "markdown"] {
        let told = kit
            .run(&format!("explain strings long.csv --output {form}"))
            .succeeds()
            .out;
        let row = told.lines().last().unwrap_or_default();
        assert!(row.contains("1 value: told by their first 4096"), "{told}");
    }
}

#[test]
fn standard_input_that_never_ends_is_answered_in_time() {
    let kit = Kit::new();
    let mut command = Command::new(kit.command().get_program());
    command.args(["explain", "strings", "-", "--max-time", "1s", "--json"]);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"ab-1\nab-2\nab-3\n").unwrap();
    // The pipe stays open: nobody says that this was all.
    let begun = Instant::now();
    let done = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60));
    drop(input);
    assert_eq!(done.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told["answers"][0]["values"], 3);
    assert!(
        told["remarks"][0].as_str().unwrap().contains("time was up"),
        "{told}"
    );
}

#[test]
fn completions_and_manual_pages_know_every_domain() {
    let kit = Kit::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = kit.run(&format!("completions {shell}")).succeeds().out;
        assert!(
            script.contains("clusters") && script.contains("horizon"),
            "{shell}"
        );
    }
    kit.run("completions tcl").refuses(&["tcl", "bash"]);
    kit.run("man pages").succeeds();
    let page = kit.read("pages/helmholtz-explain-series.1");
    assert!(page.contains("horizon") && page.contains(".TH"), "{page}");
    let page = kit.read("pages/helmholtz-train-music.1");
    assert!(page.contains("output.joint.units"), "{page}");
    assert!(kit.path("pages/helmholtz.1").exists());
}

#[test]
fn all_outliers_are_told_with_their_lines() {
    let kit = Kit::new();
    let mut table = "code\n".to_owned();
    (0..60).for_each(|i| table.push_str(&format!("AB-{}\n", 1000 + 37 * i)));
    table.push_str("none\nnone\n");
    kit.write("codes.csv", table);
    let told = kit
        .run("explain strings codes.csv --json")
        .succeeds()
        .answers();
    let outlier = &told[0]["outliers"][0];
    assert_eq!(
        (&outlier["value"], &outlier["line"], &outlier["count"]),
        (&json!("none"), &json!(62), &json!(2))
    );
    let text = kit.run("explain strings codes.csv").succeeds().out;
    assert!(text.contains("2 times, first in line 62"), "{text}");
}

#[test]
fn rows_are_assigned_to_formats() {
    let kit = Kit::new();
    let mut table = "code,day\n".to_owned();
    (0..30).for_each(|i| {
        table.push_str(&format!(
            "AB-{},2026-05-{:02}\n",
            1000 + 7919 * i % 9000,
            1 + i
        ))
    });
    table.push_str("oops,\n");
    kit.write("codes.csv", table);
    let told = kit
        .run("explain strings codes.csv --assign rows.csv")
        .succeeds();
    let said = told.out + &told.err;
    assert!(
        said.contains("rows.csv: which format each row is of"),
        "{said}"
    );
    let rows = kit.read("rows.csv");
    let lines: Vec<&str> = rows.lines().collect();
    assert_eq!(
        (lines.len(), lines[0]),
        (63, "file,column,line,number,format")
    );
    assert_eq!(lines[1], "codes.csv,code,2,1,AB-[0-9]{4}");
    assert_eq!(lines[31], "codes.csv,code,32,,(no format)");
    assert_eq!(lines[32], "codes.csv,day,2,1,<yyyy-mm-dd>");
    assert_eq!(lines[62], "codes.csv,day,32,,(left out)");
    // What somebody else wrote stays, unless it is told otherwise.
    kit.write("rows.csv", "mine\n");
    let told = kit.run("explain strings codes.csv --assign rows.csv");
    assert!(
        told.code == 2 && told.err.contains("--force"),
        "{}",
        told.err
    );
    assert_eq!(kit.read("rows.csv"), "mine\n");
    kit.run("explain strings codes.csv --assign rows.csv --force")
        .succeeds();
    assert_eq!(kit.read("rows.csv").lines().count(), 63);
    kit.run("explain strings codes.csv --assign no/such/folder.csv")
        .refuses(&["--assign", "no folder"]);
    kit.run("explain strings codes.csv --assign codes.csv")
        .refuses(&["--assign", "is what is read"]);
    kit.run("explain strings codes.csv --assign .")
        .refuses(&["--assign", "is a folder"]);
    kit.run("explain strings codes.csv --assign rows.csv --language paper")
        .refuses(&["--assign", "only the language `columns`"]);
}

#[test]
fn every_verb_of_every_domain_has_help_with_its_options_only() {
    let kit = Kit::new();
    let registry = helmholtz::registry();
    for domain in registry.domains() {
        for verb in domain.verbs() {
            let page = format!("{} {} --help", verb.role.name, domain.name());
            let shown = kit.run(&page).succeeds().out;
            for field in &verb.options {
                let option = format!("--{} ", field.name.replace('_', "-"));
                assert!(shown.contains(option.trim_end()), "{page}: {option}");
                assert!(!field.help.is_empty(), "{page}: {option} has no help");
            }
            assert!(
                shown.contains("--max-time") && shown.contains("Usage: helmholtz"),
                "{page}"
            );
        }
        let train = format!("train {}", domain.name());
        let page = kit.run(&format!("{train} --help")).succeeds().out;
        assert!(
            page.contains("--algorithm") && page.contains("--set"),
            "{page}"
        );
        for setting in domain.settings() {
            let key = format!("\n  {} <", setting.name);
            assert!(page.contains(&key), "{train}: {key}");
        }
        let short = kit.run(&format!("{train} -h")).succeeds().out;
        assert!(short.contains(&format!("helmholtz {train} --help")));
    }
    let page = kit.run("train clusters --help").succeeds().out;
    let points = "  points <N>\n          Points per set [default: 7] [from 1 to 10]\n";
    assert!(page.contains(points), "{page}");
    let page = kit.run("train music --help").succeeds().out;
    assert!(page.contains("[default: 150] [from 1 to 65536]"), "{page}");
}

#[test]
fn options_may_stand_before_the_domain() {
    let kit = Kit::new();
    kit.run("train --algorithm rws clusters --steps 1 --out run")
        .succeeds();
    kit.write("points.csv", POINTS);
    kit.run("evaluate --data points.csv run").succeeds();
    kit.run("sample --seed 3 -n 1 clusters").succeeds();
}

#[test]
fn what_training_has_no_use_for_it_does_not_take() {
    let kit = Kit::new();
    for option in ["--json", "--output csv", "--color never"] {
        let name = option.split(' ').next().unwrap();
        kit.run(&format!("train clusters --steps 1 {option}"))
            .refuses(&[name]);
        kit.run(&format!("resume run {option}")).refuses(&[name]);
    }
    kit.run("reproduce --list --max-time 5s")
        .refuses(&["--max-time"]);
}

#[test]
fn what_a_measurement_does_not_cover_is_told_first() {
    let kit = Kit::new();
    kit.train("run", "");
    kit.write(
        "columns.csv",
        "a,b\n12,x\n34,y\n56,é\n78,\n90,z\n11,w\n13,v\n",
    );
    let shown = kit.run("evaluate run columns.csv --quiet").succeeds();
    assert!(
        shown.out.starts_with("    left out  1 value in b: empty"),
        "{}",
        shown.out
    );
    let told = kit.run("evaluate run columns.csv --json").succeeds();
    assert_eq!(
        told.answers()[0]["left_out"],
        told.json()["input"]["left_out"]
    );
}

#[test]
fn columns_of_words_beside_series_are_told_first() {
    let kit = Kit::new();
    let mixed = SERIES
        .replace("day,sales", "day,sales,shop")
        .replace('\n', ",a\n");
    kit.write("mixed.csv", mixed.replace("shop,a", "shop"));
    let shown = kit.run("explain series mixed.csv").succeeds().out;
    let second = shown.lines().nth(1).unwrap();
    assert!(
        second.starts_with("    left out  1 column, shop: words"),
        "{shown}"
    );
}

/// The answer is told, and what was there stays, unless that is asked for.
#[test]
fn a_file_that_exists_is_not_overwritten() {
    let kit = Kit::new();
    kit.write("series.csv", SERIES);
    kit.write("page.html", "mine");
    let asked = "explain series series.csv --html page.html --json";
    let done = kit.run(asked);
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("page.html: exists already"),
        "{}",
        done.err
    );
    assert_eq!(done.answers()[0]["files"], json!([]));
    assert_eq!(kit.read("page.html"), "mine");
    let done = kit.run(&format!("{asked} --force")).succeeds();
    assert_eq!(done.answers()[0]["files"], json!(["page.html"]));
    let page = kit.read("page.html");
    assert!(page.contains("<svg"));
    // The same again is no other file.
    kit.run(asked).succeeds();
    // What was read stays, whatever is asked for.
    let done = kit.run("explain series series.csv --forecast ./series.csv --force");
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("it is named as what to read"),
        "{}",
        done.err
    );
    assert_eq!(kit.read("series.csv"), SERIES);
}

#[test]
fn files_of_different_kinds_are_not_read_as_one() {
    let kit = Kit::new();
    kit.write("points.csv", POINTS);
    kit.run("table.csv points.csv")
        .refuses(&["table.csv looks like strings", "points.csv like clusters"]);
}

#[test]
fn what_would_move_the_cursor_is_escaped() {
    let kit = Kit::new();
    kit.write("esc.csv", "na\x1b[31mme,b\nfoo\x1b[2J,1\nfoo\x1b[31m,2\n");
    for form in ["table", "markdown", "json"] {
        let done = kit
            .run(&format!("explain strings esc.csv --output {form}"))
            .succeeds();
        assert!(
            !done.out.contains('\x1b') && !done.err.contains('\x1b'),
            "{form}"
        );
    }
    let missing = kit.command().arg("no\x1b[31mfile.csv").output().unwrap();
    assert!(!missing.stderr.contains(&0x1b));
}

#[test]
fn one_bad_file_of_several_is_left_out_and_told_first() {
    let kit = Kit::new();
    kit.write("broken.csv", "a,b\n1,2,3\n");
    let done = kit
        .run("explain strings broken.csv table.csv --json")
        .succeeds();
    let first = &done.answers()[0];
    assert_eq!(first["name"], "table.csv: phone");
    let reason = first["left_out"][0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("broken.csv") && reason.contains("3 cells"),
        "{reason}"
    );
    assert_eq!(done.json()["input"]["left_out"][0]["what"], "of the files");
}
