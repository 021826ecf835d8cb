//! Training and resuming from end to end, with models so small that a run takes milliseconds.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::kit::Kit;

#[test]
fn a_run_is_a_folder_with_everything_in_it() {
    let kit = Kit::new();
    let done = kit.train("run", "--seed 5 --particles 4");
    assert_eq!(done.out, "run\n");
    assert!(done.err.contains("step 1/6  pre-training"), "{}", done.err);
    let config: toml::Table = toml::from_str(&kit.read("run/config.toml")).unwrap();
    assert_eq!(config["domain"].as_str(), Some("strings"));
    let settings = config["strings"].as_table().unwrap();
    assert_eq!(
        (
            settings["seed"].as_integer(),
            settings["particles"].as_integer()
        ),
        (Some(5), Some(4))
    );
    assert_eq!(
        settings["max_length"].as_integer(),
        Some(40),
        "defaults are written out"
    );
    assert_eq!(kit.read("run/data.jsonl").lines().count(), 3);
    let metrics = kit.metrics("run");
    assert_eq!(metrics.len(), 6);
    assert!(metrics[0]["bound"].is_null() && metrics[5]["bound"].as_f64().unwrap() < 0.0);
    assert_eq!(kit.checkpoints("run"), ["step-00000006.safetensors"]);
    let summary: serde_json::Value = serde_json::from_str(&kit.read("run/run.json")).unwrap();
    assert_eq!(
        (summary["step"].as_u64(), summary["stopped"].as_str()),
        (Some(6), Some("steps"))
    );
}

