//! How honest weights of programs are: `columns_calibration ROWS COLUMNS SEED`.
//!
//! Programs found for built-in columns of 50 rows are taken for true, as far as they are of ASCII and of dates, times and words. Rows
//! are drawn from each by its own law, all different ones, and explained. Where the weights are honest, the best program is the true one as often
//! as its weight says. Two programs are the same if they are written so, whatever the order of their formats.

#![allow(clippy::print_stdout, reason = "a program's result")]

use helmholtz_columns::format::{Atom, Count, Part, Program};
use helmholtz_columns::rows::Rows;
use helmholtz_columns::search::{Found, search};
use helmholtz_data::Column;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_strings::builtin;
use helmholtz_strings::columns::{Explained, Options, explain};

/// Rows of the columns that programs are taken from.
const LEARNED: usize = 50;
/// Programs that are asked for.
const TOLD: usize = 24;
/// Larger classes are not drawn from.
const LARGEST: u32 = 200;

/// A program is more probable than another by more than this, in nats.
const MARGIN: f64 = 0.1;

/// How often something stands, by its law.
fn times(count: Count, stream: &mut Stream) -> usize {
    let least = usize::from(count.least);
    match (count.most, count.usual) {
        (None, _) => {
            let law = stream.categorical(&Count::ONWARD.map(|law| law.0));
            let onward = Count::ONWARD[law.unwrap_or(0)].1;
            let mut n = least;
            while stream.uniform() < onward {
                n += 1;
            }
            n
        }
        (Some(_), Some(usual)) if stream.uniform() < Count::USUAL => usual.into(),
        (Some(most), _) => least + stream.below(usize::from(most) - least + 1),
    }
}

/// Adds to a text what parts generate, by their law; nothing if one is not drawn from here.
fn draw(parts: &[Part], stream: &mut Stream, text: &mut String) -> Option<()> {
    for part in parts {
        for _ in 0..times(part.count, stream) {
            match &part.atom {
                Atom::Literal(c) => text.push(*c),
                Atom::Class(class) => {
                    let all: Vec<char> =
                        (class.size() <= LARGEST).then(|| class.members().collect())?;
                    text.push(all[stream.below(all.len())]);
                }
                Atom::Set(all) => text.push(all[stream.below(all.len())]),
                Atom::Words(all) => text.push_str(&all[stream.below(all.len())]),
                Atom::Group(inside) => draw(inside, stream, text)?,
                Atom::Named(name) => text.push_str(&name.sample(stream)?),
            }
        }
    }
    Some(())
}

/// Rows of a program, each of a format by its share.
fn rows(of: &Found, count: usize, stream: &mut Stream) -> Option<Vec<String>> {
    let shares: Vec<f64> = of.explained.rows.iter().map(|n| *n as f64).collect();
    let each = (0..count).map(|_| {
        let mut text = String::new();
        let format = &of.program.0[stream.categorical(&shares)?];
        draw(&format.0, stream, &mut text)?;
        Some(text)
    });
    each.collect()
}

fn written(program: &Program) -> Vec<String> {
    let mut all: Vec<String> = program.0.iter().map(|f| format!("{f:#}")).collect();
    all.sort();
    all
}

/// What is said of the rows of a program, and what is true.
struct Judged {
    /// The weight of the best program.
    weight: f64,
    /// Whether it is the true one.
    right: bool,
    /// How surely the true one is said to be found.
    said: f64,
    /// Whether it is among those that are told.
    found: bool,
    /// Whether it, if it is offered, leads to a program that is more probable than the best found: what a better search could gain.
    missed: bool,
}

fn judged(of: &Found, count: usize, stream: &mut Stream) -> Option<Judged> {
    let texts = rows(of, count, stream)?;
    let Rows { values, counts } = Rows::of(texts.iter().map(String::as_str));
    let column = Column {
        name: String::new(),
        values: values.iter().map(|v| v.iter().collect()).collect(),
        counts,
        lines: vec![],
        rows: vec![],
        test: vec![],
        source: String::new(),
    };
    let options = Options {
        programs: TOLD,
        samples: 0,
        ..Options::default()
    };
    let told = explain(&column, &options, &[]);
    let truth = written(&of.program);
    let is_true = |of: &Explained| written(&of.program) == truth;
    let best = told.programs.first()?;
    let helped = explain(&column, &options, std::slice::from_ref(&of.program));
    let helped = helped.programs.first()?;
    Some(Judged {
        missed: helped.log_joint > best.log_joint + MARGIN,
        weight: best.weight,
        right: is_true(best),
        said: 1.0 - told.not_found,
        found: told.programs.iter().any(is_true),
    })
}

fn mean<'j>(all: impl Iterator<Item = &'j Judged>, of: impl Fn(&Judged) -> f64) -> f64 {
    let all: Vec<f64> = all.map(of).collect();
    all.iter().sum::<f64>() / all.len().max(1) as f64
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |k: usize, or: usize| arguments.get(k).and_then(|a| a.parse().ok()).unwrap_or(or);
    let (count, columns, seed) = (number(0, 50), number(1, 370), number(2, 1) as u64);
    let mut all = vec![];
    for i in 0..columns {
        let (_, texts) = builtin::rows(seed, i, LEARNED);
        let found = search(&Rows::of(texts.iter().map(String::as_str)));
        let mut stream = Stream::at([seed, i as u64, 2, Purpose::Data.tag()]);
        all.extend(
            found
                .first()
                .and_then(|best| judged(best, count, &mut stream)),
        );
    }
    let share = |is: bool| f64::from(u8::from(is));
    println!(
        "{} columns of {count} rows: said to be found {:.3}, found {:.3}; weight of the best {:.3}, right {:.3}; \
         a more probable one missed {:.3}",
        all.len(),
        mean(all.iter(), |j| j.said),
        mean(all.iter(), |j| share(j.found)),
        mean(all.iter(), |j| j.weight),
        mean(all.iter(), |j| share(j.right)),
        mean(all.iter(), |j| share(j.missed)),
    );
    for (least, most) in [(0.0, 0.3), (0.3, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 1.1)] {
        let some = || all.iter().filter(|j| (least..most).contains(&j.weight));
        if some().next().is_none() {
            continue;
        }
        let (count, weight) = (some().count(), mean(some(), |j| j.weight));
        let right = mean(some(), |j| share(j.right));
        println!(
            "weight {least} to {most}: {count} columns, mean weight {weight:.3}, right {right:.3}"
        );
    }
}
