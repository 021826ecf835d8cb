//! A folder of its own for each test, and short ways to run the program in it.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;
use tempfile::TempDir;

/// Settings under which a step takes milliseconds.
const TINY: [&str; 6] = [
    "sizes.prior=8",
    "sizes.guide=8",
    "sizes.width=8",
    "batch=4",
    "pretraining=2",
    "steps=6",
];

/// A small table.
pub(crate) const TABLE: &str = "\
phone,zip,city
555-1234,02139,Cambridge
555-9921,10027,New York
444-1212,02139,Boston
444-8765,60601,Chicago
333-0000,94110,San Francisco
222-4321,98101,Seattle
";

/// A folder, and what is run in it.
pub(crate) struct Kit {
    folder: TempDir,
}

/// What the program left: exit code and output.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Kit {
    /// With the small table in `table.csv`.
    pub(crate) fn new() -> Self {
        let kit = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        kit.write("table.csv", TABLE);
        kit
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program in this folder, with nothing of the outside but the path.
    pub(crate) fn command(&self) -> Command {
        let mut command = cargo_bin_cmd!("helmholtz");
        command
            .current_dir(self.folder.path())
            .env_remove("NO_COLOR");
        command
    }

    /// Runs the program with arguments separated by blanks.
    pub(crate) fn run(&self, arguments: &str) -> Done {
        self.run_with(arguments, "")
    }

    /// The same with something on standard input.
    pub(crate) fn run_with(&self, arguments: &str, input: impl Into<Vec<u8>>) -> Done {
        let mut command = self.command();
        let output = command
            .args(arguments.split_whitespace())
            .write_stdin(input)
            .output()
            .unwrap();
        Done {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The arguments that train a tiny model on the small table.
    pub(crate) fn tiny(out: &str, more: &str) -> String {
        let set: Vec<String> = TINY.iter().map(|s| format!("--set {s}")).collect();
        format!(
            "train strings --data table.csv --out {out} {} {more}",
            set.join(" ")
        )
    }

    /// Trains a tiny model.
    pub(crate) fn train(&self, out: &str, more: &str) -> Done {
        self.run(&Self::tiny(out, more)).succeeds()
    }

    /// The names of a run's checkpoints, in order.
    pub(crate) fn checkpoints(&self, run: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(run).join("checkpoints")).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The bytes of the checkpoint after `step` steps.
    pub(crate) fn checkpoint(&self, run: &str, step: u64) -> Vec<u8> {
        fs::read(self.path(&format!("{run}/checkpoints/step-{step:08}.safetensors"))).unwrap()
    }

    /// The lines of a run's metrics without the one number that may differ.
    pub(crate) fn metrics(&self, run: &str) -> Vec<Value> {
        let text = self.read(&format!("{run}/metrics.jsonl"));
        let parse = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            line.as_object_mut().unwrap().remove("seconds").unwrap();
            line
        };
        text.lines().map(parse).collect()
    }
}

impl Done {
    /// The program did what it was asked.
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.err);
        self
    }

    /// The program refused with exit code 2 and one line that has all these parts; nothing else was
    /// printed as a result.
    pub(crate) fn refuses(self, parts: &[&str]) -> Self {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{}", self.err);
        let errors: Vec<&str> = self
            .err
            .lines()
            .filter(|l| l.starts_with("error: "))
            .collect();
        assert_eq!(
            (errors.len(), self.err.lines().last()),
            (1, errors.first().copied()),
            "{}",
            self.err
        );
        for part in parts {
            assert!(
                errors[0].contains(part),
                "`{part}` is not in: {}",
                errors[0]
            );
        }
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }

    /// The answers in the envelope of `--json`.
    pub(crate) fn answers(&self) -> Value {
        self.json()["answers"].clone()
    }
}
