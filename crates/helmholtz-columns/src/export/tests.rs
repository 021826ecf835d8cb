use super::*;
use crate::format::Count;
use crate::testing::{formats, texts};
use proptest::prelude::*;

fn program(text: &str) -> Program {
    text.parse().unwrap()
}

fn pattern(text: &str, dialect: Dialect) -> String {
    program(text).export(dialect).unwrap().pattern
}

fn refused(text: &str, dialect: Dialect) -> String {
    program(text).export(dialect).unwrap_err().to_string()
}

fn programs() -> impl Strategy<Value = Program> {
    prop::collection::vec(formats(), 1..3).prop_map(Program)
}

proptest! {
    /// What is written in simpler words matches the same, with groups or without.
    #[test]
    fn a_pattern_matches_what_the_program_generates(
        program in programs(),
        texts in prop::collection::vec(texts(), 8),
    ) {
        for export in [program.export(Dialect::Rust), program.export_captured(Dialect::Rust)] {
            let pattern = export.unwrap().pattern;
            let engine = regex::Regex::new(&pattern).unwrap();
            for text in &texts {
                let belongs = program.0.iter().any(|format| format.accepts(text));
                let text: String = text.iter().collect();
                prop_assert_eq!(engine.is_match(&text), belongs, "{} as {} {:?}", program, pattern, text);
            }
        }
    }

    #[test]
    fn any_literal_is_matched_by_itself_alone(text in any::<Vec<char>>(), other in any::<char>()) {
        let found = Program(vec![Format(text.iter().map(|c| Part::once(Atom::Literal(*c))).collect())]);
        let engine = regex::Regex::new(&found.export(Dialect::Rust).unwrap().pattern).unwrap();
        let text: String = text.iter().collect();
        prop_assert!(engine.is_match(&text));
        let longer = format!("{text}{other}");
        prop_assert!(!engine.is_match(&longer));
    }

    #[test]
    fn counts_are_split_into_what_is_the_same(least in 0u16..700, more in prop::option::of(0u16..700)) {
        let most = more.map(|more| least + more);
        let split = write::pieces(Count { usual: None, least, most }, 255);
        let largest = split.iter().map(|c| c.least.max(c.most.unwrap_or(0))).max();
        prop_assert!(largest <= Some(255));
        prop_assert_eq!(split.iter().map(|c| c.least).sum::<u16>(), least);
        let sum: Option<u16> = split.iter().map(|c| c.most).sum();
        prop_assert_eq!(sum, most);
    }
}

#[test]
fn each_dialect_writes_in_its_own_words() {
    let text = r"\$[0-9]{1,3}(?:,[0-9]{3})*|[\-/\]a](?s:.)(?:x|y@)\t\x{a0}é'";
    for (dialect, expected) in [
        (
            Dialect::Rust,
            r"\A(?:\$[0-9]{1,3}(?:,[0-9]{3})*|[\-/\]a](?s:.)(?:x|y@)\t\x{a0}é')\z",
        ),
        (
            Dialect::Python,
            r"\A(?:\$[0-9]{1,3}(?:,[0-9]{3})*|[\-/\]a](?s:.)(?:x|y@)\t\u00a0é')\Z",
        ),
        (
            Dialect::Pcre,
            r"\A(?:\$[0-9]{1,3}(?:,[0-9]{3})*|[\-/\]a](?s:.)(?:x|y\@)\t\x{a0}é')\z",
        ),
        (
            Dialect::JavaScript,
            r"^(?:\$[0-9]{1,3}(?:,[0-9]{3})*|[\-\/\]a][\s\S](?:x|y@)\t\u{a0}é')$",
        ),
        (
            Dialect::Posix,
            "^(\\$[0123456789]{1,3}(,[0123456789]{3})*|[]/a-].(x|y@)\t\u{a0}é')$",
        ),
        (
            Dialect::Sql,
            r"^(?:\$[0-9]{1,3}(?:,[0-9]{3})*|[\-/\]a].(?:x|y@)\t\u00a0é')$",
        ),
    ] {
        assert_eq!(pattern(text, dialect), expected);
    }
}

#[test]
fn unicode_classes_are_names_or_ranges() {
    let han = |dialect| pattern(r"\p{Thai}\p{Lu}", dialect);
    assert_eq!(han(Dialect::Rust), r"\A(?:\p{Thai}\p{Lu})\z");
    assert_eq!(han(Dialect::JavaScript), r"^(?:\p{Script=Thai}\p{Lu})$");
    assert_eq!(
        han(Dialect::Pcre),
        r"\A(?:[\x{e01}-\x{e3a}\x{e40}-\x{e5b}]\p{Lu})\z"
    );
    let python = r"\A(?:[\u0e01-\u0e3a\u0e40-\u0e5b][A-Z\u00c0-\u00d6";
    assert!(han(Dialect::Python).starts_with(python));
    assert!(han(Dialect::Python).contains(r"\U00010400-\U00010427"));
    assert!(han(Dialect::Sql).contains(r"\U00010400-\U00010427"));
    assert!(refused(r"\p{Thai}", Dialect::Posix).contains(r"the class \p{Thai}"));
}

