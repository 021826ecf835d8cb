//! Music, sound and streams of numbers on the command line.

use serde_json::Value;

use crate::kit::{Done, Kit};

/// Networks of a few units, which learn within a second.
const TINY: &str = "--set network.width=8 --set srnn.recurrent=8 --set srnn.latent=4 \
    --set srnn.prior=[8,1] --set srnn.decoder=[8,1] --set filtering.clip=5 --set batch=4 \
    --set filtering.annealing=0 --set validation.every=2 --set grid.frame=20";

fn train(kit: &Kit, domain: &str, out: &str, more: &str) -> Done {
    kit.run(&format!("train {domain} --out {out} {TINY} {more}"))
        .succeeds()
}

/// Two gauges that follow a wave, with a little that repeats in no pattern.
fn gauges(steps: u32) -> String {
    let row = |t: u32| {
        let wave = (f64::from(t) / 3.0).sin();
        let odd = f64::from((t * t * 31 + 7 * t) % 17) / 17.0;
        format!("{t},{:.4},{:.4}\n", 20.0 + wave + odd, 5.0 - 2.0 * wave)
    };
    "t,warm,wet\n".to_owned() + &(1..=steps).map(row).collect::<String>()
}

/// The objects of JSON lines.
fn lines(done: &Done) -> Vec<Value> {
    let lines = done.out.lines();
    let lines = lines.map(|l| serde_json::from_str(l).unwrap());
    // The last one is an account of what was read.
    lines
        .filter(|l: &Value| l.get("schema").is_none())
        .collect()
}

#[test]
fn a_stream_of_numbers_is_learned_and_followed() {
    let kit = Kit::new();
    kit.write("gauges.csv", gauges(60));
    train(&kit, "sequence", "run", "--data gauges.csv --steps 4");
    let followed = kit.run("filter run gauges.csv --output jsonl").succeeds();
    let steps = lines(&followed);
    assert_eq!(steps.len(), 60);
    assert_eq!(
        (&steps[0]["t"], &steps[0]["free_energy"]),
        (&1.into(), &Value::Null)
    );
    for (step, t) in steps.iter().zip(1..).skip(1) {
        assert_eq!(step["t"], t);
        let number = |key: &str| step[key].as_f64().unwrap();
        let sum = number("reconstruction") + number("kl");
        assert!((number("free_energy") - sum).abs() < 1e-9 && number("kl") >= 0.0);
        assert!((0.0..=1.0).contains(&number("surprise")));
        // In the units of the file.
        let prediction = step["prediction"].as_array().unwrap();
        assert!(
            (10.0..30.0).contains(&prediction[0].as_f64().unwrap()),
            "{step}"
        );
        assert_eq!(
            (
                prediction.len(),
                step["deviation"].as_array().unwrap().len()
            ),
            (2, 2)
        );
    }
    // A pipe is the same stream; its header is optional.
    let piped = kit
        .run_with("filter run - --output jsonl", gauges(60))
        .succeeds();
    assert_eq!(lines(&piped), steps);
    let shown = kit.run("filter run gauges.csv").succeeds();
    assert_eq!(shown.out.lines().count(), 61);
    let more = kit.run("filter run gauges.csv --iterations 3").succeeds();
    assert_ne!(more.out, shown.out);
}

#[test]
fn a_run_resumes_to_the_same_bytes() {
    let kit = Kit::new();
    train(&kit, "sequence", "whole", "--steps 6");
    train(&kit, "sequence", "parts", "--steps 5");
    kit.run("resume parts --steps 6").succeeds();
    assert_eq!(kit.checkpoint("whole", 6), kit.checkpoint("parts", 6));
    let looked = kit.metrics("whole");
    let looks = looked.iter().filter(|m| m.get("validation").is_some());
    assert_eq!(looks.count(), 3);
}

#[test]
fn songs_are_learned_invented_and_followed() {
    let kit = Kit::new();
    kit.write(
        "songs.json",
        r#"{"train": [[[40, 44], [40], [42], [44], [], [40]], [[30], [31], [32], [33], [34], [35]]],
            "test": [[[40], [41], [42], [43]]]}"#,
    );
    for (inference, more) in [
        ("avf", "--set output.joint.units=5"),
        ("direct", "--set output=bernoulli"),
    ] {
        let asked = format!("--data songs.json --steps 3 --inference {inference} {more}");
        train(&kit, "music", inference, &asked);
    }
    kit.run("sample avf --steps 9 --out song.mid").succeeds();
    let invented = kit.run("sample avf --steps 9").succeeds();
    assert_eq!(invented.out.lines().count(), 9);
    let piped = kit
        .run_with("filter direct - --output jsonl", invented.out)
        .succeeds();
    assert_eq!(lines(&piped).len(), 9);
    let followed = kit.run("filter avf song.mid --output jsonl").succeeds();
    assert!(lines(&followed).len() <= 9);
    kit.run("sample avf --steps 3 --after songs.json")
        .succeeds();
    kit.run("explain avf songs.json --html page.html")
        .succeeds();
    assert!(kit.read("page.html").matches("<svg").count() == 3);
    let found = kit.run("evaluate avf --data songs.json --particles 3 --json");
    let found = &found.succeeds().answers()[0];
    assert_eq!(
        (&found["recordings"], &found["steps"]),
        (&1.into(), &3.into())
    );
    assert!(found["particle_bound"].is_f64() && found["iterations"].as_array().unwrap().len() == 2);
}

