//! Kinds of columns that people have, each with what a person would answer: the formats, and what does not belong.

#![allow(
    clippy::expect_used,
    reason = "helpers of tests fail by it, as tests do"
)]

use helmholtz_columns::format::Atom;
use helmholtz_columns::names::{Standing, Which};
use helmholtz_columns::rows::Rows;
use helmholtz_columns::search::{Asked, Found, search, search_with};
use helmholtz_math::random::Stream;

/// Draws what columns are made of.
struct Draw(Stream);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(Stream::at([seed, 0, 0, 27]))
    }

    fn number(&mut self, least: usize, most: usize) -> usize {
        least + self.0.below(most - least + 1)
    }

    fn one<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.0.below(all.len())]
    }

    fn of(&mut self, characters: &str, length: usize) -> String {
        let all: Vec<char> = characters.chars().collect();
        (0..length).map(|_| all[self.0.below(all.len())]).collect()
    }

    fn digits(&mut self, length: usize) -> String {
        self.of("0123456789", length)
    }

    fn clock(&mut self) -> String {
        let (hour, minute) = (self.number(0, 23), self.number(0, 59));
        format!("{hour:02}:{minute:02}:{:02}", self.number(0, 59))
    }

    fn capitals(&mut self, length: usize) -> String {
        self.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", length)
    }
}

/// So many rows of one kind, and others among them.
fn rows(count: usize, mut of: impl FnMut(usize) -> String, odd: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = (0..count).map(&mut of).collect();
    for (k, text) in odd.iter().enumerate() {
        all.insert((k + 1) * all.len() / (odd.len() + 1), (*text).to_owned());
    }
    all
}

fn best(texts: &[String]) -> (Rows, Found) {
    let rows = Rows::of(texts.iter().map(String::as_str));
    let found = search(&rows).into_iter().next();
    (rows, found.expect("a program"))
}

/// What does not belong, in order.
fn foreign(rows: &Rows, found: &Found) -> Vec<String> {
    let given = found.explained.format_of.iter().zip(&rows.values);
    let odd = given.filter(|(of, _)| of.is_none());
    let mut all: Vec<String> = odd.map(|(_, v)| v.iter().collect()).collect();
    all.sort();
    all
}

/// The formats in order, and what does not belong.
fn told(texts: &[String]) -> (Vec<String>, Vec<String>) {
    let (rows, found) = best(texts);
    let mut formats: Vec<String> = found.program.0.iter().map(|f| format!("{f:#}")).collect();
    formats.sort();
    (formats, foreign(&rows, &found))
}

fn assert_told(texts: &[String], formats: &[&str], odd: &[&str]) {
    let (found, foreign) = told(texts);
    assert_eq!((found, foreign), (owned(formats), owned(odd)));
}

fn owned(all: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = all.iter().map(|text| (*text).to_owned()).collect();
    all.sort();
    all
}

#[test]
fn names_of_europe_are_words_and_no_outliers() {
    let names = "Jürgen Weiß, Chloé Lefèvre, Søren Ødegaard, Ana Peña, Miłosz Wójcik, Åsa Lund, Tomáš Novák, Inês Rossi, \
        Noël Girard, Zoë Brandt, Łukasz Zając, Märta Öberg, Ferenc Szűcs, Şebnem Yılmaz, Óscar Ibáñez, Grete Hansen";
    let texts: Vec<String> = names.split(", ").map(str::to_owned).collect();
    let (formats, foreign) = told(&texts);
    assert!(foreign.is_empty(), "{formats:?} {foreign:?}");
    let (_, found) = best(&texts);
    let new: Vec<char> = "Zdeňka Malá".chars().collect();
    assert!(
        found.program.0.iter().any(|f| f.accepts(&new)),
        "{formats:?}"
    );
}

