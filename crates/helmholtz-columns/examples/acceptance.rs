//! What programs and Bayes factors say of values, for `bench/columns.py` and `bench/columns_speed.py`: `acceptance FILE`.
//!
//! Two lines of FILE are a trial: `train`, with the values to learn from, and `offered`, with those to judge. A tab goes before
//! each value; in values a backslash, a tab, a line feed and a carriage return are written `\\`, `\t`, `\n` and `\r`.
//!
//! Each trial becomes a line of JSON: the formats of the best program, its foreign training values, the milliseconds of the search
//! and of all that is offered whether the best program accepts it and ln of its Bayes factor (null if that is not finite).

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;
use std::fmt::Write;
use std::time::Instant;

use helmholtz_columns::predict::Predictive;
use helmholtz_columns::rows::Rows;
use helmholtz_columns::search::{Found, search};

/// Seconds of this thread on a processor, or else of the clock.
struct Watch(Instant, Option<u64>);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), Self::nanoseconds())
    }

    fn nanoseconds() -> Option<u64> {
        // Else the account is as old as the last tick.
        std::thread::yield_now();
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok()
    }

    fn ms(&self) -> f64 {
        match (self.1, Self::nanoseconds()) {
            (Some(begun), Some(now)) => now.saturating_sub(begun) as f64 / 1e6,
            _ => self.0.elapsed().as_secs_f64() * 1e3,
        }
    }
}

/// A value as it was before it was written into a line.
fn read(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        value.push(match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                other => other.unwrap_or('\\'),
            },
            c => c,
        });
    }
    value
}

/// A text as JSON has it.
fn json(text: &str) -> String {
    let mut written = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(written, "\\u{:04x}", u32::from(c));
            }
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// A list as JSON has it.
fn list<T>(all: impl IntoIterator<Item = T>, one: impl Fn(T) -> String) -> String {
    let all: Vec<String> = all.into_iter().map(one).collect();
    format!("[{}]", all.join(","))
}

/// The training values that the best program calls foreign.
fn foreign<'r>(rows: &'r Rows, best: Option<&'r Found>) -> impl Iterator<Item = String> + 'r {
    let given = best.into_iter().flat_map(|f| &f.explained.format_of);
    let odd = given.zip(&rows.values).filter(|(of, _)| of.is_none());
    odd.map(|(_, value)| value.iter().collect())
}

/// The line about a trial.
fn judged(train: &[String], offered: &[String]) -> String {
    let rows = Rows::of(train.iter().map(String::as_str));
    let watch = Watch::start();
    let found = search(&rows);
    let ms = watch.ms();
    let formats = || found.iter().take(1).flat_map(|f| &f.program.0);
    let predictive = Predictive::new(&rows, &found);
    let accepted = |text: &Vec<char>| u8::from(formats().any(|f| f.accepts(text))).to_string();
    let factor = |text: &Vec<char>| match predictive.log_bayes_factor(text) {
        log if log.is_finite() => format!("{log:.4}"),
        _ => "null".to_owned(),
    };
    let offered: Vec<Vec<char>> = offered.iter().map(|v| v.chars().collect()).collect();
    format!(
        r#"{{"ms":{ms:.3},"formats":{},"foreign":{},"accepted":{},"factor":{}}}"#,
        list(formats(), |f| json(&format!("{f:#}"))),
        list(foreign(&rows, found.first()), |v| json(&v)),
        list(&offered, accepted),
        list(&offered, factor),
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("acceptance FILE")?;
    let text = std::fs::read_to_string(path)?;
    let mut train = vec![];
    for line in text.split('\n').filter(|l| !l.is_empty()) {
        let mut fields = line.split('\t');
        match fields.next() {
            Some("train") => train = fields.map(read).collect(),
            Some("offered") => {
                let offered: Vec<String> = fields.map(read).collect();
                println!("{}", judged(&train, &offered));
            }
            other => return Err(format!("not train or offered: {other:?}").into()),
        }
    }
    Ok(())
}
