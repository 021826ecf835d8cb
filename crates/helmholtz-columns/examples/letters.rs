//! Which letters follow which in the words of some texts, as the table of `src/names/letters.rs`: `letters FILE...`.
//!
//! A word is counted once, however often it stands; it has three letters or more, of which at most the first is a capital. The
//! table was made from this project's own lists of words and from its book:
//! `letters crates/helmholtz-strings/src/builtin/*.rs docs/book/src/*.md`.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::collections::BTreeSet;
use std::error::Error;

/// The letters and, first, where a word begins or ends.
const SYMBOLS: usize = 27;

fn words(text: &str) -> impl Iterator<Item = String> {
    let runs = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let plain = runs.filter(|run| {
        run.len() > 2
            && run.starts_with(|c: char| c.is_ascii_alphabetic())
            && run[1..].chars().all(|c| c.is_ascii_lowercase())
    });
    plain.map(str::to_ascii_lowercase)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut all = BTreeSet::new();
    for file in std::env::args().skip(1) {
        all.extend(words(&std::fs::read_to_string(file)?));
    }
    let mut counts = [[0u16; SYMBOLS]; SYMBOLS];
    for word in &all {
        let ends = word.bytes().map(|b| usize::from(b - b'a') + 1);
        let symbols: Vec<usize> = std::iter::once(0).chain(ends).chain([0]).collect();
        for pair in symbols.windows(2) {
            counts[pair[0]][pair[1]] += 1;
        }
    }
    println!("// {} words.", all.len());
    for row in counts {
        println!("    {row:?},");
    }
    Ok(())
}
