//! What a project says once, and the schema of answers.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::front::{POINTS, SERIES};
use super::kit::{Done, Kit};

#[test]
fn a_project_says_files_and_options_once() {
    let kit = Kit::new();
    kit.write(
        "helmholtz.toml",
        "files = ['table.*']\n[options]\noutput = 'json'\n[explain.strings]\ncolumn = ['zip']\nprograms = 2\n",
    );
    let programs = |done: &Done| done.answers()[0]["programs"].as_array().unwrap().len();
    let done = kit.run("explain strings table.csv").succeeds();
    let columns = done.answers().as_array().unwrap().len();
    assert_eq!((columns, programs(&done)), (1, 2));
    let told = "options from helmholtz.toml: explain.strings.column, options.output";
    assert!(done.err.contains(told), "{}", done.err);
    // Without a file, where nothing is piped, those of the project are asked about.
    for arguments in [&["explain", "strings"][..], &[]] {
        let mut command = Command::new(kit.command().get_program());
        command.current_dir(kit.path("")).args(arguments);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["input"]["files"], json!(["table.csv"]));
    }
    // What is typed wins.
    assert_eq!(
        programs(&kit.run("explain strings table.csv --programs 3").succeeds()),
        3
    );
    kit.write("helmholtz.toml", "[explain.strings]\nprogams = 2\n");
    kit.run("explain strings table.csv").refuses(&[
        "helmholtz.toml: explain.strings.progams",
        "did you mean `programs`?",
    ]);
    kit.write("helmholtz.toml", "[explain.strings]\nprograms = 0\n");
    kit.run("explain strings table.csv")
        .refuses(&["helmholtz.toml", "1..=1000000"]);
}

#[test]
fn answers_of_every_form_of_data_fit_the_schema_that_ships() {
    let kit = Kit::new();
    kit.write("points.csv", POINTS);
    kit.write("series.csv", SERIES);
    let schema: Value = serde_json::from_str(&kit.run("schema").succeeds().out).unwrap();
    let shipped = include_str!("../../answers.schema.json");
    assert_eq!(serde_json::from_str::<Value>(shipped).unwrap(), schema);
    kit.train("run", "");
    kit.run("train streams --steps 2 --set width=3 --out walks")
        .succeeds();
    kit.run("sample walks --steps 5 --out walk.csv").succeeds();
    kit.run("sample scenes -n 1 --out scene.jsonl").succeeds();
    for asked in [
        "explain strings table.csv",
        "explain series series.csv",
        "explain clusters points.csv",
        "explain scenes scene.jsonl",
        "filter walks walk.csv",
        "sample run -n 2",
        "evaluate run table.csv",
        "score strings \\d 7",
    ] {
        let answer = kit.run(&format!("{asked} --json")).succeeds().json();
        let faults = faults(&schema, &schema, &answer, "answer");
        assert_eq!(faults, [""; 0], "{asked}");
    }
    let mut broken = kit.run("score strings \\d 7 --json").succeeds().json();
    broken["answers"][0]
        .as_object_mut()
        .unwrap()
        .remove("doubts");
    let told = faults(&schema, &schema, &broken, "answer");
    assert_eq!(told, ["answer.answers.0: `doubts` is missing"]);
}

/// Where a value is not what a schema says. It knows the keywords of our schema, and refuses others.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = vec![];
    for (keyword, says) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$ref" => {
                let target = says.as_str().unwrap().trim_start_matches('#');
                found.extend(faults(root, root.pointer(target).unwrap(), value, at));
            }
            "type" if !is_of(value, says) => found.push(format!("{at}: {value} is no {says}")),
            "const" if value != says => found.push(format!("{at}: {value} is not {says}")),
            "minimum" if value.as_f64() < says.as_f64() => found.push(format!("{at}: {value}")),
            "required" => {
                let names = says.as_array().unwrap().iter().map(|n| n.as_str().unwrap());
                let missing = names.filter(|n| value.get(n).is_none());
                found.extend(missing.map(|n| format!("{at}: `{n}` is missing")));
            }
            "properties" => {
                for (name, schema) in says.as_object().unwrap() {
                    let part = value.get(name).into_iter();
                    found.extend(
                        part.flat_map(|v| faults(root, schema, v, &format!("{at}.{name}"))),
                    );
                }
            }
            "items" => {
                for (i, item) in value.as_array().unwrap().iter().enumerate() {
                    found.extend(faults(root, says, item, &format!("{at}.{i}")));
                }
            }
            "type" | "const" | "minimum" | "description" | "title" | "$schema" | "$defs"
            | "format" => {}
            other => found.push(format!("the test does not know the keyword {other}")),
        }
    }
    found
}

/// Whether a value is of a type, or of one of several.
fn is_of(value: &Value, types: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        _ => false,
    };
    match types {
        Value::Array(several) => several.iter().any(|name| is(name.as_str().unwrap())),
        one => is(one.as_str().unwrap()),
    }
}
