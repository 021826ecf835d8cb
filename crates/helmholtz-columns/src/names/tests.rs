use super::*;

fn log_prob(label: &str, text: &str) -> f64 {
    let text: Vec<char> = text.chars().collect();
    let ends = Name::labelled(label).unwrap().ends(&text, 0);
    let whole = ends.iter().find(|(end, _)| *end == text.len());
    whole.map_or(f64::NEG_INFINITY, |(_, log)| *log)
}

#[test]
fn labels_are_told_apart() {
    for name in Name::all() {
        assert_eq!(Name::labelled(name.label()), Some(name));
    }
}

#[test]
fn chances_of_names_sum_to_one() {
    let chance = |name: Name| {
        // Without usual days a name of years is half of what it is.
        let halves = if name.has_years() { 2.0 } else { 1.0 };
        halves * name.log_prior().exp()
    };
    assert!((Name::all().map(chance).sum::<f64>() - 1.0).abs() < 1e-12);
    for (label, _) in OFTEN {
        assert!(Name::labelled(label).is_some(), "{label}");
    }
}

#[test]
fn dates_are_days_that_there_are() {
    for (label, good, bad) in [
        ("yyyy-mm-dd", "2024-02-29", "2023-02-29"),
        ("dd/mm/yyyy", "31/12/1999", "12/31/1999"),
        ("mm/dd/yyyy", "12/31/1999", "31/12/1999"),
        ("d/m/yyyy", "3/7/2024", "03/7/2024"),
        ("yyyymmdd", "20240131", "20241301"),
        ("mon dd, yyyy", "Feb 03, 2024", "Fev 03, 2024"),
        ("d month yyyy", "1 September 2020", "31 September 2020"),
        ("HH:MM:SS", "23:59:59", "24:00:00"),
        ("h:MM AM", "12:05 PM", "13:05 PM"),
        ("IPv4", "192.168.0.255", "192.168.0.256"),
        ("0-255", "255", "256"),
        ("0-255", "7", "07"),
        ("IPv6", "fe80::1", "fe80::1::2"),
        ("yyyy-Qq", "2024-Q4", "2024-Q5"),
        ("yyyy-Www", "2020-W53", "2021-W53"),
        ("d. Monat yyyy", "8. März 2024", "8. Marz 2024"),
        ("d mois yyyy", "14 juillet 1989", "31 juin 1989"),
        ("mon-yy", "Mar-24", "Mär-24"),
        ("IPv6", "2001:db8:0:0:1:0:0:1", "2001:db8:0:0:1:0:0"),
        (
            "uuid",
            "123e4567-e89b-12d3-a456-426614174000",
            "123e4567-e89b-12d3-a456-42661417400",
        ),
        (
            "uuid4",
            "123e4567-e89b-42d3-a456-426614174000",
            "123e4567-e89b-12d3-a456-426614174000",
        ),
        (
            "UUID",
            "123E4567-E89B-12D3-A456-426614174000",
            "123e4567-E89B-12D3-A456-426614174000",
        ),
        ("domain", "mail.example.co.uk", "localhost"),
        ("local part", "o'brien+x_1", "a b"),
        ("word", "straße", "Straße"),
        ("Word", "McCreagh", "mcCreagh"),
        ("WORD", "NATO", "NaTO"),
        ("1,234", "1,234,567", "1,23"),
        ("1,234", "999", "1234"),
        ("1.234", "12.000", "12,000"),
        ("1 234", "1 234", "1\u{a0}234"),
        ("1 234 narrow", "1\u{202f}234", "1\u{202f}2345"),
        ("1'234", "1'000'000", "'000"),
        ("version", "1.10.0", "1.010.0"),
        ("version", "2.0.0-rc.1+b7", "2.0-rc.1"),
        ("currency", "PLN", "PLX"),
        ("base64", "TWFu", "TWF"),
        ("base64", "TWFuTWE=", "TWFuTW="),
        ("base64", "+/A=", "=/AA"),
        ("words", "guinea-bissau (the)", "-bissau"),
        ("Words", "Xi'an, P.R. China.", "Xi'an, 2nd"),
    ] {
        assert!(log_prob(label, good).is_finite(), "{label} {good}");
        assert_eq!(log_prob(label, bad), f64::NEG_INFINITY, "{label} {bad}");
    }
}

#[test]
fn samples_are_what_they_are_called() {
    let mut stream = Stream::at([1, 2, 3, 4]);
    for name in Name::all().filter(|name| name.is_of_calendar() || name.is_of_words()) {
        for _ in 0..50 {
            let text = name.sample(&mut stream).unwrap();
            assert!(log_prob(name.label(), &text).is_finite(), "{name} {text}");
        }
    }
}

