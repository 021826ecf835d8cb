//! Runs that read their data again where they are.

use std::fs;

use crate::kit::Kit;

/// What a domain trains on, and settings under which that takes little.
const RUNS: [(&str, &str); 6] = [
    (
        "strings table.csv other/table.csv",
        "--set sizes.prior=8 --set sizes.guide=8 --set sizes.width=8 --set batch=2",
    ),
    (
        "strings table.csv",
        "--set sizes.prior=8 --set sizes.guide=8 --set sizes.width=8 --set batch=2",
    ),
    ("clusters points.csv", "--set points=3"),
    (
        "streams gauges.csv",
        "--set network.width=8 --set srnn.recurrent=8 --set srnn.latent=4 --set filtering.clip=5 --set batch=2",
    ),
    ("series gauges.csv", "--set pretraining=1 --set batch=2"),
    ("automata", "--set batch=2"),
];

fn with_files() -> Kit {
    let kit = Kit::new();
    kit.write(
        "points.csv",
        "set,x,y\na,0,0\na,2,2\na,0.1,0\nb,1,1\nb,1.1,1\nb,0,3\n",
    );
    fs::create_dir(kit.path("other")).unwrap();
    kit.write("other/table.csv", "code\nA-1\nB-22\nC-3\n");
    let row = |t: i32| format!("{t},{:.3},{}\n", f64::from(t).sin(), t * t * 31 % 17);
    let rows: String = (1..80).map(row).collect();
    kit.write("gauges.csv", format!("t,warm,wet\n{rows}"));
    kit
}

#[test]
fn a_run_without_a_copy_ends_in_the_same_bytes() {
    let kit = with_files();
    for (i, (what, settings)) in RUNS.into_iter().enumerate() {
        let train = |run: &str, more: &str| {
            let line = format!("train {what} --out {run} {settings} --quiet {more}");
            kit.run(&line).succeeds();
        };
        let (whole, bare) = (format!("whole-{i}"), format!("bare-{i}"));
        train(&whole, "--steps 4");
        train(&bare, "--steps 2 --copy-data=never");
        assert!(kit.path(&whole).join("data.jsonl").exists());
        assert!(!kit.path(&bare).join("data.jsonl").exists());
        kit.run(&format!("resume {bare} --steps 4 --quiet"))
            .succeeds();
        assert!(
            kit.checkpoint(&whole, 4) == kit.checkpoint(&bare, 4),
            "{what}"
        );
        assert_eq!(kit.metrics(&whole), kit.metrics(&bare));
    }
}

#[test]
fn data_that_have_changed_or_are_gone_are_refused() {
    let kit = with_files();
    let (_, settings) = RUNS[2];
    let line =
        format!("train clusters points.csv --out run {settings} --steps 2 --copy-data=never");
    let begun = kit.run(&line).succeeds();
    assert!(begun.err.contains("no copy of the data"), "{}", begun.err);
    let text = kit.read("points.csv");
    kit.write("points.csv", text.replace("2,2", "2,2.5"));
    let resume = "resume run --steps 3";
    kit.run(resume)
        .refuses(&["points.csv", "not the data that the run began with"]);
    fs::rename(kit.path("points.csv"), kit.path("moved.csv")).unwrap();
    kit.run(resume).refuses(&["points.csv", "no such file"]);
    kit.write("points.csv", text);
    kit.run(resume).succeeds();
    // The model is there whatever became of the data.
    fs::remove_file(kit.path("points.csv")).unwrap();
    kit.run("sample run -n 1").succeeds();
}

/// What comes by a pipe comes once.
#[test]
fn what_cannot_be_read_again_is_copied() {
    let kit = with_files();
    let (_, settings) = RUNS[1];
    let line = format!("train strings - --out run {settings} --steps 2 --copy-data=never");
    kit.run_with(&line, "a-1\nb-22\nc-3\n").succeeds();
    assert!(kit.path("run/data.jsonl").exists());
}

/// The answer to a file does not depend on what else is asked about.
#[test]
fn the_order_of_files_changes_no_answer() {
    let kit = with_files();
    let row = |t: i32| format!("{t},{:.3}\n", f64::from(t * t % 13) / 7.0);
    let rows: String = (1..60).map(row).collect();
    kit.write("other.csv", format!("t,x\n{rows}"));
    let lines = |files: &str| {
        let done = kit
            .run(&format!("explain series {files} --output jsonl"))
            .succeeds();
        let answers = done.out.lines().filter(|l| !l.contains("\"schema\""));
        // Only the first tells what all of them left out.
        let mut lines: Vec<String> = answers.map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines("gauges.csv other.csv"), lines("other.csv gauges.csv"));
}
