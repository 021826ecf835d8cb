//! Points, automata and experiments on the command line.

use serde_json::Value;

use crate::kit::Kit;

const POINTS: &str = "set,x,y\na,0,0\na,1.5,1.4\na,.1,.05\na,1.4,1.5\nb,-2,1\nb,-2.1,1.05\n";

/// A PNG of 64 x 64 pixels, by the program itself.
fn automaton(kit: &Kit) -> &'static str {
    let drawn = kit.run("sample automata -n 1 --seed 4 --json").succeeds();
    let drawn = drawn.answers();
    let rows: Vec<&str> = drawn[0]["image"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_str().unwrap())
        .collect();
    let ink = rows.iter().flat_map(|row| row.bytes());
    let pixels: Vec<u8> = ink.map(|b| if b == b'#' { 0 } else { 255 }).collect();
    let image = helmholtz::domain::automata::write_png(64, 64, &pixels, 1).unwrap();
    kit.write("picture.png", image);
    "picture.png"
}

#[test]
fn points_are_explained_by_clusterings() {
    let kit = Kit::new();
    kit.write("points.csv", POINTS);
    let shown = kit.run("explain mixture points.csv").succeeds();
    assert!(shown.out.contains("{1 3} {2 4}"), "{}", shown.out);
    let told = kit.run("explain mixture points.csv --json").succeeds();
    let told = told.answers();
    assert_eq!(told[0]["name"], "a");
    assert_eq!(
        told[0]["partitions"][0]["clusters"],
        serde_json::json!([[1, 3], [2, 4]])
    );
    assert_eq!(told[1]["enumerated"], 2);
}

#[test]
fn a_mixture_is_trained_resumed_and_evaluated() {
    let kit = Kit::new();
    let train = "train mixture --set points=4 --steps";
    kit.run(&format!("{train} 12 --out whole")).succeeds();
    kit.run(&format!("{train} 5 --out parts")).succeeds();
    kit.run("resume parts --steps 12").succeeds();
    assert_eq!(kit.checkpoint("whole", 12), kit.checkpoint("parts", 12));
    kit.write("points.csv", POINTS);
    let told = kit
        .run("evaluate whole --data points.csv --json")
        .succeeds();
    let told = &told.answers()[0];
    assert!(told["marginal_nll"].as_f64().unwrap() >= told["best_nll"].as_f64().unwrap() - 1e-6);
    kit.run("sample whole -n 2").succeeds();
}

#[test]
fn an_image_is_explained_by_its_rule_and_continued() {
    let kit = Kit::new();
    let picture = automaton(&kit);
    let shown = kit.run(&format!("explain automata {picture}")).succeeds();
    assert!(
        shown.out.contains("rule ") && shown.out.contains("noise"),
        "{}",
        shown.out
    );
    assert!(kit.path("picture-continued.png").exists());
    let told = kit
        .run(&format!("explain automata {picture} --json"))
        .succeeds();
    let told = told.answers();
    assert_eq!(told[0]["extrapolation"].as_array().unwrap().len(), 64);
    // Several, as a shell names them; what this program drew is not meant.
    let several = format!("explain automata {picture} picture-continued.png {picture} --json");
    let several = kit.run(&several).succeeds();
    assert!(
        several.err.contains("left out: 1 of the files"),
        "{}",
        several.err
    );
    let told = several.answers();
    assert_eq!(told.as_array().unwrap().len(), 2);
    kit.run("train automata --steps 3 --out run").succeeds();
    kit.run(&format!("explain run {picture} --force"))
        .succeeds();
    kit.run(&format!("evaluate run --data {picture}"))
        .succeeds();
}

