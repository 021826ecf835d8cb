//! How well formats are found for built-in columns: `columns_builtin ROWS COLUMNS SEED [show] [counts]`.
//!
//! Of each column some rows are explained and 20 more are judged: the share that the best program accepts, the share of other
//! columns' rows that it accepts, rows called foreign, and the time. `counts` tells what the programs are made of: the prior is
//! fitted to that.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::collections::BTreeMap;
use std::time::Instant;

use helmholtz_columns::format::{Atom, Part, Program};
use helmholtz_columns::predict::Predictive;
use helmholtz_columns::rows::Rows;
use helmholtz_columns::search::{Found, search};
use helmholtz_strings::builtin;

/// Rows of each column that are judged.
const FRESH: usize = 20;
/// Rows of other columns that are.
const OTHERS: usize = 40;

#[derive(Default)]
struct Used(BTreeMap<String, u64>);

impl Used {
    fn note(&mut self, what: impl Into<String>, times: usize) {
        *self.0.entry(what.into()).or_default() += times as u64;
    }

    fn program(&mut self, program: &Program) {
        self.note("formats, more", program.0.len());
        self.note("formats, no more", 1);
        program.0.iter().for_each(|format| self.parts(&format.0));
    }

    fn parts(&mut self, parts: &[Part]) {
        self.note("parts, more", parts.len());
        self.note("parts, no more", 1);
        for part in parts {
            self.note(format!("count {}", count_of(part)), 1);
            let (kind, members) = match &part.atom {
                Atom::Literal(_) => ("literal", None),
                Atom::Class(class) => {
                    self.note(format!("class {class}"), 1);
                    ("class", None)
                }
                Atom::Set(all) => ("set", Some(all.len())),
                Atom::Words(all) => ("words", Some(all.len())),
                Atom::Group(inside) => {
                    self.parts(inside);
                    ("group", None)
                }
                Atom::Named(name) => {
                    self.note(format!("name {name}"), 1);
                    ("name", None)
                }
            };
            self.note(format!("atom {kind}"), 1);
            if let Some(members) = members {
                self.note(format!("{kind}, more"), members - 1);
                self.note(format!("{kind}, no more"), 1);
            }
        }
    }
}

fn count_of(part: &Part) -> &'static str {
    match (part.count.least, part.count.most) {
        (1, Some(1)) => "1",
        (0, Some(1)) => "?",
        (n, Some(m)) if n == m => "{n}",
        (_, Some(_)) => "{n,m}",
        (1, None) => "+",
        (0, None) => "*",
        _ => "{n,}",
    }
}

/// What a column came to.
struct Judged {
    own: f64,
    others: f64,
    foreign: f64,
    nats: f64,
    seconds: f64,
    best: Found,
}

fn judged(texts: &[String], rows: usize, others: &[&String]) -> Judged {
    let train = Rows::of(texts[..rows].iter().map(String::as_str));
    let begun = Instant::now();
    let found = search(&train);
    let seconds = begun.elapsed().as_secs_f64();
    let chars = |text: &String| text.chars().collect::<Vec<char>>();
    let accepts = |text: &String| found[0].program.0.iter().any(|f| f.accepts(&chars(text)));
    let next = Predictive::new(&train, &found);
    let fresh = &texts[rows..];
    let share = |n: usize, of: usize| n as f64 / of as f64;
    Judged {
        own: share(fresh.iter().filter(|t| accepts(t)).count(), FRESH),
        others: share(others.iter().filter(|t| accepts(t)).count(), OTHERS),
        foreign: share(found[0].explained.foreign as usize, rows),
        nats: fresh.iter().map(|t| next.log_prob(&chars(t))).sum::<f64>() / FRESH as f64,
        seconds,
        best: found[0].clone(),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |k: usize, or: usize| arguments.get(k).and_then(|a| a.parse().ok()).unwrap_or(or);
    let (rows, columns, seed) = (number(0, 50), number(1, 370), number(2, 1));
    let asked = |what: &str| arguments.iter().any(|a| a == what);
    let column = |i| builtin::rows(seed as u64, i, rows + FRESH);
    let all: Vec<(&str, Vec<String>)> = (0..columns).map(column).collect();
    let (mut used, mut judgements) = (Used::default(), vec![]);
    for (i, (name, texts)) in all.iter().enumerate() {
        let others = (1..=OTHERS).map(|k| &all[(i + k * 7) % columns].1[k % rows]);
        let judged = judged(texts, rows, &others.collect::<Vec<_>>());
        used.program(&judged.best.program);
        if asked("show") {
            let (ms, foreign) = (judged.seconds * 1e3, judged.best.explained.foreign);
            let (own, program) = (judged.own, &judged.best.program);
            println!("{ms:5.0} ms  own {own:.2}  foreign {foreign:3}  {name}: {program:#}");
        }
        judgements.push(judged);
    }
    let mean = |of: fn(&Judged) -> f64| judgements.iter().map(of).sum::<f64>() / columns as f64;
    let slowest = judgements.iter().map(|j| j.seconds).fold(0.0, f64::max);
    println!(
        "own {:.4}  others {:.4}  foreign {:.4} (any in {:.3})  nats {:.3}  ms {:.1}, at most {:.0}",
        mean(|j| j.own),
        mean(|j| j.others),
        mean(|j| j.foreign),
        mean(|j| f64::from(u8::from(j.foreign > 0.0))),
        mean(|j| j.nats),
        mean(|j| j.seconds * 1e3),
        slowest * 1e3
    );
    if asked("counts") {
        used.0
            .iter()
            .for_each(|(what, count)| println!("{count:6} {what}"));
    }
}
