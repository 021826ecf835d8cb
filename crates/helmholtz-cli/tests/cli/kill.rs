//! Processes that are killed at random moments. `make kill` does it for long.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use helmholtz::random::Stream;

use super::kit::Kit;

/// Two sets of three points.
const POINTS: &str = "set,x,y\na,0,0\na,2,2\na,0.1,0\nb,1,1\nb,1.1,1\nb,0,3\n";

/// Kills of a test, unless the environment says otherwise.
const KILLS: usize = 6;
const STEPS: u64 = 2500;

fn kills() -> usize {
    let asked = std::env::var("HELMHOLTZ_KILLS").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(KILLS)
}

fn begin(run: &str) -> String {
    format!("train clusters points.csv --out {run} --steps {STEPS} --set points=3 --quiet")
}

fn spawn(kit: &Kit, arguments: &str) -> Child {
    let mut command = Command::new(kit.command().get_program());
    let command = command
        .current_dir(kit.path(""))
        .args(arguments.split_whitespace());
    let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
    silent.spawn().unwrap()
}

/// Whether it was killed within some time; otherwise it ended well.
fn killed(mut child: Child, after: Duration) -> bool {
    std::thread::sleep(after);
    let ended = child.try_wait().unwrap();
    if let Some(status) = ended {
        assert!(status.success());
        return false;
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

fn has_checkpoint(kit: &Kit, run: &str) -> bool {
    let entries = fs::read_dir(kit.path(run).join("checkpoints"));
    let mut names = entries.into_iter().flatten().flatten().map(|e| e.path());
    names.any(|path| path.extension().is_some_and(|e| e == "safetensors"))
}

/// All that stands in a run's folder.
fn names(kit: &Kit, run: &str) -> Vec<String> {
    let names = |folder: &str| {
        let entries = fs::read_dir(kit.path(folder)).unwrap().flatten();
        entries
            .map(|e| e.file_name().into_string().unwrap())
            .collect::<Vec<_>>()
    };
    let parts = ["checkpoints", "records"].map(|part| names(&format!("{run}/{part}")));
    let mut all = [names(run), parts.concat()].concat();
    all.sort();
    all
}

#[test]
fn a_run_that_is_killed_at_any_moment_ends_in_the_same_bytes() {
    let kit = Kit::new();
    kit.write("points.csv", POINTS);
    let began = Instant::now();
    kit.run(&begin("whole")).succeeds();
    let whole = began.elapsed();
    let (mut done, mut rng) = (0, Stream::at([26, 0, 0, 0]));
    for round in 0.. {
        let run = format!("run-{round}");
        // Whoever is killed too early to save anything is given more time.
        let mut patience = 1.2;
        loop {
            let begun = has_checkpoint(&kit, &run);
            let arguments = if begun {
                format!("resume {run} --quiet")
            } else {
                begin(&run)
            };
            if !killed(
                spawn(&kit, &arguments),
                whole.mul_f64(patience * rng.uniform()),
            ) {
                break;
            }
            done += 1;
            patience += 0.05;
        }
        assert!(
            kit.checkpoint("whole", STEPS) == kit.checkpoint(&run, STEPS),
            "{run}"
        );
        assert_eq!(kit.metrics("whole"), kit.metrics(&run));
        assert_eq!(
            names(&kit, "whole"),
            names(&kit, &run),
            "nothing is left behind"
        );
        fs::remove_dir_all(kit.path(&run)).unwrap();
        if done >= kills() {
            break;
        }
    }
}
