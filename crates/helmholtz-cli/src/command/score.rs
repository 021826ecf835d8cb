//! `helmholtz score`: exact probabilities, without a model.

use std::io::{self, Write};

use anyhow::{Result, anyhow};
use helmholtz::domain::strings::alphabet::encode;
use helmholtz::domain::strings::automaton::Automaton;
use helmholtz::domain::strings::parameters::Parameters;
use helmholtz::domain::strings::program::Regex;
use serde::Serialize;

use crate::args::Score;
use crate::format::{probability, visible};
use crate::output::{self, note};

#[derive(Serialize)]
struct Scored<'a> {
    string: &'a str,
    /// Minus infinity is null in JSON.
    log_prob: f64,
}

pub(super) fn run(args: &Score, out: &mut dyn Write) -> Result<()> {
    let regex = Regex::parse(&args.regex).map_err(|e| anyhow!("`{}`: {e}", args.regex))?;
    if let Some(remark) = looks_foreign(&args.regex) {
        note(&remark);
    }
    let parameters = Parameters::uniform();
    let automaton = Automaton::compile(&regex, &parameters);
    let score = |string: &'_ String| match encode(string) {
        Ok(indices) => automaton.log_prob(&indices),
        Err(outside) => {
            note(&format!(
                "{}: {outside}; its probability is zero",
                visible(string)
            ));
            f64::NEG_INFINITY
        }
    };
    let scores: Vec<Scored<'_>> = args
        .strings
        .iter()
        .map(|string| Scored {
            string,
            log_prob: score(string),
        })
        .collect();
    match args.json {
        true => output::json(out, &scores)?,
        false => table(out, &scores)?,
    }
    Ok(())
}

/// A remark on a program that means something else in the dialects people know.
fn looks_foreign(regex: &str) -> Option<String> {
    let plain = regex.replace(r"\\", "");
    let inside = |open, close| {
        let (_, rest) = plain.split_once(open)?;
        rest.split_once(close).map(|(inside, _)| inside)
    };
    let counts = |inside: &&str| {
        !inside.is_empty() && inside.chars().all(|c| c.is_ascii_digit() || c == ',')
    };
    let found = if inside('[', ']').is_some() {
        "`[...]` is no class here but its characters; the classes are . \\d \\s \\w \\l \\u, \
         and (a|b|c) chooses"
    } else if inside('{', '}').filter(counts).is_some() {
        "`{n}` is no count here but its characters; write the item n times"
    } else if plain.starts_with('^') || plain.ends_with('$') {
        "`^` and `$` are characters here; a program always generates the whole string"
    } else {
        return None;
    };
    Some(format!("`{regex}`: {found}"))
}

fn table(out: &mut dyn Write, scores: &[Scored<'_>]) -> io::Result<()> {
    let shown: Vec<String> = scores.iter().map(|s| visible(s.string)).collect();
    let width = shown
        .iter()
        .map(|s| s.chars().count())
        .fold("string".len(), usize::max);
    writeln!(out, "{:width$}  {:>10}  {:>10}", "string", "log p", "p")?;
    for (shown, Scored { log_prob, .. }) in shown.iter().zip(scores) {
        writeln!(
            out,
            "{shown:width$}  {log_prob:>10.4}  {:>10}",
            probability(*log_prob)
        )?;
    }
    Ok(())
}