#[test]
fn sets_of_posix_hold_what_stands_for_something_else() {
    let set = |text| pattern(text, Dialect::Posix);
    assert_eq!(set(r"[\]\[\^\-\\a.]"), r"^([]\\.a[^-])$");
    assert_eq!(set(r"[\^\-]"), "^([-^])$");
    assert_eq!(set(r"[\^.]"), "^([.^])$");
    assert_eq!(set(r"[\[\^]"), "^([[^])$");
    assert!(refused("[\\na]", Dialect::Posix).contains("an end of line"));
    assert!(refused(r"\x{0}", Dialect::Posix).contains("number 0"));
    assert!(refused(r"\x{0}", Dialect::Sql).contains("number 0"));
}

#[test]
fn large_counts_are_split_where_engines_have_a_limit() {
    let text = "[0-9]{300}[a-z]{0,300}x{256,}";
    let sql = "^(?:[0-9]{255}[0-9]{45}[a-z]{0,255}[a-z]{0,45}x{255}xx*)$";
    assert_eq!(pattern(text, Dialect::Sql), sql);
    assert_eq!(pattern(text, Dialect::Pcre), format!(r"\A(?:{text})\z"));
}

#[test]
fn nothing_and_what_is_empty() {
    for dialect in Dialect::ALL {
        let none = Program(vec![]).export(dialect);
        assert_eq!(none, Err(NotExported::Nothing));
        let never = Part {
            atom: Atom::Literal('a'),
            count: Count::exactly(0),
        };
        let empty = Program(vec![Format(vec![never])]).export(dialect).unwrap();
        assert!([r"\A\z", r"\A\Z", "^$"].contains(&&empty.pattern[..]));
        let malformed = Program(vec![Format(vec![Part::once(Atom::Set(vec![]))])]);
        let error = malformed.export(dialect).unwrap_err();
        assert!(matches!(error, NotExported::Malformed(_)), "{error}");
    }
    assert_eq!(pattern("|a|b*", Dialect::Posix), "^(a|b*)?$");
}

#[test]
fn dates_and_addresses_are_written_out() {
    let date = |label| {
        let name = Name::labelled(label).unwrap();
        Program(vec![Format(vec![Part::once(Atom::Named(name))])])
    };
    let pattern = |label, dialect| date(label).export(dialect).unwrap().pattern;
    assert_eq!(
        pattern("H:MM", Dialect::Python),
        r"\A(?:(?:1[0-9]|2[0-3]|[0-9]):[0-5][0-9])\Z"
    );
    assert_eq!(
        pattern("H:MM", Dialect::Posix),
        "^((1[0123456789]|2[0123]|[0123456789]):[012345][0123456789])$"
    );
    let domain = pattern("domain", Dialect::JavaScript);
    assert!(
        domain.ends_with(r"(?:\.[\-0-9A-Za-z]+)*\.[A-Za-z]{2,})$"),
        "{domain}"
    );
    for name in Name::all() {
        let text = name.regex();
        assert!(regex_syntax::parse(&text).is_ok(), "{text}");
        for dialect in Dialect::ALL {
            let slow = date(name.label()).export(dialect).unwrap().slow;
            assert_eq!(slow, None, "{text}");
        }
    }
}

#[test]
fn names_are_read() {
    for dialect in Dialect::ALL {
        assert_eq!(dialect.to_string().parse(), Ok(dialect));
    }
    let error = "java".parse::<Dialect>().unwrap_err().to_string();
    let all = Dialect::ALL.iter().all(|d| error.contains(d.name()));
    assert!(all, "{error}");
}

#[test]
fn what_varies_is_captured() {
    let program = program(r"INV-[0-9]{4}[A-Z]?/x{3}[a-z]+|(?:a|b)\.y*");
    let captured = |dialect| program.export_captured(dialect).unwrap().pattern;
    assert_eq!(
        captured(Dialect::Python),
        r"\A(?:INV-(?P<f1_1>[0-9]{4}[A-Z]?)/x{3}(?P<f1_2>[a-z]+)|(?P<f2_1>(?:a|b))\.(?P<f2_2>y*))\Z"
    );
    assert!(captured(Dialect::JavaScript).contains(r"(?<f1_2>[a-z]+)"));
    assert!(captured(Dialect::Sql).starts_with("^(?:INV-([0-9]{4}[A-Z]?)/"));
    let engine = regex::Regex::new(&captured(Dialect::Rust)).unwrap();
    let found = engine.captures("INV-2031B/xxxab").unwrap();
    assert_eq!((&found["f1_1"], &found["f1_2"]), ("2031B", "ab"));
}