#[test]
fn addresses_have_names_and_junk_among_them_is_junk() {
    let mut draw = Draw::new(2);
    let people = ["mia", "tom.h", "li_w", "omar", "kate-b", "zoe"];
    let hosts = ["post.test", "mail.dept.example", "shop.example", "web.test"];
    let of = |_| {
        format!(
            "{}{}@{}",
            draw.one(&people),
            draw.number(1, 99),
            draw.one(&hosts)
        )
    };
    let junk = ["none given", "tom(at)shop.example"];
    let (formats, foreign) = told(&rows(60, of, &junk));
    assert_eq!(foreign, owned(&junk));
    assert!(formats.iter().all(|f| f.contains('@')), "{formats:?}");
    let mut draw = Draw::new(3);
    let of = |_| {
        format!(
            "fd{}::{}:{}",
            draw.of("0123456789abcdef", 2),
            draw.number(1, 9),
            draw.of("123456789abcdef", 3)
        )
    };
    let (_, foreign) = told(&rows(40, of, &["400.7.1"]));
    assert_eq!(foreign, ["400.7.1"]);
}

#[test]
fn dates_of_several_ways_have_their_shares() {
    let mut draw = Draw::new(4);
    let of = |i: usize| {
        let (y, m, d) = (
            draw.number(2010, 2025),
            draw.number(1, 12),
            draw.number(1, 28),
        );
        match i % 8 {
            0..=4 => format!("{y}-{m:02}-{d:02}"),
            5..=6 => format!("{d:02}/{m:02}/{y}"),
            _ => format!("{d:02}.{m:02}.{y}"),
        }
    };
    let formats = ["<yyyy-mm-dd>", "<dd/mm/yyyy>", "<dd.mm.yyyy>"];
    assert_told(
        &rows(160, of, &["soon", "2019-14"]),
        &formats,
        &["2019-14", "soon"],
    );
    let mut draw = Draw::new(5);
    let stamps = |_| {
        let day = format!(
            "20{:02}-{:02}-{:02}",
            draw.number(10, 25),
            draw.number(1, 12),
            draw.number(1, 28)
        );
        let time = draw.clock();
        format!("{day}T{time}{}", draw.one(&["Z", "+01:00", "-05:00"]))
    };
    let (formats, foreign) = told(&rows(90, stamps, &[]));
    assert!(
        formats[0].starts_with("<yyyy-mm-dd>T") && foreign.is_empty(),
        "{formats:?} {foreign:?}"
    );
}

