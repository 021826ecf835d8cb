//! Parsers of programs, settings and lines. What is printed can be read, and is the same.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use helmholtz::data::{ReadOptions, read_from};
use helmholtz::domain::Domain;
use helmholtz::domain::automata::Rule;
use helmholtz::domain::characters::Strokes;
use helmholtz::domain::scenes::{SceneDomain, Stacks};
use helmholtz::domain::sequence::MusicDomain;
use helmholtz::domain::sequence::lines::{LineFormat, Lines};
use helmholtz::domain::strings::StringDomain;
use helmholtz::domain::strings::columns::{Options, explain};
use helmholtz::domain::strings::language::export::Dialect;
use helmholtz::domain::strings::language::format::Program;
use helmholtz::domain::strings::program::Regex;
use helmholtz::domain::timeseries::{Expression, SeriesDomain};
use helmholtz::product::settings::{Asked, resolve};
use helmholtz_reproduce::Experiment;

fn round_trip<P: FromStr + Display + PartialEq + Debug>(bytes: &[u8]) {
    let parsed = std::str::from_utf8(bytes)
        .ok()
        .and_then(|t| t.parse::<P>().ok());
    if let Some(program) = parsed {
        let printed = program.to_string();
        assert_eq!(printed.parse::<P>().ok(), Some(program), "{printed}");
    }
}

pub(super) fn regexes(bytes: &[u8]) {
    round_trip::<Regex>(bytes);
    let parsed = std::str::from_utf8(bytes)
        .ok()
        .and_then(|t| t.parse::<Regex>().ok());
    if let Some(program) = parsed {
        let _ = program.export();
    }
}

/// Formats come back once brackets that say nothing are gone, and every engine's export is made or refused.
pub(super) fn formats(bytes: &[u8]) {
    let parse = |text: &str| text.parse::<Program>().ok();
    let Some(program) = std::str::from_utf8(bytes).ok().and_then(parse) else {
        return;
    };
    let plain = parse(&program.to_string());
    let again = plain.as_ref().and_then(|plain| parse(&plain.to_string()));
    assert_eq!(again, plain, "{program}");
    for dialect in Dialect::ALL {
        let _ = program.export(dialect);
        let _ = program.export_captured(dialect);
    }
    let text: Vec<char> = program.to_string().chars().take(60).collect();
    let _ = program.log_prior();
    for format in &program.0 {
        let _ = format.log_prob(&text);
    }
}

/// A line a value, whatever it is.
pub(super) fn explained(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let read = read_from(text.as_bytes(), "x.txt", &ReadOptions::default());
        for column in read.iter().flat_map(|dataset| &dataset.columns) {
            let _ = explain(column, &Options::default(), &[]);
        }
    }
}

pub(super) fn kernels(bytes: &[u8]) {
    round_trip::<Expression>(bytes);
}

pub(super) fn strokes(bytes: &[u8]) {
    round_trip::<Strokes>(bytes);
}

pub(super) fn stacks(bytes: &[u8]) {
    round_trip::<Stacks>(bytes);
}

pub(super) fn rules(bytes: &[u8]) {
    if let Ok(rule) = serde_json::from_slice::<Rule>(bytes) {
        let written = serde_json::to_vec(&rule).ok();
        let again = written.and_then(|w| serde_json::from_slice::<Rule>(&w).ok());
        assert_eq!(again, Some(rule));
    }
}

/// Settings that are accepted are accepted again as they are written.
pub(super) fn settings(bytes: &[u8]) {
    fn of<D: Domain>(line: &str) {
        let asked = |set: Vec<String>| Asked {
            set,
            ..Asked::default()
        };
        let Ok(config) = resolve::<D>(&asked(vec![line.to_owned()])) else {
            return;
        };
        let text = toml::to_string(&config).ok();
        let again: Option<D::Config> = text.and_then(|t| toml::from_str(&t).ok());
        assert!(again == Some(config), "{line}");
    }
    if let Ok(line) = std::str::from_utf8(bytes) {
        of::<StringDomain>(line);
        of::<SeriesDomain>(line);
        of::<SceneDomain>(line);
        of::<MusicDomain>(line);
    }
}

pub(super) fn experiments(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Experiment::read("x", text, false);
        let _ = Experiment::read("x", text, true);
    }
}

pub(super) fn stream_lines(bytes: &[u8]) {
    for format in [LineFormat::Notes, LineFormat::Numbers] {
        let mut lines = Lines::new(format, 3);
        for line in String::from_utf8_lossy(bytes).lines() {
            if let Ok(Some(step)) = lines.step(line) {
                assert!(step.iter().all(|x| x.is_finite()));
            }
        }
    }
}