#[test]
fn sounds_are_learned_invented_and_followed() {
    let kit = Kit::new();
    train(
        &kit,
        "speech",
        "run",
        "--steps 2 --model vrnn --set vrnn.recurrent=8 \
        --set vrnn.latent=4 --set vrnn.observed=[8,1] --set vrnn.hidden=[8,1]",
    );
    kit.run("sample run --steps 30 --out said.wav").succeeds();
    let followed = kit.run("filter run said.wav --output jsonl").succeeds();
    assert_eq!(lines(&followed).len(), 30);
    let found = kit
        .run("evaluate run --data said.wav --json")
        .succeeds()
        .answers()[0]
        .clone();
    assert!(found["bits_per_sample"].as_f64().unwrap() > 0.0);
    // Half the samples of a second are another rate.
    let mut other = std::fs::read(kit.path("said.wav")).unwrap();
    for (byte, value) in other[24..28].iter_mut().zip(4000u32.to_le_bytes()) {
        *byte = value;
    }
    for (byte, value) in other[28..32].iter_mut().zip(8000u32.to_le_bytes()) {
        *byte = value;
    }
    kit.write("slow.wav", &other);
    kit.run("filter run slow.wav --output jsonl")
        .refuses(&["slow", "4000", "8000", "resample"]);
    kit.write("torn.wav", &other[..60]);
    kit.run("filter run torn.wav --output jsonl")
        .refuses(&["torn.wav"]);
}

#[test]
fn a_mistake_in_a_stream_names_its_step_and_keeps_what_came_before() {
    let kit = Kit::new();
    kit.write("gauges.csv", gauges(30));
    train(&kit, "sequence", "run", "--data gauges.csv --steps 1");
    for (line, parts) in [
        ("20,NaN", &["step 4", "`NaN` is no number"][..]),
        ("20", &["step 4", "1 numbers", "2 a step"]),
        ("20,21,22", &["step 4", "3 numbers"]),
        ("20,wet", &["step 4", "`wet`"]),
    ] {
        let input = format!("20,5\n20,4\n21,4\n{line}\n20,5\n");
        let done = kit.run_with("filter run - --output jsonl", input);
        assert_eq!(
            (done.code, lines(&done).len()),
            (2, 3),
            "{line}: {}",
            done.err
        );
        for part in parts {
            assert!(done.err.contains(part), "{part}: {}", done.err);
        }
    }
    kit.run_with("filter run - --output jsonl", "")
        .refuses(&["no step"]);
    kit.run("filter run none.csv --output jsonl")
        .refuses(&["none.csv"]);
}

#[test]
fn mistakes_are_explained() {
    let kit = Kit::new();
    kit.write("high.json", "[[[1], [2], [88]]]");
    kit.write("empty.json", "[[[1]], []]");
    kit.write("short.json", "[[[1], [2]]]");
    kit.write("noise.mid", "MThd and nothing more");
    kit.write("word.csv", "a,b\n1,2\n3,x\n");
    std::fs::create_dir(kit.path("bare")).unwrap();
    for (asked, parts) in [
        (
            "train music --data high.json",
            &["high.json", "step 3", "no note 88"][..],
        ),
        ("train music --data empty.json", &["song 2", "empty"]),
        (
            "train music --data short.json",
            &["filtering.clip", "shorter"],
        ),
        ("train music --data noise.mid", &["noise.mid"]),
        ("train music --data bare", &["bare", "no music file"]),
        (
            "train sequence --data word.csv",
            &["word.csv", "line 3", "\"x\""],
        ),
        (
            "train sequence --algorithm rws",
            &["--algorithm", "not for the domain `streams`"],
        ),
        (
            "train strings --inference avf",
            &["--inference", "unexpected"],
        ),
        ("train music --iterations 0", &["iterations", "from 1"]),
        ("explain music high.json", &["train music"]),
        ("filter strings table.csv", &["filter", "music"]),
        (
            "sample strings --steps 3",
            &["--steps is not for `sample strings`", "music"],
        ),
    ] {
        kit.run(asked).refuses(parts);
    }
}