#[test]
fn points_and_pictures_that_are_none_are_refused_in_one_line() {
    let kit = Kit::new();
    kit.write("nan.csv", "x,y\n1,2\nnan,3\n");
    kit.write("names.csv", "a,b\n1,2\n");
    kit.write("many.csv", format!("x,y\n{}", "1,2\n".repeat(11)));
    kit.write("empty.csv", "x,y\n");
    kit.write("three.csv", "x,y\n1,2,3\n");
    kit.write("text.png", "no picture");
    let small = helmholtz::domain::automata::write_png(8, 8, &[0; 64], 1).unwrap();
    kit.write("small.png", small);
    let gray = helmholtz::domain::automata::write_png(64, 64, &[120; 4096], 1).unwrap();
    kit.write("gray.png", gray);
    for (arguments, part) in [
        ("explain mixture nan.csv", "line 3"),
        ("explain mixture names.csv", "`x` and `y`"),
        ("explain mixture many.csv", "11 points"),
        ("explain mixture empty.csv", "no row"),
        ("explain mixture three.csv", "3 cells"),
        ("explain mixture nan.csv --column x", "--column"),
        ("explain mixture many.csv three.csv", "many.csv"),
        ("train mixture --data many.csv", "11 points"),
        ("train mixture --set points=30", "points: 30"),
        ("train mixture --set edits=2", "edits"),
        ("explain automata text.png", "text.png"),
        ("explain automata small.png", "8 x 8"),
        ("explain automata gray.png", "brightness 120"),
        ("explain automata missing.png", "missing.png"),
        ("train automata --set noise=0.5", "same model"),
        ("train automata --algorithm rws --particles 1", "weight 1"),
        ("reproduce mws-figre-4", "did you mean mws-figure-4?"),
        ("reproduce", "--list"),
    ] {
        let done = kit.run(arguments);
        assert_eq!(done.code, 2, "{arguments}: {}", done.err);
        assert!(done.err.contains(part), "{arguments}: {}", done.err);
        assert_eq!(
            done.err.trim_end().lines().count(),
            1,
            "{arguments}: {}",
            done.err
        );
    }
}

#[test]
fn an_experiment_is_listed_run_and_not_run_twice() {
    let kit = Kit::new();
    let list = kit.run("reproduce --list").succeeds();
    assert!(list.out.lines().count() >= 14, "{}", list.out);
    let first = kit
        .run("reproduce mws-2019-figure-8 --quick --json --out f")
        .succeeds();
    let rows: Value = serde_json::from_str(&first.out).unwrap();
    let keys = [
        "experiment",
        "domain",
        "algorithm",
        "k",
        "metric",
        "value",
        "lower",
        "upper",
        "seeds",
        "paper",
    ];
    let row = rows[0].as_object().unwrap();
    assert!(keys.iter().all(|key| row.contains_key(*key)), "{row:?}");
    assert!(kit.read("f/table.md").contains("extrapolations.png"));
    let again = kit
        .run("reproduce mws-2019-figure-8 --quick --json --out f")
        .succeeds();
    assert_eq!(again.out, first.out);
    let other = kit.run("reproduce mws-2019-figure-8 --out f");
    assert_eq!(
        (other.code, other.err.contains("other settings")),
        (2, true),
        "{}",
        other.err
    );
}

#[test]
#[ignore = "trains for seconds: make long"]
fn an_experiment_of_ones_own_is_a_file() {
    let kit = Kit::new();
    let text = r#"
        title = "Replay beside resampling"
        source = "Me"
        domain = "mixture"
        notes = ""
        steps = 4
        measures = 2
        seeds = 3
        k = [2]
        metrics = ["nll_excess"]
        [[variants]]
        name = "mws"
        algorithm = "mws"
        [[variants]]
        name = "rws"
        algorithm = "rws"
        [quick]
        steps = 2
    "#;
    kit.write("mine.toml", text);
    let rows = |more: &str| -> Vec<Value> {
        let done = kit.run(&format!("reproduce mine.toml --json {more}"));
        serde_json::from_str(&done.succeeds().out).unwrap()
    };
    let first = rows("--seeds 1");
    assert_eq!((first.len(), &first[0]["seeds"]), (2, &1.into()));
    assert_eq!(first[0]["experiment"], "mine");
    assert!(kit.read("runs/mine/table.md").contains("Replay beside"));
    let one = rows("--seeds 2 --only rw");
    assert_eq!((one.len(), &one[0]["algorithm"]), (1, &"rws".into()));
    assert_eq!(
        (&one[0]["seeds"], &one[0]["value"]),
        (&2.into(), &rows("--seeds 2")[1]["value"])
    );
    assert_eq!(rows("")[0]["seeds"], 3);
    let none = kit.run("reproduce mine.toml --only vimco");
    assert_eq!(none.code, 2);
    assert!(none.err.contains("there are: mws; rws"), "{}", none.err);
    let missing = kit.run("reproduce none.toml");
    assert_eq!(missing.code, 2);
    assert!(
        missing.err.contains("none.toml: cannot be read"),
        "{}",
        missing.err
    );
}