#[test]
fn neighbours_that_share_characters_are_written_as_one() {
    for (text, simpler) in [
        ("[a-z]*[0-9a-z]*@", "[0-9a-z]*@"),
        ("[a-z]+[0-9a-z]{2,}", "[a-z][0-9a-z]{2,}"),
        ("[0-9a-z]+[a-z]{1,3}", "[0-9a-z]+[a-z]"),
        ("[0-9]{2}[0-9]{1,3}[0-9]*", "[0-9]{3,}"),
        ("(?:[a-z]+)*", "[a-z]*"),
        ("(?:[a-z]{1,2}){2,3}", "[a-z]{2,6}"),
        ("(?:[a-z]{2}){2,3}", "(?:[a-z]{2}){2,3}"),
        ("[a-z]*[0-9a-f]*", "[a-z]*[0-9a-f]*"),
    ] {
        assert_eq!(pattern(text, Dialect::Rust), format!(r"\A(?:{simpler})\z"));
    }
}

#[test]
fn what_may_take_long_is_told() {
    for text in [
        r"[a-z]*-?[a-z]*-?[a-z]*x",
        r"(?:[a-z]+[a-z ]*)*",
        r"(?:[a-z]+ ?)*",
        r"(?:a|ab|b)*x",
        r"[ -~]+ [ -~]+ [ -~]+",
        r"(?:[0-9a-z]{1,3}[a-f]{0,2}){1,8}@",
        r"(?:(?:[a-z]+,?)+;?)+",
    ] {
        for dialect in Dialect::ALL {
            let slow = program(text).export(dialect).unwrap().slow;
            assert_eq!(slow.is_some(), dialect.backtracks(), "{text} {dialect}");
        }
    }
    let slow = program("(?:a|ab|b)*x").export(Dialect::Python).unwrap();
    assert!(slow.slow.unwrap().contains("`(?:a|ab|b)*`"));
}

#[test]
fn what_is_quick_is_not_called_slow() {
    for text in [
        r"[a-z]*[0-9a-f]*@",
        r"[0-9]{1,3}(?:,[0-9]{3})*(?:\.[0-9]{2})?",
        r"\p{L}+(?: \p{L}+)*",
        r"[A-Z][a-z]+(?: [A-Z][a-z]+)* [A-Z]\.",
        r"[a-z]+(?:\.[0-9a-z]+)*@[0-9a-z]+(?:[\-.][0-9a-z]+)*",
        r"[A-Z][a-z]+[ \-ad]{1,4}[A-Z][a-z]+",
        r"[A-Za-z]{3,14}(?: [A-Za-z]+){2,8}(?:[ -~]{15,})?",
        r"(?: (?:a|ab|abc|b|c)){2,}x",
        r"(?:(?: [a-z]+)+,)+",
        r"[ -~]+",
    ] {
        for dialect in Dialect::ALL {
            let export = program(text).export(dialect);
            let slow = export.ok().and_then(|export| export.slow);
            assert_eq!(slow, None, "{text}");
        }
    }
}

/// Python looks through all ranges of a class beyond the first plane.
#[test]
fn what_is_slow_depends_on_the_dialect() {
    let program = program(r"[0-9a-z]*[0-9A-F]*\p{Ll}");
    let slow = |dialect| program.export(dialect).unwrap().slow.is_some();
    assert!(slow(Dialect::Python) && !slow(Dialect::Pcre));
}

/// No size of a class that is let through is refused by the engine.
#[test]
fn the_limit_of_rust_is_kept() {
    let mut atoms: Vec<Atom> = Class::all().map(Atom::Class).collect();
    atoms.push(Atom::Words(vec!["ab".into(), "é".into()]));
    atoms.push(Atom::Set(vec!['a', 'é', '😀']));
    for atom in atoms {
        let export = |most: u16| {
            let count = Count::between(0, most);
            let part = Part {
                atom: atom.clone(),
                count,
            };
            Program(vec![Format(vec![part])]).export(Dialect::Rust)
        };
        let (mut fits, mut too_many) = (0, u16::MAX);
        while too_many - fits > 1 {
            let between = fits + (too_many - fits) / 2;
            match export(between) {
                Ok(_) => fits = between,
                Err(_) => too_many = between,
            }
        }
        assert!(fits > 150, "{atom:?}");
        // What is far from any limit takes long to read.
        if fits < 20_000 {
            let pattern = export(fits).unwrap().pattern;
            assert!(regex::Regex::new(&pattern).is_ok(), "{pattern}");
        }
    }
}

#[test]
fn sizes_that_engines_refuse_are_told() {
    for (text, dialect, fits) in [
        (r"\p{L}{4000}", Dialect::Rust, false),
        (r"\p{L}{4000}", Dialect::Python, true),
        (r"(?:,[0-9]{3}){1,700}", Dialect::Pcre, true),
        (r"(?:,[0-9]{3}){1,2000}", Dialect::Pcre, false),
        (r"[0-9]{0,1000}", Dialect::Posix, true),
        (r"[0-9]{0,4000}", Dialect::Posix, false),
        (r"[0-9]{4000}", Dialect::Posix, true),
        (r"[0-9]{0,4000}", Dialect::Sql, true),
        (r"(?:(?:[a-z]{3}-){2000}x){2000}", Dialect::Sql, false),
    ] {
        let export = program(text).export(dialect);
        assert_eq!(export.is_ok(), fits, "{text} {dialect} {export:?}");
    }
}

mod engines;