#[test]
fn a_resumed_run_is_bit_identical_to_one_that_was_never_stopped() {
    for algorithm in ["mws-mix", "rws", "vimco"] {
        let kit = Kit::new();
        kit.train("whole", &format!("--algorithm {algorithm}"));
        kit.train("parts", &format!("--algorithm {algorithm} --steps 3"));
        kit.run("resume parts --steps 6").succeeds();
        assert!(
            kit.checkpoint("whole", 6) == kit.checkpoint("parts", 6),
            "{algorithm}"
        );
        assert_eq!(kit.metrics("whole"), kit.metrics("parts"));
        assert_eq!(kit.read("whole/config.toml"), kit.read("parts/config.toml"));
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    let kit = Kit::new();
    kit.train("one", "--threads 1");
    kit.train("two", "--threads 2");
    assert!(kit.checkpoint("one", 6) == kit.checkpoint("two", 6));
    assert_eq!(kit.metrics("one"), kit.metrics("two"));
    kit.train("other", "--seed 2");
    assert!(
        kit.checkpoint("one", 6) != kit.checkpoint("other", 6),
        "the test can fail"
    );
}

#[test]
fn a_torn_checkpoint_is_reported_and_the_one_before_it_used() {
    let kit = Kit::new();
    kit.train("whole", "");
    kit.train("run", "--steps 3");
    kit.run("resume run --steps 5").succeeds();
    let torn = kit.checkpoint("run", 5);
    kit.write(
        "run/checkpoints/step-00000005.safetensors",
        &torn[..torn.len() / 2],
    );
    let resumed = kit.run("resume run --steps 6").succeeds();
    assert!(
        resumed.err.contains("step-00000005.safetensors"),
        "{}",
        resumed.err
    );
    assert!(
        resumed.err.contains("using the checkpoint of step 3"),
        "{}",
        resumed.err
    );
    assert!(kit.checkpoint("whole", 6) == kit.checkpoint("run", 6));
    assert_eq!(kit.metrics("whole"), kit.metrics("run"));
}

#[test]
fn a_run_without_a_usable_checkpoint_is_refused_or_begun_anew() {
    let kit = Kit::new();
    kit.train("run", "");
    kit.write(
        "run/checkpoints/step-00000006.safetensors",
        "something else",
    );
    kit.run("resume run")
        .refuses(&["run", "none of the checkpoints", "not a whole checkpoint"]);
    kit.run("sample run").refuses(&["none of the checkpoints"]);
    // A checkpoint of a model of another size.
    kit.train("wide", "--set sizes.prior=9");
    kit.write(
        "run/checkpoints/step-00000006.safetensors",
        kit.checkpoint("wide", 6),
    );
    kit.run("resume run --steps 9")
        .refuses(&["none of the checkpoints", "shape"]);
    fs::remove_dir_all(kit.path("run/checkpoints")).unwrap();
    kit.run("sample run")
        .refuses(&["there is no checkpoint yet"]);
    kit.run("resume run").succeeds();
    assert_eq!(kit.checkpoints("run"), ["step-00000006.safetensors"]);
}

#[test]
fn data_that_were_changed_are_not_gone_on_with() {
    let kit = Kit::new();
    kit.train("run", "");
    let data = kit.read("run/data.jsonl");
    kit.write("run/data.jsonl", data.replace("Boston", "London"));
    kit.run("resume run --steps 9")
        .refuses(&["data.jsonl", "not the data that the run began with"]);
    kit.write("run/data.jsonl", data);
    kit.run("resume run --steps 9").succeeds();
    kit.run("resume run --steps 12").succeeds();
}

#[test]
fn resuming_a_finished_run_changes_nothing() {
    let kit = Kit::new();
    kit.train("run", "");
    let before = kit.read("run/metrics.jsonl");
    let done = kit.run("resume run").succeeds();
    assert!(done.err.contains("nothing to do"), "{}", done.err);
    assert_eq!(
        (done.out.as_str(), kit.read("run/metrics.jsonl")),
        ("run\n", before)
    );
}

#[test]
fn the_default_folder_is_new_each_time() {
    let kit = Kit::new();
    let arguments = Kit::tiny("x", "--steps 1 --seed 4").replace("--out x ", "");
    let names: Vec<String> = (0..2).map(|_| kit.run(&arguments).succeeds().out).collect();
    assert_eq!(
        names,
        ["runs/strings-4-mws-mix\n", "runs/strings-4-mws-mix-2\n"]
    );
}

#[test]
fn the_settings_of_a_run_can_be_used_again() {
    let kit = Kit::new();
    kit.train("run", "--set rates.guide=0.002");
    kit.run("train strings --data table.csv --out again --config run/config.toml")
        .succeeds();
    assert!(kit.checkpoint("run", 6) == kit.checkpoint("again", 6));
}

#[test]
fn held_out_strings_stay_held_out() {
    let kit = Kit::new();
    kit.write("table.csv", "");
    kit.write(
        "c.jsonl",
        "{\"name\": \"n\", \"train\": [\"1\", \"1\", \"22\"], \"test\": [\"333\"]}\n",
    );
    kit.run(&Kit::tiny("run", "").replace("table.csv", "c.jsonl"))
        .succeeds();
    let data: serde_json::Value = serde_json::from_str(&kit.read("run/data.jsonl")).unwrap();
    assert_eq!(data["train"], serde_json::json!(["1", "22"]));
    assert_eq!(data["test"], serde_json::json!(["333"]));
}

#[test]
fn the_built_in_columns_are_used_without_a_file() {
    let kit = Kit::new();
    let arguments = Kit::tiny("run", "--steps 1").replace("--data table.csv ", "");
    kit.run(&arguments).succeeds();
    assert_eq!(kit.read("run/data.jsonl").lines().count(), 750);
    let short = kit
        .run(&arguments.replace("--out run", "--out short --set max_length=3"))
        .succeeds();
    assert!(
        short.err.contains("built-in strings: over 3 characters"),
        "{}",
        short.err
    );
}

#[test]
fn time_is_up_when_it_is_up() {
    let kit = Kit::new();
    let done = kit.train("run", "--steps 100000000 --time 1s");
    assert!(done.err.contains("the time is up"), "{}", done.err);
    assert!(kit.read("run/run.json").contains("\"time\""));
    assert!((1..=3).contains(&kit.checkpoints("run").len()));
}

/// Starts endless training and waits until it is at work.
fn endless(kit: &Kit) -> std::process::Child {
    endless_by(kit, Command::new(kit.command().get_program()))
}

/// The same by a command that takes the arguments.
fn endless_by(kit: &Kit, mut command: Command) -> std::process::Child {
    let arguments = Kit::tiny("run", "--steps 100000000");
    command
        .args(arguments.split_whitespace())
        .current_dir(kit.path(""));
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let lines = || {
        fs::read_to_string(kit.path("run/metrics.jsonl"))
            .unwrap_or_default()
            .lines()
            .count()
    };
    while lines() < 4 {
        assert!(Instant::now() < deadline, "training does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn signal(child: &std::process::Child, name: &str) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// A request to terminate, and a terminal that is gone, are interrupts; who was told to outlive its terminal does.
#[cfg(unix)]
#[test]
fn what_asks_a_process_to_end_saves_a_checkpoint() {
    for name in ["-TERM", "-HUP"] {
        let kit = Kit::new();
        let mut child = endless(&kit);
        signal(&child, name);
        // A shell that ends sends it again.
        let again = ["-HUP", &child.id().to_string()];
        let _ = Command::new("kill").args(again).status();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{name}");
        assert!(
            kit.read("run/run.json").contains("\"interrupted\""),
            "{name}"
        );
    }
    let kit = Kit::new();
    let mut shell = Command::new("sh");
    let program = kit.command().get_program().to_owned();
    shell
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(program);
    let mut child = endless_by(&kit, shell);
    signal(&child, "-HUP");
    let before = kit.read("run/metrics.jsonl").len();
    let deadline = Instant::now() + Duration::from_secs(60);
    while kit.read("run/metrics.jsonl").len() < before + 2000 {
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// Whoever reads the first line of many and goes away has had enough.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::BufRead as _;
    let kit = Kit::new();
    let mut command = Command::new(kit.command().get_program());
    command.args("sample strings -n 5000".split_whitespace());
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    drop(out);
    let done = child.wait_with_output().unwrap();
    assert!(!line.is_empty() && done.status.success(), "{}", done.status);
    assert!(done.stderr.is_empty(), "{:?}", done.stderr);
}

#[cfg(unix)]
#[test]
fn an_interrupt_saves_a_checkpoint_and_exits_with_130() {
    let kit = Kit::new();
    let mut child = endless(&kit);
    let busy = kit.run("resume run");
    busy.refuses(&["another process is training"]);
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(kit.read("run/run.json").contains("\"interrupted\""));
    let step = kit.metrics("run").last().unwrap()["step"].as_u64().unwrap();
    assert!(
        !kit.checkpoint("run", step).is_empty(),
        "the last step is saved"
    );
    kit.run(&format!("resume run --steps {}", step + 2))
        .succeeds();
    kit.train("whole", &format!("--steps {}", step + 2));
    assert!(kit.checkpoint("run", step + 2) == kit.checkpoint("whole", step + 2));
}

#[cfg(unix)]
#[test]
fn a_killed_run_blocks_nothing_and_resumes_to_the_same_bytes() {
    let kit = Kit::new();
    let mut child = endless(&kit);
    signal(&child, "-KILL");
    child.wait().unwrap();
    let steps = kit.read("run/metrics.jsonl").lines().count() as u64 + 2;
    kit.run(&format!("resume run --steps {steps}")).succeeds();
    kit.train("whole", &format!("--steps {steps}"));
    assert!(kit.checkpoint("run", steps) == kit.checkpoint("whole", steps));
    assert_eq!(kit.metrics("run"), kit.metrics("whole"));
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_one_line_and_leaves_no_torn_file() {
    let kit = Kit::new();
    // Files may grow to 64 KiB, which a checkpoint of this model does not fit in. The shell counts blocks
    // of 512 or 1024 bytes.
    let program = kit.command().get_program().to_owned();
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec \"$0\" {}",
        Kit::tiny("run", "")
    );
    let mut command = Command::new("sh");
    let output = command
        .arg("-c")
        .arg(script)
        .arg(program)
        .current_dir(kit.path(""))
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    let last = err.lines().last().unwrap();
    assert!(
        last.starts_with("error: ") && last.contains("make room"),
        "{err}"
    );
    assert!(kit.checkpoints("run").is_empty(), "nothing half-written");
    kit.run("resume run").succeeds();
    assert_eq!(kit.checkpoints("run").len(), 1);
}

#[test]
fn a_folder_that_is_in_use_or_cannot_be_made_is_refused() {
    let kit = Kit::new();
    kit.train("run", "");
    kit.run(&Kit::tiny("run", ""))
        .refuses(&["run", "not empty", "choose a new one"]);
    kit.run(&Kit::tiny("table.csv/run", ""))
        .refuses(&["table.csv"]);
    kit.run(&Kit::tiny("table.csv", ""))
        .refuses(&["table.csv", "this is a file"]);
    kit.run("resume table.csv").refuses(&["not a run folder"]);
    kit.run("resume nowhere")
        .refuses(&["nowhere", "not a run folder"]);
}

#[test]
fn settings_that_make_no_sense_are_refused_before_anything_is_written() {
    let kit = Kit::new();
    kit.write("bad.toml", "steps = 3\nlearning_rate = 1\n");
    kit.write("torn.toml", "steps = 3\nseed =\n");
    for (more, parts) in [
        ("--particles 1", ["particles", "at least 2"]),
        ("--set batch=0", ["batch", "choose from"]),
        ("--set stepz=3", ["--set stepz=3", "unknown field"]),
        (
            "--set rates.guide=fast",
            ["--set rates.guide=fast", "rates.guide"],
        ),
        ("--set rates=1", ["--set rates=1", "rates"]),
        ("--set steps", ["--set steps", "no `=`"]),
        ("--config bad.toml", ["bad.toml", "learning_rate"]),
        ("--config torn.toml", ["torn.toml, line 2", "write"]),
        ("--config none.toml", ["none.toml", "check the path"]),
        ("--algorithm wake", ["--algorithm", "mws-mix"]),
        ("--time soon", ["--max-time", "1h30m"]),
        ("--steps -3", ["-3", "see"]),
        ("--threads 0", ["--threads", "see"]),
        ("--colum zip", ["--column", "see"]),
        ("--column age", ["age", "choose from"]),
    ] {
        kit.run(&Kit::tiny("run", more)).refuses(&parts);
        assert!(!kit.path("run").exists(), "{more}");
    }
}
