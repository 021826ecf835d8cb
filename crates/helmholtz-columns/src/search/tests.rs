use super::*;

fn best(texts: &[&str]) -> (String, u64) {
    let found = search(&Rows::of(texts.iter().copied()));
    (found[0].program.to_string(), found[0].explained.foreign)
}

fn many(count: usize, of: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(of).collect()
}

fn best_of(texts: &[String]) -> (String, u64) {
    best(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn one_format_is_found() {
    let codes = many(40, |i| format!("{:05}", i * 7919 % 100_000));
    assert_eq!(best_of(&codes), ("[0-9]{5}".into(), 0));
    let rooms = many(40, |i| {
        format!("{}{:03}", ["A", "B", "C"][i % 3], i * 37 % 1000)
    });
    assert_eq!(best_of(&rooms), ("[ABC][0-9]{3}".into(), 0));
}

#[test]
fn formats_have_their_own_shares() {
    let dates = many(60, |i| match i % 6 {
        0..4 => format!("20{:02}-{:02}-{:02}", i % 25, 1 + i % 12, 1 + i * 7 % 28),
        4 => format!("{:02}/{:02}/20{:02}", 1 + i % 12, 1 + i * 7 % 28, i % 25),
        _ => format!("{}{:03}", ["KX", "LY"][i % 2], i * 31 % 1000),
    });
    let found = search(&Rows::of(dates.iter().map(String::as_str)));
    let best = &found[0];
    let mut shares = best.explained.rows.clone();
    shares.sort_unstable();
    assert_eq!(
        (shares, best.explained.foreign),
        (vec![10, 10, 40], 0),
        "{}",
        best.program
    );
}

#[test]
fn few_words_are_an_enumeration_and_a_typing_error_is_foreign() {
    let words = ["shipped", "pending", "cancelled", "returned", "on hold"];
    let mut rows = many(100, |i| words[i * i % 5].into());
    rows.push("shiped".into());
    let (program, foreign) = best_of(&rows);
    assert_eq!(foreign, 1, "{program}");
}

#[test]
fn optional_parts_are_found() {
    let zips = many(40, |i| match i % 3 {
        0 => format!("{:05}-{:04}", i * 7919 % 100_000, i * 271 % 10_000),
        _ => format!("{:05}", i * 7919 % 100_000),
    });
    let (program, foreign) = best_of(&zips);
    assert_eq!(foreign, 0);
    assert!(program.contains("[0-9]{5}"), "{program}");
}

#[test]
fn names_of_the_world_are_words_of_letters() {
    let names = [
        "José García",
        "Zoë Müller",
        "Søren Ångström",
        "Łukasz Żak",
        "Anna Smith",
        "Élodie Dubois",
        "Iñaki Peña",
        "Björn Öberg",
        "Mia Novák",
        "Çağla Şahin",
        "Peter Jones",
        "Ana Ruiz",
    ];
    let (program, foreign) = best(&names);
    assert_eq!(foreign, 0, "{program}");
    assert!(program.contains(r"\p{L"), "{program}");
}

#[test]
fn long_values_and_odd_ones() {
    let bases = many(20, |i| {
        (0..300 + i)
            .map(|k| ['A', 'C', 'G', 'T'][(k * k * (i + 3) / 7) % 4])
            .collect()
    });
    let (program, foreign) = best_of(&bases);
    assert!(program.starts_with("[ACGT]{300,"), "{program}");
    assert_eq!(foreign, 0);
    assert_eq!(search(&Rows::default()), vec![]);
    assert_eq!(best(&["x"]).1, 0);
    let _ = best(&["", "\n", "\u{0}", "👍🏽"]);
}

/// Names are told without lengths, whatever letters they have.
#[test]
fn names_are_words() {
    let best = |texts: &[&str]| {
        let found = search(&Rows::of(texts.iter().copied()));
        format!("{:#}", found[0].program)
    };
    let towns = [
        "Enniscorthy",
        "Greenore",
        "Nenagh",
        "Whitegate",
        "Birr",
        "Athlone",
    ];
    assert_eq!(best(&towns), "<Word>");
    let people = [
        "Björn Ågren",
        "Zoë Smith",
        "José García",
        "Anna Müller",
        "Łukasz Nowak",
    ];
    assert_eq!(best(&people), "<Word> <Word>");
    let mails = [
        "ann@example.com",
        "bo.li@mail.example.org",
        "c+d@uni.example.edu",
        "eve9@example.net",
    ];
    assert_eq!(best(&mails), "<local part>@<domain>");
}
