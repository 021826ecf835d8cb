use super::*;
use crate::alphabet::{CHARACTERS, encode};
use crate::automaton::Automaton;
use crate::{Config, Sizes};
use helmholtz_data::Reason;
use helmholtz_nn::training_device;

fn untrained() -> (StringModel, StringGuide) {
    let config = Config {
        sizes: Sizes {
            prior: 8,
            guide: 8,
            width: 8,
        },
        ..Config::default()
    };
    let device = training_device();
    let model = StringModel::new(&config, &device).unwrap();
    (model, StringGuide::new(&config, &device).unwrap())
}

fn column(values: Vec<String>) -> Column {
    let (counts, test) = (vec![2; values.len()], vec![]);
    Column {
        name: "c".into(),
        values,
        counts,
        lines: vec![],
        rows: vec![],
        test,
        source: String::new(),
    }
}

#[test]
fn edits_alone_explain_a_regular_column_and_find_its_outlier() {
    let (model, guide) = untrained();
    let mut values: Vec<String> = (0..60).map(|i| format!("K-{}", 1000 + 37 * i)).collect();
    values.push("not available".into());
    let explanation = explain(&model, &guide, &column(values), &ExplainOptions::default());
    assert_eq!((explanation.distinct, explanation.values), (61, 122));
    let outliers: Vec<&str> = explanation
        .outliers
        .iter()
        .map(|o| o.value.as_str())
        .collect();
    assert_eq!(outliers, ["not available"]);
    let best = regex::Regex::new(&explanation.programs[0].export).unwrap();
    assert!(best.is_match("K-2711"), "{}", explanation.programs[0].regex);
    assert!(
        explanation
            .samples
            .iter()
            .all(|s| best.is_match(s) || s.starts_with('K'))
    );
    let total: f64 = explanation.programs.iter().map(|p| p.weight).sum();
    assert!(total + explanation.trust.not_found <= 1.0 + 1e-9 && total > 0.1);
}

#[test]
fn junk_is_a_distribution_that_knows_words() {
    let parameters = Parameters::uniform();
    let texts = ["a", "pending", "N/A", ""].map(|t| encode(t).unwrap());
    let values = Values::new(texts.to_vec(), &parameters, 0.01);
    let any = Regex::parse(".*").unwrap();
    let any = Automaton::compile(&any, &parameters);
    for (text, junk) in texts.iter().zip(&values.junk) {
        assert!(*junk >= (0.01_f64 / 2.0).ln() + any.log_prob(text) - 1e-9);
    }
    assert!(values.junk[1] > 0.01_f64.ln() + any.log_prob(&texts[1]) + 3.0);
    // The mass of all strings of one character, known in closed form.
    let single: Vec<Vec<u8>> = (0..CHARACTERS as u8).map(|c| vec![c]).collect();
    let junk = Values::new(single, &parameters, 1.0).junk;
    let total: f64 = junk.iter().map(|l| l.exp()).sum();
    // Under each program a string has one character with probability 1/2, but .* 1/4 and \\u\\l+ none.
    let expected = 0.5 * 0.25 + 0.1 * (4.0 * 0.5);
    assert!((total - expected).abs() < 1e-9, "{total}");
}

#[test]
fn programs_of_one_export_are_one_with_their_weights_together() {
    let (model, guide) = untrained();
    let values = column(["a1", "a12", "a3"].map(String::from).to_vec());
    let options = ExplainOptions {
        programs: 100,
        search: Budget {
            members: 100,
            ..ExplainOptions::default().search
        },
        ..ExplainOptions::default()
    };
    let offered = [r"a\d\d?", r"a\d?\d"].map(|text| Regex::parse(text).unwrap());
    let told = explain_with((&model, &guide), &values, &options, &offered);
    let exports: Vec<&str> = told.programs.iter().map(|p| p.export.as_str()).collect();
    let once = |export: &&str| exports.iter().filter(|e| e == &export).count() == 1;
    assert!(
        exports.iter().all(once) && exports.contains(&"^a[0-9]{1,2}$"),
        "{exports:?}"
    );
    let total: f64 = told.programs.iter().map(|p| p.weight).sum();
    assert!((total + told.trust.not_found - 1.0).abs() < 1e-9);
}

#[test]
fn the_same_column_is_explained_alike_twice() {
    let (model, guide) = untrained();
    let values = column(["a1", "b2", "c3"].map(String::from).to_vec());
    let options = ExplainOptions::default();
    let first = explain(&model, &guide, &values, &options);
    assert_eq!(first, explain(&model, &guide, &values, &options));
}

#[test]
fn what_the_model_cannot_read_is_left_out_and_told() {
    let (model, guide) = untrained();
    let long = "9".repeat(41);
    let values = column(["12", "é", "34", &long, "5\n"].map(String::from).to_vec());
    let explanation = explain(&model, &guide, &values, &ExplainOptions::default());
    assert_eq!((explanation.distinct, explanation.values), (2, 4));
    let LeftOut {
        share,
        rows,
        skipped,
    } = &explanation.left_out;
    assert_eq!((*rows, *share), (6, 0.6));
    assert_eq!((skipped.outside_vocabulary, skipped.too_long), (4, 2));
    let example = &skipped.examples[0];
    assert_eq!((&example.text[..], example.line), ("\"é\"", None));
    assert_eq!(example.reason, Reason::OutsideVocabulary('é'));
    // The rows that a reader skipped are in the same account.
    let mut before = Skipped::default();
    before.note(Some(3), Reason::Empty, "", 10);
    let both = explanation.with_skipped(&before).left_out;
    assert_eq!((both.rows, both.share), (16, 0.8));
    let json = serde_json::to_value(&both).unwrap();
    assert_eq!((&json["share"], &json["empty"]), (&0.8.into(), &10.into()));
}

#[test]
fn of_a_column_that_cannot_be_read_nothing_is_said() {
    let (model, guide) = untrained();
    let options = ExplainOptions::default();
    let found = explain(&model, &guide, &column(vec!["é".into()]), &options);
    assert!(found.is_nothing());
    assert!(found.programs.is_empty() && found.samples.is_empty());
    assert_eq!((found.left_out.rows, found.left_out.share), (2, 1.0));
    let none = explain(&model, &guide, &column(vec![]), &options);
    assert_eq!(none, Explanation::nothing("c"));
}
