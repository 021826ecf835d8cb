use super::*;
use helmholtz_data::{ReadOptions, read_from};

fn explained(values: &[&str]) -> Explanation {
    let text = values.join("\n");
    let dataset = read_from(text.as_bytes(), "c.txt", &ReadOptions::default()).unwrap();
    explain(&dataset.columns[0], &Options::default(), &[])
}

fn kind(values: impl IntoIterator<Item = String>) -> Kind {
    let values: Vec<String> = values.into_iter().collect();
    explained(&values.iter().map(String::as_str).collect::<Vec<_>>()).kind
}

#[test]
fn columns_are_of_kinds() {
    let many = |of: &dyn Fn(usize) -> String| kind((0..60).map(of));
    assert_eq!(many(&|i| format!("{}", 3 * i * i)), Kind::Number);
    assert_eq!(
        many(&|i| format!("2026-{:02}-{:02}", 1 + i % 12, 1 + i * 7 % 28)),
        Kind::Date
    );
    assert_eq!(
        many(&|i| format!("{:02}:{:02}", i * 5 % 24, i * 7 % 60)),
        Kind::Time
    );
    assert_eq!(
        many(&|i| format!("KX-{:04}", i * 7919 % 10_000)),
        Kind::Identifier
    );
    assert_eq!(
        many(&|i| ["red", "green", "blue"][i * i % 3].into()),
        Kind::Enumeration
    );
    assert_eq!(many(&|_| "yes".into()), Kind::Constant);
    let syllables = ["ka", "lo", "mi", "ru", "te", "no", "sa", "vi"];
    let word = |n: usize| -> String {
        let each = (0..1 + n % 4).map(|k| syllables[(n / 5 + n * k * k / 7) % 8]);
        each.collect()
    };
    let sentence = |i: usize| -> String {
        let each = (0..4 + i % 5).map(|k| word(i * 31 + k * k * 17 + k));
        each.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(many(&sentence), Kind::Text);
}

#[test]
fn days_are_told_with_those_that_are_far() {
    let day = |i: usize| format!("2026-{:02}-{:02}", 4 + i * i % 3, 1 + i * 7 % 30);
    let mut values: Vec<String> = (0..90).map(day).collect();
    values.insert(40, "1900-01-01".into());
    let explanation = explained(&values.iter().map(String::as_str).collect::<Vec<_>>());
    let days = explanation.days.unwrap();
    assert_eq!((&*days.first, &*days.last), ("2026-04-01", "2026-05-30"));
    let far: Vec<_> = days.far.iter().map(|far| (&*far.value, far.line)).collect();
    assert_eq!(far, [("1900-01-01", Some(41))]);
    let months = (0..40).map(|i| format!("20{:02}-{:02}", 20 + i / 12, 1 + i % 12));
    let months: Vec<String> = months.collect();
    let explanation = explained(&months.iter().map(String::as_str).collect::<Vec<_>>());
    let days = explanation.days.unwrap();
    assert_eq!((&*days.first, &*days.last), ("2020-01", "2023-04"));
    assert_eq!((days.which, days.far), (None, vec![]));
}

fn days_of(values: &[String]) -> days::Days {
    let explanation = explained(&values.iter().map(String::as_str).collect::<Vec<_>>());
    explanation.days.unwrap()
}

#[test]
fn days_beside_a_whole_stretch_are_not_far() {
    // A year from its third day on, of which the search looks at some.
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months = (1..).zip(lengths);
    let year = months.flat_map(|(m, n)| (1..=n).map(move |d| format!("2023-{m:02}-{d:02}")));
    let mut values: Vec<String> = year.skip(2).collect();
    values.extend(["2024-01-01".into(), "2024-01-02".into()]);
    let days = days_of(&values);
    assert_eq!((&*days.first, &*days.last), ("2023-01-03", "2024-01-02"));
    assert_eq!(days.far, vec![]);
}

#[test]
fn days_that_are_not_as_the_others_are_told() {
    // The first Monday of each month of half a year.
    let months = (1..).zip([1, 5, 5, 2, 7, 4]);
    let mondays = months.flat_map(|(month, first)| {
        let days = (first..=28).step_by(7);
        days.map(move |day| format!("2018-{month:02}-{day:02}"))
    });
    let mut values: Vec<String> = mondays.collect();
    values.push("2018-01-31".into());
    let days = days_of(&values);
    assert_eq!(days.which.as_deref(), Some("Mondays"));
    let told: Vec<&str> = days.exceptions.iter().map(|day| &*day.value).collect();
    assert_eq!(told, ["2018-01-31"]);
}

#[test]
fn dates_that_may_be_read_otherwise_are_told() {
    let day = |i: usize| format!("{:02}/{:02}/2024", 1 + i * 29 % 144 / 12, 1 + i * 29 % 12);
    let values: Vec<String> = (0..60).map(day).collect();
    let turned = days_of(&values).turned.unwrap();
    assert_eq!((&*turned.format, turned.stands), ("<mm/dd/yyyy>", false));
    let same = values.iter().filter(|v| v[..2] == v[3..5]).count() as u64;
    assert_eq!(turned.rows, 60 - same);
    let told = [&values[..], &["31/01/2024".into()]].concat();
    assert_eq!(days_of(&told).turned, None);
    // Years of two digits are a guess, whatever they are.
    let short = |i: usize| {
        format!(
            "{:02}.{:02}.{:02}",
            1 + i * 11 % 28,
            1 + i % 12,
            48 + i % 40
        )
    };
    let days = days_of(&(0..60).map(short).collect::<Vec<_>>());
    assert_eq!(
        (days.century, &days.first[..4]),
        (Some((1930, 2029)), "1948")
    );
}

#[test]
fn values_beside_the_formats_are_told() {
    let share = |i: usize| format!("{}.{}%", 10 + i * 37 % 90, i * 7 % 10);
    let mut values: Vec<String> = (0..60).map(share).collect();
    values.push("100%".into());
    let explanation = explained(&values.iter().map(String::as_str).collect::<Vec<_>>());
    let told = |all: &[Surprise]| -> Vec<String> { all.iter().map(|v| v.value.clone()).collect() };
    assert_eq!(explanation.outliers, vec![]);
    assert_eq!(told(&explanation.besides), ["100%"]);
    assert_eq!(explanation.numbers.unwrap().most, 100.0);
    // One that fits only since it stands there.
    let code = |i: usize| format!("AB-{}-S", 1000 + i * 7919 % 9000);
    let mut values: Vec<String> = (0..40).map(code).collect();
    values.push("AB-12-S".into());
    let explanation = explained(&values.iter().map(String::as_str).collect::<Vec<_>>());
    let mut all = told(&explanation.unlike);
    all.extend(told(&explanation.outliers));
    assert_eq!(all, ["AB-12-S"]);
}

#[test]
fn many_numbers_are_no_words() {
    let ages: Vec<String> = (0..1000).map(|i| (18 + i * i % 71).to_string()).collect();
    let explanation = explained(&ages.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(explanation.kind, Kind::Number);
}

#[test]
fn letters_that_are_written_in_two_ways_are_told() {
    let accents = |values: &[&str]| explained(values).accents.map(|a| (a.apart, a.rows, a.line));
    let mixed = [
        "Jos\u{e9}",
        "Rene\u{301}",
        "Anna",
        "Rene\u{301}",
        "Zoe\u{308}",
    ];
    assert_eq!(accents(&mixed), Some((2, 3, Some(2))));
    assert_eq!(accents(&["Jos\u{e9}", "Anna"]), None);
    assert_eq!(accents(&["Jose\u{301}", "Anna"]), None);
}

#[test]
fn few_rows_are_trusted_less() {
    let of = |rows: usize| {
        let values: Vec<String> = (0..rows)
            .map(|i| format!("KX-{:04}", i * 7919 % 10_000))
            .collect();
        explained(&values.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let (few, many) = (of(5), of(500));
    assert!(few.not_found > 0.5 && many.not_found < 0.1);
    // More do not help a search that looks at 200.
    assert!((of(2000).not_found - many.not_found).abs() < 1e-9);
    for all in [few, many] {
        let sum: f64 = all.programs.iter().map(|p| p.weight).sum();
        assert!(sum <= 1.0 - all.not_found + 1e-9);
    }
}

#[test]
fn a_number_is_no_outlier_for_its_digits() {
    let values: Vec<String> = (0..60)
        .map(|i| format!("{}.{}", 1 + i * 7 % 9, i * 3 % 10))
        .chain(["10.4".into(), "-999".into()])
        .collect();
    let told = explained(&values.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(told.kind, Kind::Number);
    let odd: Vec<&str> = told.outliers.iter().map(|o| &*o.value).collect();
    assert_eq!(odd, ["-999"]);
    assert!((told.numbers.unwrap().most - 10.4).abs() < 1e-12);
}

#[test]
fn all_of_an_enumeration_is_told_and_a_typing_error_is_not_of_it() {
    let mut rows: Vec<&str> = (0..99)
        .map(|i| ["shipped", "on hold", "sent back"][i % 3])
        .collect();
    rows.push("shiped");
    let explanation = explained(&rows);
    let best = &explanation.programs[0];
    let words: Vec<(String, u64)> = best.formats.iter().flat_map(|f| f.words.clone()).collect();
    assert_eq!(words.iter().map(|w| w.1).sum::<u64>(), 99, "{words:?}");
    assert_eq!(explanation.outliers.len(), 1);
    assert_eq!(
        (explanation.outliers[0].line, explanation.outliers[0].count),
        (Some(100), 1)
    );
}

#[test]
fn shares_examples_and_samples_are_told() {
    let rows: Vec<String> = (0..80)
        .map(|i| match i % 4 {
            0 => format!(
                "({:03}) {:03}-{:04}",
                i * 37 % 1000,
                i * 71 % 1000,
                i * 7919 % 10_000
            ),
            _ => format!(
                "{:03}.{:03}.{:04}",
                i * 53 % 1000,
                i * 91 % 1000,
                i * 6007 % 10_000
            ),
        })
        .collect();
    let explanation = explained(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let best = &explanation.programs[0];
    assert_eq!((best.formats[0].rows, best.formats[1].rows), (60, 20));
    assert_eq!((best.formats[0].share, best.foreign), (0.75, 0));
    assert!(best.formats.iter().all(|f| f.example.is_some()));
    assert!(!explanation.samples.is_empty());
    assert!(explanation.samples.iter().all(|s| !rows.contains(s)));
}

#[test]
fn what_does_not_belong_is_refused_or_that_is_told() {
    let rows: Vec<String> = (1..40).map(|i| format!("TX-{:04}", i * 251)).collect();
    let dataset = read_from(rows.join("\n").as_bytes(), "c.txt", &ReadOptions::default()).unwrap();
    let options = Options {
        not: vec!["TX-0000".into()],
        ..Options::default()
    };
    let explanation = explain(&dataset.columns[0], &options, &[]);
    let text: Vec<char> = "TX-0000".chars().collect();
    let best = &explanation.programs[0].program;
    let accepts = best.0.iter().any(|f| f.accepts(&text));
    assert_eq!(accepts, !explanation.accepted_all_the_same.is_empty());
}

#[test]
fn nothing_is_left_out_whatever_the_script() {
    let names = [
        "Łukasz Żak",
        "Çağla Şahin",
        "José García",
        "Zoë Müller",
        "Søren Ång",
        "Ana Ruiz",
    ];
    let explanation = explained(&names);
    assert_eq!((explanation.values, explanation.outliers.len()), (6, 0));
    assert_eq!(explanation.left_out.rows, 0);
}