#[test]
fn accidents_are_no_formats() {
    let mut draw = Draw::new(6);
    let zips = rows(90, |_| format!("0{}", draw.digits(4)), &["812", "4410"]);
    let (formats, foreign) = told(&zips);
    assert!(
        formats[0].contains("[0-9]{4}") || formats[0] == "[0-9]{5}",
        "{formats:?}"
    );
    assert_eq!(foreign, owned(&["4410", "812"]));
    let mut draw = Draw::new(7);
    let padded = ["QX8812 ", " RT0193", "\u{a0}AB4411"];
    let codes = rows(70, |_| draw.capitals(2) + &draw.digits(4), &padded);
    assert_told(&codes, &["[A-Z]{2}[0-9]{4}"], &padded);
    let mut draw = Draw::new(8);
    let cells = |_| {
        format!(
            r#"{{"n": {}, "on": {}}}"#,
            draw.number(100, 9999),
            draw.one(&["true", "false"])
        )
    };
    let (formats, foreign) = told(&rows(60, cells, &[r#"{"n": 412, "on"#]));
    assert_eq!((formats.len(), foreign), (1, owned(&[r#"{"n": 412, "on"#])));
}

#[test]
fn words_for_nothing_do_not_belong() {
    let mut draw = Draw::new(9);
    let nothing = ["NA", "n/a", "NULL", "-", "?", "None", "-999", "nan", "#N/A"];
    let readings = rows(
        90,
        |_| format!("{}.{}", draw.number(1, 99), draw.digits(1)),
        &nothing,
    );
    assert_told(&readings, &["[0-9]{1,2}\\.[0-9]"], &nothing);
}

#[test]
fn a_typo_is_no_category_and_a_rare_category_is_none() {
    let mut draw = Draw::new(10);
    let states = ["open", "closed", "waiting", "open", "open", "closed"];
    let texts = rows(240, |_| draw.one(&states).to_owned(), &["closde"]);
    let (rows_of, found) = best(&texts);
    assert_eq!(foreign(&rows_of, &found), ["closde"]);
    let majority = rows(900, |_| "Chile".to_owned(), &["Peru", "Togo", "Sri Lanka"]);
    let (rows_of, found) = best(&majority);
    assert!(foreign(&rows_of, &found).is_empty(), "{:#}", found.program);
}

#[test]
fn formats_side_by_side_are_told_apart() {
    let mut draw = Draw::new(11);
    let phones = |i: usize| match i % 4 {
        0 => format!("({}) {}-{}", draw.digits(3), draw.digits(3), draw.digits(4)),
        1 => format!("+49 {} {}", draw.digits(3), draw.digits(6)),
        2 => format!("{}.{}.{}", draw.digits(3), draw.digits(3), draw.digits(4)),
        _ => draw.digits(10),
    };
    let formats = [
        r"\([0-9]{3}\) [0-9]{3}-[0-9]{4}",
        r"\+49 [0-9]{3} [0-9]{6}",
        r"[0-9]{3}\.[0-9]{3}\.[0-9]{4}",
        "[0-9]{10}",
    ];
    assert_told(&rows(120, phones, &[]), &formats, &[]);
    let mut draw = Draw::new(12);
    let minority = |i: usize| match i % 10 {
        0 => draw.digits(9),
        _ => format!("{}-{}", draw.capitals(3), draw.digits(3)),
    };
    assert_told(
        &rows(100, minority, &[]),
        &["[0-9]{9}", "[A-Z]{3}-[0-9]{3}"],
        &[],
    );
    let mut draw = Draw::new(13);
    let post = |i: usize| match i % 3 {
        0 => format!("{} {}", draw.digits(4), draw.capitals(2)),
        1 => format!("{}-{}", draw.digits(5), draw.digits(4)),
        _ => draw.digits(5),
    };
    let (formats, foreign) = told(&rows(120, post, &["unknown"]));
    assert_eq!(
        (formats, foreign),
        (
            owned(&["[0-9]{4} [A-Z]{2}", "[0-9]{5}(?:-[0-9]{4})?"]),
            owned(&["unknown"])
        )
    );
}

#[test]
fn long_codes_are_short_programs() {
    let mut draw = Draw::new(14);
    let texts = rows(
        30,
        |_| {
            let length = draw.number(150, 300);
            draw.of("ACGT", length)
        },
        &[],
    );
    let (formats, foreign) = told(&texts);
    assert!(
        formats[0].starts_with("[ACGT]{1") && foreign.is_empty(),
        "{formats:?}"
    );
    let mut draw = Draw::new(15);
    let colours = rows(
        40,
        |_| format!("#{}", draw.of("0123456789abcdef", 6)),
        &["#ccc", "blue"],
    );
    assert_told(&colours, &["#[0-9a-f]{6}"], &["#ccc", "blue"]);
    let mut draw = Draw::new(16);
    let files = rows(
        60,
        |_| {
            format!(
                "s{}_{}.{}",
                draw.digits(3),
                draw.digits(5),
                draw.one(&["csv", "txt"])
            )
        },
        &[],
    );
    assert_told(&files, &["s[0-9]{3}_[0-9]{5}\\.(?:csv|txt)"], &[]);
}

#[test]
fn lines_of_a_log_are_one_format_and_a_trace_is_none() {
    let mut draw = Draw::new(17);
    let lines = |_| {
        let time = draw.clock();
        let day = draw.number(1, 28);
        let level = draw.one(&["INFO", "WARN", "ERROR"]);
        format!(
            "2024-05-{day:02} {time} {level} job {} done",
            draw.number(10, 999)
        )
    };
    let odd = ["  at main (app.c:12)"];
    let (formats, foreign) = told(&rows(120, lines, &odd));
    assert_eq!(foreign, odd);
    assert!(
        formats.len() == 1
            && formats[0].ends_with(" done")
            && formats[0].contains("(?:ERROR|INFO|WARN)"),
        "{formats:?}"
    );
}

#[test]
fn cells_of_several_lines_are_kept() {
    let mut draw = Draw::new(18);
    let notes = |i: usize| match i % 3 {
        0 => format!(
            "{}\n{}",
            draw.one(&["late", "broken"]),
            draw.one(&["call back", "sent again"])
        ),
        _ => draw.one(&["fine", "late", "on time, thanks"]).to_owned(),
    };
    let (rows_of, found) = best(&rows(60, notes, &[]));
    assert!(foreign(&rows_of, &found).is_empty(), "{:#}", found.program);
}

#[test]
fn what_should_be_refused_is() {
    let mut draw = Draw::new(19);
    let texts = rows(
        30,
        |_| format!("LN-{}{}", draw.number(1, 9), draw.digits(3)),
        &[],
    );
    let rows = Rows::of(texts.iter().map(String::as_str));
    let asked = Asked {
        not: vec!["LN-0000".chars().collect()],
        ..Asked::default()
    };
    let found = search_with(&rows, &asked).found;
    let accepts = |f: &Found| {
        f.program
            .0
            .iter()
            .any(|format| format.accepts(&asked.not[0]))
    };
    let plain = search(&rows);
    // Either the best refuses it, or it costs every program that does not what was said.
    assert!(!accepts(&found[0]) || plain[0].log_joint - found[0].log_joint > 6.0);
}

#[test]
fn a_new_shape_is_seen_in_the_next_file() {
    let mut draw = Draw::new(20);
    let january = rows(
        150,
        |_| format!("SO-{}{}", draw.capitals(1), draw.digits(5)),
        &[],
    );
    let (_, found) = best(&january);
    let accepts = |text: &str| {
        let text: Vec<char> = text.chars().collect();
        found.program.0.iter().any(|f| f.accepts(&text))
    };
    assert!(accepts("SO-Q00123") && !accepts("SO001234"));
}

/// The days of a fortnight are dates and no enumeration, and the day after them is one, too.
#[test]
fn days_of_a_fortnight_are_dates() {
    let mut draw = Draw::new(9);
    let of = |_| {
        let (day, hour) = (draw.number(10, 23), draw.number(10, 23));
        format!("2031-05-{day} {hour}:07:30 up")
    };
    let (_, found) = best(&rows(80, of, &[]));
    let formats = format!("{:#}", found.program);
    assert!(formats.starts_with("<yyyy-mm-dd> "), "{formats}");
    let next: Vec<char> = "2031-05-24 19:07:30 up".chars().collect();
    assert!(found.program.0[0].accepts(&next), "{formats}");
}

/// One edit in a value widens nothing: it does not belong.
#[test]
fn one_value_widens_no_format() {
    let mut draw = Draw::new(10);
    let of = |_| {
        format!(
            "{}-{}:{}",
            draw.capitals(3),
            draw.digits(4),
            draw.one(&["red", "green", "blue"])
        )
    };
    let plain = rows(60, of, &[]);
    for odd in [
        "KLM-4021:greeen",
        "KLM4021:red",
        "K1M-4021:blue",
        "KLM-40x1:red",
    ] {
        let (formats, foreign) = told(&rows(60, |i| plain[i].clone(), &[odd]));
        assert_eq!(foreign, owned(&[odd]), "{formats:?}");
    }
    let mut draw = Draw::new(11);
    let of = |_| {
        let mut hex = |length| draw.of("0123456789abcdef", length);
        let (time, rest) = (format!("{}-{}-4{}", hex(8), hex(4), hex(3)), hex(3));
        let node = hex(12);
        format!("{time}-{}{rest}-{node}", draw.of("89ab", 1))
    };
    let short = "01234567-89ab-4cd-a000-0123456789ab";
    let (formats, foreign) = told(&rows(60, of, &[short]));
    assert_eq!(formats, owned(&["<uuid4>"]));
    assert_eq!(foreign, owned(&[short]));
}

#[test]
fn dates_are_of_the_days_that_columns_speak_of() {
    // The last days of five years of months, of which only one February has 29.
    let ends = (0..60).map(|k| {
        let (year, month) = (2019 + k / 12, k % 12 + 1);
        let days = match month {
            2 if year == 2020 => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (year, month, days)
    });
    let texts: Vec<String> = ends.map(|(y, m, d)| format!("{m:02}/{d:02}/{y}")).collect();
    let (_, found) = best(&texts);
    assert_eq!(told(&texts), (owned(&["<mm/dd/yyyy>"]), vec![]));
    let which = |found: &Found| match &found.program.0[0].0[0].atom {
        Atom::Named(name) => name.which(),
        _ => None,
    };
    assert_eq!(which(&found), Some(Which::Ends(1)));
    // Days of two months, and one that stands for none.
    let mut draw = Draw::new(12);
    let of = |_| format!("2024-{:02}-{:02}", draw.number(5, 6), draw.number(1, 30));
    let texts = rows(80, of, &["1900-01-01"]);
    let (_, found) = best(&texts);
    assert_eq!(told(&texts), (owned(&["<yyyy-mm-dd>"]), vec![]));
    assert_eq!(which(&found), Some(Which::Every));
    let usual = |text: &str| {
        let text: Vec<char> = text.chars().collect();
        found.program.0[0].date(&text).map(|date| date.1)
    };
    assert_eq!(usual("2024-05-30"), Some(Standing::Usual));
    assert_eq!(usual("2024-07-05"), Some(Standing::Usual));
    assert_eq!(usual("1900-01-01"), Some(Standing::Far));
    assert_eq!(usual("soon"), None);
}

#[test]
fn days_at_both_ends_of_time_break_no_dates() {
    let of = |k: usize| format!("2024-{:02}-{:02}", 1 + k / 28, 1 + k % 28);
    let far = ["1970-01-01", "2042-03-01"];
    let texts = rows(60, of, &far);
    let (_, found) = best(&texts);
    assert_eq!(told(&texts), (owned(&["<yyyy-mm-dd>"]), vec![]));
    let is_far = |text: &String| {
        let date = found.program.0[0].date(&text.chars().collect::<Vec<_>>());
        date.is_some_and(|(_, standing)| standing == Standing::Far)
    };
    let told: Vec<&String> = texts.iter().filter(|text| is_far(text)).collect();
    assert_eq!(told, far.iter().collect::<Vec<_>>());
}

#[test]
fn periods_and_months_in_words_are_dates() {
    let mut draw = Draw::new(31);
    let quarter = |_| format!("{}-Q{}", draw.number(2015, 2024), draw.number(1, 4));
    assert_eq!(told(&rows(60, quarter, &[])).0, owned(&["<yyyy-Qq>"]));
    let mut draw = Draw::new(32);
    let week = |_| format!("{}-W{:02}", draw.number(2021, 2024), draw.number(1, 52));
    let (formats, foreign) = told(&rows(150, week, &["2022-W00"]));
    assert_eq!(
        (formats, foreign),
        (owned(&["<yyyy-Www>"]), owned(&["2022-W00"]))
    );
    let mut draw = Draw::new(33);
    let months: Vec<&str> = "janvier février mars avril mai juin juillet août"
        .split(' ')
        .collect();
    let day = |_| {
        format!(
            "{} {} {}",
            draw.number(1, 28),
            draw.one(&months),
            draw.number(2019, 2024)
        )
    };
    assert_eq!(told(&rows(60, day, &[])).0, owned(&["<d mois yyyy>"]));
}

#[test]
fn addresses_of_one_network_are_of_numbers_below_256() {
    let mut draw = Draw::new(34);
    let of = |_| {
        format!(
            "10.{}.{}.{}",
            draw.number(0, 255),
            draw.number(0, 255),
            draw.number(1, 254)
        )
    };
    let (formats, foreign) = told(&rows(60, of, &["10.300.1.1"]));
    assert_eq!(formats, owned(&[r"10\.<0-255>\.<0-255>\.<0-255>"]));
    assert_eq!(foreign, owned(&["10.300.1.1"]));
}

#[test]
fn amounts_versions_and_currencies_have_names() {
    let mut draw = Draw::new(13);
    let mut amount = |mark: &str| {
        let mut number = format!("{}", draw.number(1, 999));
        for _ in 0..draw.number(0, 2) {
            number += mark;
            number += &draw.digits(3);
        }
        number
    };
    let texts: Vec<String> = (0..60).map(|_| amount(".") + ",50").collect();
    assert_eq!(told(&texts).0, owned(&["<1.234>,50"]));
    let texts: Vec<String> = (0..60).map(|_| amount("\u{202f}") + " kr").collect();
    assert_eq!(told(&texts).0, owned(&["<1 234 narrow> kr"]));
    let mut draw = Draw::new(14);
    let small = |draw: &mut Draw| draw.number(0, 3) * draw.number(0, 5) * draw.number(0, 2);
    let of = |_| {
        let [a, b, c] = [(); 3].map(|()| small(&mut draw));
        format!("v{a}.{b}.{c}")
    };
    assert_eq!(told(&rows(80, of, &[])).0, owned(&["v<version>"]));
    let mut draw = Draw::new(15);
    let codes: Vec<&str> =
        "EUR USD GBP JPY CHF PLN CZK HUF SEK NOK DKK TRY ZAR BRL MXN INR IDR KRW"
            .split(' ')
            .collect();
    let of = |_| draw.one(&codes).to_owned();
    assert_eq!(
        told(&rows(24, of, &["US dollar"])),
        (owned(&["<currency>"]), owned(&["US dollar"]))
    );
}

/// Values of two lengths are of two formats, and not of one for the more frequent ones with many odd values beside it.
#[test]
fn what_many_values_are_is_not_foreign() {
    let mut draw = Draw::new(16);
    let cities: Vec<&str> = "北京 上海 广州 深圳 杭州 成都 南京 武汉 西安 重庆 苏州 天津"
        .split(' ')
        .collect();
    let of = |_| draw.one(&cities).to_owned() + draw.one(&["市", "区", ""]);
    let (formats, foreign) = told(&rows(80, of, &[]));
    assert_eq!(foreign, owned(&[]), "{formats:?}");
    // Paths and addresses are made of few words.
    let mut draw = Draw::new(17);
    let of = |_| {
        let folders = ["home", "data", "logs", "2023", "2024", "tmp"];
        let deep = draw.number(1, 4);
        let path: String = (0..deep)
            .map(|_| format!("/{}", draw.one(&folders)))
            .collect();
        let name = draw.one(&["report", "img", "dump"]);
        format!(
            "{path}/{name}{}.{}",
            draw.number(1, 300),
            draw.one(&["csv", "png", "txt"])
        )
    };
    let (formats, foreign) = told(&rows(120, of, &[]));
    assert_eq!(foreign, owned(&[]), "{formats:?}");
    let mut draw = Draw::new(18);
    let of = |_| {
        let (first, last) = (
            draw.one(&["anna", "bob", "carol", "dave"]),
            draw.one(&["smith", "jones", "lee"]),
        );
        let digits = if draw.number(0, 1) == 1 {
            draw.number(1, 99).to_string()
        } else {
            String::new()
        };
        let host = draw.one(&["gmail.com", "example.co.uk", "uni-koeln.de", "corp.io"]);
        format!("{first}{}{last}{digits}@{host}", draw.one(&[".", "_"]))
    };
    let (formats, foreign) = told(&rows(120, of, &["anna.smith(at)corp.io"]));
    assert_eq!(foreign, owned(&["anna.smith(at)corp.io"]), "{formats:?}");
    // Bytes as text, of which few have marks.
    let mut draw = Draw::new(19);
    let of = |_| {
        let fours = draw.number(4, 9);
        draw.of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            4 * fours,
        )
    };
    assert_eq!(told(&rows(60, of, &[])), (owned(&["<base64>"]), vec![]));
    // Blanks that nobody sees are not what a column is, even if there are several.
    let mut draw = Draw::new(20);
    let of = |_| draw.capitals(2) + &draw.digits(4);
    let odd = ["AB1234 ", "CD2345 ", " EF3456", "GH4567\u{a0}", "IJ5678 "];
    let (formats, foreign) = told(&rows(60, of, &odd));
    assert_eq!((formats, foreign.len()), (owned(&["[A-Z]{2}[0-9]{4}"]), 5));
    let mut draw = Draw::new(21);
    let of = |_| {
        let day = format!("2024-{:02}-{:02}", draw.number(1, 12), draw.number(1, 28));
        let clock = draw.clock();
        let zone = draw.one(&["Z", "+00:00", "+02:00"]);
        match draw.number(0, 1) {
            0 => format!("{day}T{clock}{zone}"),
            _ => format!("{day}T{clock}.{}{zone}", draw.digits(3)),
        }
    };
    let (formats, foreign) = told(&rows(100, of, &[]));
    assert_eq!(foreign, owned(&[]));
    assert!(
        formats.iter().all(|f| f.starts_with("<yyyy-mm-dd>T<HH:MM")),
        "{formats:?}"
    );
}
