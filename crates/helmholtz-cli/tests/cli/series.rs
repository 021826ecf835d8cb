//! Time series on the command line.

use crate::kit::Kit;

/// Eight years of months: a line, a yearly wave, and a little noise that repeats in no pattern.
fn months() -> String {
    let mut text = "month,sales,place\n".to_owned();
    for k in 0..96u32 {
        let wave = (std::f64::consts::TAU * f64::from(k) / 12.0).sin();
        let noise = f64::from((k * k * 31 + 7 * k) % 17) / 17.0 - 0.5;
        let value = 100.0 + 0.5 * f64::from(k) + 8.0 * wave + noise;
        text += &format!("{}-{:02},{value:.3},shop\n", 2010 + k / 12, k % 12 + 1);
    }
    text
}

#[test]
fn a_series_is_explained_in_words_and_files() {
    let kit = Kit::new();
    kit.write("sales.csv", months());
    let asked = "explain timeseries sales.csv --horizon 12 --html page.html --forecast next.csv";
    let shown = kit.run(asked).succeeds();
    for part in [
        "sales",
        "(96 values, 2010-01 to 2017-12)",
        "PER",
        "every 12 months",
        "2018-",
    ] {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
    let forecast = kit.read("next.csv");
    let lines: Vec<&str> = forecast.lines().collect();
    assert_eq!(
        (lines.len(), lines[0]),
        (13, "t,mean,median,lower,upper,sample")
    );
    assert!(lines[12].starts_with("2018-12,"), "{}", lines[12]);
    let page = kit.read("page.html");
    assert!(page.contains("<svg") && page.contains("repeats every 12 months"));
    // The same command says the same.
    assert_eq!(kit.run(asked).succeeds().out, shown.out);
}

#[test]
fn json_has_programs_forecast_and_components() {
    let kit = Kit::new();
    kit.write("sales.csv", months());
    let told = kit
        .run("explain timeseries sales.csv --horizon 3 --json")
        .succeeds();
    let told = told.answers();
    let one = &told[0];
    assert_eq!(one["name"], "sales");
    assert_eq!(one["scale"], "linear");
    assert!(one["scale_probability"].as_f64().unwrap() > 0.5);
    let weights = one["programs"].as_array().unwrap().iter();
    let found: f64 = weights.map(|p| p["weight"].as_f64().unwrap()).sum();
    let not_found = one["not_found"].as_f64().unwrap();
    assert!((found + not_found - 1.0).abs() < 1e-6 && not_found > 0.0);
    assert!(one["agreement"]["restarts"].as_u64().unwrap() >= 4);
    assert!(
        one["programs"][0]["log_marginal"].is_f64() && one["programs"][0]["parameters"].is_array()
    );
    let forecast = one["forecast"].as_array().unwrap();
    assert_eq!(forecast.len(), 3);
    for moment in forecast {
        let [lower, mean, upper] = ["lower", "mean", "upper"].map(|k| moment[k].as_f64().unwrap());
        assert!(lower < mean && mean < upper);
    }
    let sum = |i: usize| -> f64 {
        let parts = one["components"].as_array().unwrap().iter();
        parts.map(|c| c["values"][i].as_f64().unwrap()).sum()
    };
    let level = one["level"].as_f64().unwrap();
    assert!(
        (level + sum(0) - 99.5).abs() < 2.0,
        "the parts add up to the series"
    );
}

#[test]
fn series_are_trained_on_resumed_and_sampled() {
    let kit = Kit::new();
    kit.write("sales.csv", months());
    let train = "train timeseries --data sales.csv --set hidden=8 --set pretraining=2 --set points=24 --steps";
    kit.run(&format!("{train} 4 --out whole")).succeeds();
    kit.run(&format!("{train} 3 --out parts")).succeeds();
    kit.run("resume parts --steps 4").succeeds();
    assert_eq!(kit.checkpoint("whole", 4), kit.checkpoint("parts", 4));
    kit.run("sample whole -n 2").succeeds();
    let told = kit.run("evaluate whole --data sales.csv --json").succeeds();
    assert!(told.out.contains("log_evidence"), "{}", told.out);
}

#[test]
fn mistakes_in_series_are_explained() {
    let kit = Kit::new();
    kit.write("flat.csv", "t,x\n1,3\n2,3\n3,3\n");
    kit.write("word.csv", "t,x\n1,3\n2,many\n3,4\n");
    kit.write("twice.csv", "t,x\n1,3\n1,4\n3,5\n");
    kit.write("one.csv", "t,x\n1,3\n");
    kit.write("down.csv", "t,x\n1,3\n2,1\n3,-1\n");
    let long: String = (0..5000).map(|k| format!("{}\n", k % 7)).collect();
    kit.write("long.csv", long);
    for (command, parts) in [
        ("flat.csv", &["flat.csv", "every value is 3"][..]),
        ("word.csv", &["word.csv", "many"]),
        ("twice.csv", &["two rows"]),
        ("one.csv", &["one.csv", "at least two values"]),
        ("long.csv", &["5000 values", "--thin 2"]),
        ("flat.csv --column y", &["no column `y`", "t, x"]),
        ("flat.csv --horizon 0", &["1..=2000"]),
        ("none.csv", &["none.csv"]),
        ("down.csv --scale log", &["down.csv", "values above 0"]),
    ] {
        kit.run(&format!("explain timeseries {command}"))
            .refuses(parts);
    }
    kit.run("explain strings flat.csv --rows")
        .refuses(&["--rows is not for", "series"]);
}
