//! The domain is what it says, and has the whole program.

use std::fs;
use std::path::Path;

use arithmetic::Sequences;
use arithmetic::language::Sequence;
use assert_cmd::Command;
use helmholtz::conform::conform;
use helmholtz::domain::Domain;
use helmholtz::product::ready::Config;

const SEQUENCES: &str = "3 5 7 9 11\n1, 4, 9, 16, 25, 36, 50\nx 7\n";

/// What the program answers in a folder, as JSON; fails where it fails.
fn ask(folder: &Path, line: &str) -> String {
    let mut program = Command::cargo_bin("arithmetic").unwrap();
    let asked = program
        .current_dir(folder)
        .args(line.split(' '))
        .assert()
        .success();
    String::from_utf8(asked.get_output().stdout.clone()).unwrap()
}

#[test]
fn model_and_guide_are_what_they_say() {
    let (model, guide) = Sequences::networks(&Config::default()).unwrap();
    let data = ["3 5 7 9", "1 4 9 16", "2 4 8", "-7"].map(|text| Sequence::parse(text).unwrap());
    assert_eq!(conform(&model, &guide, &data, 1), []);
}

#[test]
fn it_learns_and_explains_what_it_has_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.txt"), SEQUENCES).unwrap();
    ask(
        folder.path(),
        "train integers --steps 600 --out run --quiet",
    );
    let answer = ask(folder.path(), "explain run s.txt --json");
    for expected in [
        "next 13",
        "\"(* n n)\"",
        "49 instead of 50",
        "`x` is no integer",
    ] {
        assert!(answer.contains(expected), "{expected}: {answer}");
    }
    let flat: String = answer.split_whitespace().collect();
    assert!(flat.contains("\"count\":1,\"rows\":[3]"), "{answer}");
    assert!(ask(folder.path(), "evaluate run s.txt").contains("log evidence  at least"));
    let drawn = ask(folder.path(), "sample run -n 3 --samples 2");
    assert!(
        drawn.lines().filter(|line| !line.starts_with(' ')).count() == 3,
        "{drawn}"
    );
}

#[test]
fn a_run_that_was_stopped_goes_on_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    ask(
        folder.path(),
        "train integers --steps 40 --out whole --quiet",
    );
    ask(
        folder.path(),
        "train integers --steps 25 --out parts --quiet",
    );
    ask(folder.path(), "resume parts --steps 40 --quiet");
    let last = |run: &str| {
        let folder = folder.path().join(run).join("checkpoints");
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        files.sort();
        fs::read(files.last().unwrap()).unwrap()
    };
    assert_eq!(last("whole"), last("parts"));
}

#[test]
fn what_it_is_not_given_is_told() {
    let mut program = Command::cargo_bin("arithmetic").unwrap();
    let failed = program
        .args(["explain", "integers", "no-such-file"])
        .assert()
        .code(2);
    let said = String::from_utf8(failed.get_output().stderr.clone()).unwrap();
    assert!(
        said.contains("no model of `integers` comes with the program"),
        "{said}"
    );
}