/// A small model of characters, trained for a moment.
const CHARACTERS: &str = "train characters --set bank=8 --set strokes=4 --set maps=3 --set guide=8 --set channels=4 \
                          --set pretraining=2 --batch";

/// A drawing by the program itself.
fn drawing(kit: &Kit, model: &str) -> &'static str {
    kit.run(&format!("sample {model} -n 1 --seed 3 --out drawing.png"))
        .succeeds();
    "drawing.png"
}

#[test]
fn a_character_is_explained_by_strokes_and_drawn() {
    let kit = Kit::new();
    let train = CHARACTERS.replace("--batch", "--set batch=10 --steps 4 --out run");
    kit.run(&train).succeeds();
    let picture = drawing(&kit, "run");
    let shown = kit
        .run(&format!("explain run {picture} --variations 3"))
        .succeeds();
    assert!(
        shown.out.contains("log p(x) >=") && shown.out.contains('%'),
        "{}",
        shown.out
    );
    for file in [
        "drawing-strokes.png",
        "drawing-strokes.svg",
        "drawing-variations.png",
    ] {
        assert!(kit.path(file).exists(), "{file}");
    }
    let told = kit.run(&format!("explain run {picture} --json")).succeeds();
    let told = told.answers();
    let best = &told[0]["programs"][0];
    let strokes = best["strokes"].as_str().unwrap();
    assert!(
        strokes.starts_with('-') && strokes.contains(' '),
        "{strokes}"
    );
    // The built-in alphabets are the classes of this model, and the picture is of none.
    let labels = told[0]["labels"].as_array().unwrap();
    let total: f64 = labels.iter().map(|l| l[1].as_f64().unwrap()).sum();
    assert!((total - 1.0).abs() < 1e-9 && best["label"].as_str().unwrap().starts_with("alphabet"));
    let told = kit
        .run(&format!("evaluate run --data {picture} --json"))
        .succeeds();
    let told = &told.answers()[0];
    assert!(told["bits_per_pixel"].as_f64().unwrap() > 0.0);
    let one = kit
        .run("sample run -n 4 --alphabet alphabet-2 --json")
        .succeeds();
    assert_eq!(one.out.matches("alphabet-2").count(), 4);
    kit.run("sample run --alphabet Greek")
        .refuses(&["there is no `Greek`", "alphabet-1"]);
}

#[test]
fn training_on_characters_goes_on_where_it_stopped() {
    let kit = Kit::new();
    let train = |more: &str| kit.run(&CHARACTERS.replace("--batch", more)).succeeds();
    train("--set batch=10 --steps 6 --out whole");
    train("--set batch=10 --steps 3 --out parts");
    kit.run("resume parts --steps 6").succeeds();
    assert_eq!(kit.checkpoint("whole", 6), kit.checkpoint("parts", 6));
}

#[test]
fn what_is_no_character_is_refused_in_one_line() {
    let kit = Kit::new();
    let blank = helmholtz::domain::automata::write_png(8, 8, &[255; 64], 1).unwrap();
    kit.write("blank.png", blank);
    kit.write("text.png", "no picture");
    kit.write("empty.zip", "");
    kit.run("explain characters blank.png")
        .refuses(&["blank.png", "the page is blank"]);
    kit.run("explain characters text.png")
        .refuses(&["text.png", "neither PNG, ZIP nor IDX"]);
    kit.run("train characters --data empty.zip")
        .refuses(&["empty.zip", "the file is empty"]);
    kit.run("train characters --data missing.zip")
        .refuses(&["missing.zip", "check the path"]);
    kit.run("train characters --set bank=65")
        .refuses(&["bank: 65", "from 1 to 64"]);
    kit.run("sample mixture --alphabet Greek")
        .refuses(&["--alphabet is not for `sample clusters`", "characters"]);
}
