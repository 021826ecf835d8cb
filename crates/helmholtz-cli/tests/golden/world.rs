//! What is run of each domain.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;

/// A file's name, and what writes its content.
type File = (&'static str, fn() -> String);

/// A domain with settings under which a step takes milliseconds.
pub(crate) struct World {
    /// Its name on the command line.
    domain: &'static str,
    /// A file to learn from and to ask about, with its content.
    data: Option<File>,
    /// The arguments of training.
    train: &'static str,
    /// What differs between its runs.
    runs: [&'static str; 2],
    /// What is asked of every run.
    questions: &'static [&'static str],
}

/// Every domain, by two algorithms each.
pub(crate) const WORLDS: [World; 9] = [
    World {
        domain: "strings",
        data: Some(("table.csv", table)),
        train: "--data table.csv --set sizes.prior=8 --set sizes.guide=8 --set batch=2 --set pretraining=2 --steps 6",
        runs: ["--algorithm mws-mix", "--algorithm vimco"],
        questions: &[
            "sample run -n 5 --json",
            "explain run table.csv --json",
            "evaluate run --data table.csv --json",
        ],
    },
    World {
        domain: "mixture",
        data: Some(("points.csv", points)),
        train: "--data points.csv --set points=4 --steps 5",
        runs: ["--algorithm mws", "--algorithm rws"],
        questions: &[
            "sample run -n 5 --json",
            "explain run points.csv --json",
            "evaluate run --data points.csv --json",
        ],
    },
    World {
        domain: "automata",
        data: None,
        train: "--steps 3",
        runs: ["--algorithm mws", "--algorithm rws"],
        questions: &["sample run -n 5 --json"],
    },
    World {
        domain: "characters",
        data: None,
        train: "--set bank=8 --set strokes=4 --set maps=3 --set guide=8 --set channels=4 --set pretraining=2 \
                --set batch=10 --steps 5",
        runs: ["--algorithm mws-mix", "--algorithm rws"],
        questions: &[
            "sample run -n 2 --seed 3 --out drawing.png",
            "explain run drawing.png --variations 2 --json",
            "evaluate run --data drawing.png --json",
        ],
    },
    World {
        domain: "scenes",
        data: None,
        train: "--set size=32 --set channels=2 --set kinds=3 --set batch=2 --set particles=8 --set samples=2 --steps 4",
        runs: ["--algorithm hmws", "--algorithm rws-mix"],
        questions: &[
            "sample run -n 2 --out scenes.jsonl --json",
            "explain run scenes.jsonl --json",
            "evaluate run --data scenes.jsonl --particles 10 --json",
        ],
    },
    World {
        domain: "timeseries",
        data: Some(("sales.csv", sales)),
        train: "--data sales.csv --set hidden=8 --set pretraining=2 --set points=24 --steps 5",
        runs: ["--algorithm hmws", "--algorithm vimco"],
        questions: &[
            "sample run -n 2 --json",
            "explain run sales.csv --horizon 4 --json",
            "evaluate run --data sales.csv --json",
        ],
    },
    World {
        domain: "music",
        data: None,
        train: "--set network.width=8 --set srnn.recurrent=8 --set srnn.latent=4 --set srnn.prior=[8,1] \
                --set srnn.decoder=[8,1] --set filtering.clip=5 --set batch=4 --set filtering.annealing=0 \
                --set validation.every=2 --steps 4",
        runs: [
            "--inference avf",
            "--inference direct --set output=bernoulli",
        ],
        questions: &[
            "sample run --steps 8 --out song.mid",
            "filter run song.mid --json",
            "explain run song.mid --json",
            "evaluate run --data song.mid --json",
        ],
    },
    World {
        domain: "speech",
        data: None,
        train: "--set network.width=8 --set vrnn.recurrent=8 --set vrnn.latent=4 --set vrnn.observed=[8,1] \
                --set vrnn.hidden=[8,1] --set filtering.clip=5 --set batch=4 --set filtering.annealing=0 \
                --set validation.every=2 --set grid.frame=20 --model vrnn --steps 3",
        runs: ["--inference avf", "--inference direct"],
        questions: &[
            "sample run --steps 8 --out sound.wav",
            "filter run sound.wav --json",
        ],
    },
    World {
        domain: "sequence",
        data: Some(("gauges.csv", gauges)),
        train: "--data gauges.csv --set network.width=8 --set srnn.recurrent=8 --set srnn.latent=4 \
                --set srnn.prior=[8,1] --set srnn.decoder=[8,1] --set filtering.clip=5 --set batch=4 \
                --set filtering.annealing=0 --set validation.every=2 --steps 4",
        runs: ["--inference avf", "--inference direct"],
        questions: &[
            "sample run --steps 8 --json",
            "filter run gauges.csv --json",
            "explain run gauges.csv --json",
            "evaluate run --data gauges.csv --particles 4 --json",
        ],
    },
];

impl World {
    /// A line per thing that was made: what it is, and its digest.
    pub(crate) fn run(&self) -> String {
        let each = |options: &&str| {
            let folder = tempfile::tempdir().unwrap();
            let mut lines = String::new();
            for (what, bytes) in self.made(options, folder.path()) {
                let digest = crc32fast::hash(&bytes);
                writeln!(lines, "{} {options} | {what} {digest:08x}", self.domain).unwrap();
            }
            lines
        };
        self.runs.iter().map(each).collect()
    }

    fn made(&self, options: &str, folder: &Path) -> Vec<(String, Vec<u8>)> {
        if let Some((name, content)) = self.data {
            fs::write(folder.join(name), content()).unwrap();
        }
        let train = format!("train {} --out run {} {options}", self.domain, self.train);
        helmholtz(folder, &train);
        let mut made = files(&folder.join("run/checkpoints"));
        made.push(("metrics".to_owned(), metrics(folder)));
        let before = files(folder);
        for question in self.questions {
            made.push((question.to_string(), helmholtz(folder, question)));
        }
        let new = files(folder).into_iter().filter(|f| !before.contains(f));
        made.extend(new);
        made
    }
}

/// What the program prints on standard output.
fn helmholtz(folder: &Path, arguments: &str) -> Vec<u8> {
    let mut command = cargo_bin_cmd!("helmholtz");
    let output = command
        .current_dir(folder)
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {said}");
    output.stdout
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The metrics without the one number that may differ.
fn metrics(folder: &Path) -> Vec<u8> {
    let text = fs::read_to_string(folder.join("run/metrics.jsonl")).unwrap();
    let line = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("seconds");
        line.sort_all_objects();
        format!("{line}\n")
    };
    text.lines().map(line).collect::<String>().into_bytes()
}

fn table() -> String {
    "phone,zip,city\n555-1234,02139,Cambridge\n555-9921,10027,New York\n444-1212,02139,Boston\n\
     444-8765,60601,Chicago\n333-0000,94110,San Francisco\n222-4321,98101,Seattle\n"
        .to_owned()
}

fn points() -> String {
    "set,x,y\na,0,0\na,1.5,1.4\na,.1,.05\na,1.4,1.5\nb,-2,1\nb,-2.1,1.05\nb,0.3,2\nb,1,1\n"
        .to_owned()
}

fn sales() -> String {
    let row = |k: i32| {
        let wave = (f64::from(k % 12) - 5.5).abs();
        let odd = f64::from((k * k * 31 + 7 * k) % 17);
        let value = 80.0 + 0.6 * f64::from(k) + 4.0 * wave + 0.3 * odd;
        format!("{}-{:02},{value:.1}\n", 2016 + k / 12, k % 12 + 1)
    };
    "month,sales\n".to_owned() + &(0..36).map(row).collect::<String>()
}

fn gauges() -> String {
    let row = |t: i32| {
        let wave = f64::from((t % 20 - 10).abs()) / 5.0;
        let odd = f64::from((t * t * 31 + 7 * t) % 17) / 17.0;
        format!("{t},{:.4},{:.4}\n", 20.0 + wave + odd, 5.0 - 2.0 * wave)
    };
    "t,warm,wet\n".to_owned() + &(1..=60).map(row).collect::<String>()
}