#[test]
fn dates_of_all_years_sum_to_one() {
    let name = Name::labelled("yyyy-mm-dd").unwrap();
    let days = ["2019-12-30", "2020-02-29"].map(|day| day.chars().collect::<Vec<_>>());
    let days: Vec<&[char]> = days.iter().map(|day| &day[..]).collect();
    let fitted = name.fitted(&days);
    assert_eq!(fitted.len(), 4);
    for name in fitted.into_iter().chain([name]) {
        let mut sum = 0.0;
        for year in 1790..2110 {
            for month in 0..14 {
                for day in 0..33 {
                    let text: Vec<char> = format!("{year}-{month:02}-{day:02}").chars().collect();
                    let ends = name.ends(&text, 0);
                    sum += ends.iter().map(|(_, log)| log.exp()).sum::<f64>();
                }
            }
        }
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
}

#[test]
fn what_a_name_may_begin_with_is_known() {
    for name in Name::all() {
        for first in (' '..='~').chain("éÀß\u{a0}".chars()) {
            let rest = "-02-29 1:05 PM a.b@c.de";
            let text: Vec<char> = std::iter::once(first).chain(rest.chars()).collect();
            let begins = !name.ends(&text, 0).is_empty();
            assert!(!begins || name.may_begin(first), "{name} {first}");
        }
    }
    let june: Vec<char> = "June 3, 2024".chars().collect();
    let date = Name::labelled("month d, yyyy").unwrap();
    assert_eq!(date.longest(&june, 0), Some(12));
    assert_eq!(date.longest(&june, 12), None);
}

#[test]
fn what_stands_beside_a_name_may_forbid_it() {
    let longest = |label: &str, text: &str, start| {
        let text: Vec<char> = text.chars().collect();
        Name::labelled(label).unwrap().longest(&text, start)
    };
    assert_eq!(longest("yyyy-mm-dd", "2024-01-02T03:04", 0), Some(10));
    assert_eq!(longest("HH:MM", "2024-01-02T03:04", 11), Some(16));
    assert_eq!(longest("yyyy-mm-dd", "2024-01-023", 0), None);
    assert_eq!(longest("yyyy-mm-dd", "2024-01-02 03:04", 0), Some(10));
    assert_eq!(longest("yyyy-mm-dd", "x2024-01-02", 1), Some(11));
    assert_eq!(longest("mon d, yyyy", "xMay 3, 1998", 1), None);
    assert_eq!(longest("local part", "ann.b@example.com", 0), Some(5));
    assert_eq!(longest("local part", "ann.b", 0), None);
    assert_eq!(longest("domain", "ann@example.com", 4), Some(15));
    assert_eq!(longest("domain", "example.com", 0), None);
    assert_eq!(longest("version", "10.0.0.1", 0), None);
    assert_eq!(longest("version", "v1.2.3", 1), Some(6));
    assert_eq!(longest("1,234", "$12,345.67", 1), Some(7));
    assert_eq!(longest("1.234", "10:33.862", 3), None);
}

#[test]
fn engines_read_what_names_are() {
    let samples = [
        ("yyyy-mm-dd", "2024-02-29"),
        ("mon d, yyyy", "May 3, 1998"),
        ("h:MM AM", "9:05 pm"),
        ("IPv4", "10.0.255.1"),
        ("IPv6", "::1"),
        ("IPv6", "1:2:3:4:5:6:7:8"),
        ("local part", "a.b+c"),
        ("domain", "x-y.example.org"),
        ("Words", "São Tomé & Co."),
    ];
    for (label, text) in samples {
        let name = Name::labelled(label).unwrap();
        let regex = regex::Regex::new(&format!("^(?:{})$", name.regex())).unwrap();
        assert!(
            regex.is_match(text) && log_prob(label, text).is_finite(),
            "{label}"
        );
    }
}

/// All texts of some characters, up to a length.
fn texts(characters: &str, longest: u32) -> impl Iterator<Item = String> {
    let characters: Vec<char> = characters.chars().collect();
    let base = characters.len();
    (0..=longest).flat_map(move |length| {
        let characters = characters.clone();
        (0..base.pow(length)).map(move |mut number| {
            let digit = |_| {
                let c = characters[number % base];
                number /= base;
                c
            };
            (0..length).map(digit).collect()
        })
    })
}

/// What is of words or addresses is what its regular expression is, to the letter, and no more probable than everything.
#[test]
fn laws_of_words_are_laws_over_what_engines_read() {
    for (label, characters, longest) in [
        ("word", "aeZé1 ", 6),
        ("Word", "aeZé1 ", 6),
        ("WORD", "AeZÉ1 ", 6),
        ("words", "aZ1 .)-_", 6),
        ("Words", "aZ1 .)-_", 6),
        ("local part", "aZ1._@", 6),
        ("domain", "aZ1.-_", 7),
        ("1,234", "01,.", 8),
        ("1’234", "0'’", 9),
        ("version", "01.-a", 8),
        ("currency", "EURSDJPY", 4),
        ("base64", "A/=", 8),
    ] {
        let name = Name::labelled(label).unwrap();
        let regex = regex::Regex::new(&format!("^(?:{})$", name.regex())).unwrap();
        let mut sum = 0.0;
        for text in texts(characters, longest) {
            let log = log_prob(label, &text);
            assert_eq!(regex.is_match(&text), log.is_finite(), "{label} {text:?}");
            sum += log.exp();
        }
        assert!(sum > 1e-9 && sum < 1.0, "{label} {sum}");
    }
}

#[test]
fn words_are_told_from_codes() {
    let nats = |label: &str, texts: &[&str]| -> f64 {
        texts.iter().map(|text| log_prob(label, text)).sum()
    };
    let uniform = |texts: &[&str]| -> f64 {
        let letters: usize = texts.iter().map(|t| t.len()).sum();
        -26f64.ln() * letters as f64
    };
    let words = ["harbour", "morning", "station", "planter"];
    let codes = ["xqzjkvw", "jqwzxkp", "vvkqjxz", "zqxwjkb"];
    assert!(nats("word", &words) > uniform(&words));
    assert!(nats("word", &codes) < uniform(&codes));
}
