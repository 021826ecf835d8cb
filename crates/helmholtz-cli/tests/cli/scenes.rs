//! Scenes: pictures of towers, explained by the blocks that they are built of.

use crate::kit::Kit;
use helmholtz::domain::scenes::{Arrangement, Config, generate};

/// A small model, trained for a moment.
const TRAIN: &str = "train scenes --set size=32 --set channels=2 --set kinds=3 --set batch=2 --set particles=8 --set samples=2";

/// A picture of a scene.
fn picture(kit: &Kit, size: usize) -> &'static str {
    let config = Config {
        size,
        ..Config::default()
    };
    let scene = generate(&config, Arrangement::Paper, 1, 9).remove(0);
    kit.write("towers.png", scene.image.png().unwrap());
    "towers.png"
}

#[test]
fn a_scene_is_explained_in_words_and_drawn() {
    let kit = Kit::new();
    kit.run(&format!("{TRAIN} --steps 4 --out run")).succeeds();
    // Of another size than the model's.
    let file = picture(&kit, 48);
    let shown = kit.run(&format!("explain run {file}")).succeeds();
    assert!(
        shown.out.contains("tower") && shown.out.contains("block"),
        "{}",
        shown.out
    );
    assert!(shown.out.contains("log p(x) ~"), "{}", shown.out);
    assert!(kit.path("towers-parses.png").exists());
    // Trained for a moment, it knows no such blocks, and says so.
    assert!(shown.out.contains("is not explained"), "{}", shown.out);
    let told = kit
        .run(&format!("explain run {file} --programs 2 --json --force"))
        .succeeds();
    let told = told.answers();
    let best = &told[0]["parses"][0];
    let stacks = best["stacks"].as_str().unwrap();
    assert_eq!(stacks.split(' ').count(), 4, "{stacks}");
    assert!(told[0]["parses"].as_array().unwrap().len() <= 2);
    assert!(best["weight"].as_f64().unwrap() > 0.0);
}

/// A search that stops before positions are where they are most probable says so, in lines and in JSON alike.
#[test]
fn an_evidence_in_doubt_is_told_in_the_first_lines() {
    let kit = Kit::new();
    kit.run("sample scenes -n 4 --seed 5 --out towers.jsonl")
        .succeeds();
    let shown = kit.run("explain scenes towers.jsonl").succeeds().out;
    let told = kit
        .run("explain scenes towers.jsonl --json")
        .succeeds()
        .answers();
    let told = told.as_array().unwrap();
    let mut doubtful = 0;
    for one in told {
        let name = one["name"].as_str().unwrap();
        let mut lines = shown.lines().skip_while(|line| *line != name).skip(1);
        let (first, second) = (lines.next().unwrap(), lines.next().unwrap());
        match one["approximate"].as_str() {
            Some(why) => {
                assert_eq!(first, format!("    in doubt  {why}"));
                assert!(second.ends_with("(approximate)"), "{second}");
                doubtful += 1;
            }
            None => assert!(!first.contains("approximate"), "{first}"),
        }
    }
    assert!(doubtful > 0, "{shown}");
}

#[test]
fn scenes_are_invented_and_measured_with_what_they_show() {
    let kit = Kit::new();
    kit.run(&format!("{TRAIN} --no-color --steps 3 --out run"))
        .succeeds();
    let told = kit
        .run("sample run -n 4 --out scenes.jsonl --json")
        .succeeds();
    let told = told.answers();
    assert_eq!(told.as_array().unwrap().len(), 4);
    let measured = kit
        .run("evaluate run --data scenes.jsonl --particles 20 --json")
        .succeeds();
    let measured = &measured.answers()[0];
    assert_eq!(measured["pictures"], 4);
    // Its own kinds are the true ones.
    assert_eq!(measured["parses"]["found"], 3);
    assert_eq!(measured["kinds"].as_array().unwrap().len(), 3);
    kit.run("sample run -n 2 --out scenes.png").succeeds();
    assert!(kit.path("scenes.png").exists());
    let shown = kit.run("evaluate run --data scenes.jsonl").succeeds();
    assert!(shown.out.contains("kinds found   3 of 3"), "{}", shown.out);
}

#[test]
fn training_on_scenes_goes_on_where_it_stopped() {
    let kit = Kit::new();
    let train = |more: &str| kit.run(&format!("{TRAIN} {more}")).succeeds();
    train("--steps 6 --out whole");
    train("--steps 3 --out parts");
    kit.run("resume parts --steps 6 --threads 1").succeeds();
    assert_eq!(kit.checkpoint("whole", 6), kit.checkpoint("parts", 6));
}

#[test]
fn what_is_no_scene_is_refused_in_one_line() {
    let kit = Kit::new();
    kit.write("text.png", "no picture");
    kit.write("text.jsonl", "{}\n");
    std::fs::create_dir(kit.path("empty")).unwrap();
    let wide = helmholtz::domain::automata::write_png(8, 4, &[255; 32], 1).unwrap();
    kit.write("wide.png", wide);
    kit.run("explain scenes text.png")
        .refuses(&["text.png", "not a readable PNG"]);
    kit.run("explain scenes wide.png")
        .refuses(&["wide.png", "8 x 4 pixels where a square"]);
    kit.run("explain scenes empty")
        .refuses(&["empty", "there is no picture in it"]);
    kit.run("evaluate scenes --data text.jsonl")
        .refuses(&["text.jsonl", "line 1 is no scene"]);
    kit.run("train scenes --data missing.png")
        .refuses(&["missing.png", "check the path"]);
    kit.run("train scenes --set kinds=27")
        .refuses(&["kinds: 27", "from 1 to 26"]);
    kit.run("train strings --no-color")
        .refuses(&["--no-color", "strings"]);
    kit.run("train characters --set pretraining=1 --set bank=8 --steps 1 --out letters")
        .succeeds();
    kit.run("train scenes --config letters/config.toml")
        .refuses(&["characters"]);
}
