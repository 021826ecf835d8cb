//! How honest weights of programs are: `columns_calibration ROWS COLUMNS SEED`.
//!
//! Programs found for built-in columns of 50 rows are taken for true, as far as they are of ASCII and of dates, times and words. Rows
//! are drawn from each by its own law, all different ones, and explained. Where the weights are honest, the best program is the true one as often
//! as its weight says. Two programs are the same if they are written so, whatever the order of their formats.

#![allow(clippy::print_stdout, reason = "a program's result")]

use helmholtz_columns::format::{Atom, Count, Part, Program};
use helmholtz_columns::predict::weights;
use helmholtz_columns::rows::Rows;
use helmholtz_columns::search::{Found, search};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_strings::builtin;

/// Rows of the columns that programs are taken from.
const LEARNED: usize = 50;
/// Larger classes are not drawn from.
const LARGEST: u32 = 200;

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

/// Of a program the weight of the best that is found for its rows, whether this is the true one, and the weight of the true one.
fn judged(of: &Found, count: usize, stream: &mut Stream) -> Option<(f64, bool, f64)> {
    let texts = rows(of, count, stream)?;
    let found = search(&Rows::of(texts.iter().map(String::as_str)));
    let truth = written(&of.program);
    let weights = weights(&found);
    let each = found.iter().zip(&weights);
    let is_true = |f: &Found| written(&f.program) == truth;
    let of_truth = each.filter(|(f, _)| is_true(f)).map(|(_, w)| w).sum();
    Some((*weights.first()?, is_true(found.first()?), of_truth))
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
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len().max(1) as f64;
    let rights = |of: &[&(f64, bool, f64)]| {
        of.iter().filter(|j| j.1).count() as f64 / of.len().max(1) as f64
    };
    let every: Vec<&(f64, bool, f64)> = all.iter().collect();
    println!(
        "{} columns of {count} rows: best true {:.3}, weight of the best {:.3}, weight of the true one {:.3}, not found {:.3}",
        all.len(),
        rights(&every),
        mean(&all.iter().map(|j| j.0).collect::<Vec<_>>()),
        mean(&all.iter().map(|j| j.2).collect::<Vec<_>>()),
        mean(
            &all.iter()
                .map(|j| f64::from(u8::from(j.2 == 0.0)))
                .collect::<Vec<_>>()
        ),
    );
    for (least, most) in [(0.0, 0.5), (0.5, 0.9), (0.9, 0.99), (0.99, 1.1)] {
        let some: Vec<&(f64, bool, f64)> = all
            .iter()
            .filter(|j| (least..most).contains(&j.0))
            .collect();
        let weights: Vec<f64> = some.iter().map(|j| j.0).collect();
        println!(
            "weight {least} to {most}: {} columns, mean weight {:.3}, true {:.3}",
            some.len(),
            mean(&weights),
            rights(&some)
        );
    }
}
