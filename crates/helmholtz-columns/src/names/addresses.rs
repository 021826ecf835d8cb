//! What identifiers and addresses are: the formats of those that are formats, and the laws of those of numbers.

use crate::class::Class;
use crate::format::{Atom, Count, Format, Part};

fn class(class: Class, count: Count) -> Part {
    Part {
        atom: Atom::Class(class),
        count,
    }
}

fn set(characters: impl Iterator<Item = char>, count: Count) -> Part {
    let mut all: Vec<char> = characters.collect();
    all.sort_unstable();
    Part {
        atom: Atom::Set(all),
        count,
    }
}

fn literal(character: char) -> Part {
    Part::once(Atom::Literal(character))
}

/// A UUID.
pub(super) fn uuid(digit: Class) -> Format {
    let groups = [8, 4, 4, 4, 12].map(|n| class(digit, Count::exactly(n)));
    let parts = groups.into_iter().flat_map(|group| [literal('-'), group]);
    Format(parts.skip(1).collect())
}

/// One that was drawn by chance (version 4): the third group begins with its number, and the fourth with its variant.
pub(super) fn drawn(digit: Class) -> Format {
    let Format(mut parts) = uuid(digit);
    let variants = "89ABab".chars().filter(|c| digit.has(*c));
    let firsts = [literal('4'), set(variants, Count::ONCE)];
    // Later places first: they move behind what is put in.
    for (place, first) in [4, 6].into_iter().zip(firsts).rev() {
        parts[place].count = Count::exactly(3);
        parts.insert(place, first);
    }
    Format(parts)
}

pub(super) fn local_part() -> Format {
    let characters = Class::WORD.members().chain("-._+'".chars());
    Format(vec![set(characters, Count::from(1))])
}

pub(super) fn domain() -> Format {
    let label = || set(Class::WORD.members().chain(['-']), Count::from(1));
    let more = Part {
        atom: Atom::Group(vec![literal('.'), label()]),
        count: Count::from(0),
    };
    let top = class(Class::LETTER, Count::from(2));
    Format(vec![label(), more, literal('.'), top])
}

/// A stretch of fewer characters may be base64, and mostly is not.
pub(super) const BASE64: usize = 12;
/// What base64 is for engines of regular expressions.
pub(super) const BASE64_REGEX: &str =
    "(?:[+/0-9A-Za-z]{4})*(?:[+/0-9A-Za-z]{4}|[+/0-9A-Za-z]{3}=|[+/0-9A-Za-z]{2}==)";

/// Where base64 may end that begins a text: fours of characters, n of them with the chance 1 / (n (n + 1)), of the last of which one
/// or two may be `=`, all three ways as likely.
pub(super) fn base64(text: &[char]) -> Vec<(usize, f64)> {
    let is_one = |c: &&char| c.is_ascii_alphanumeric() || "+/".contains(**c);
    let run = text.iter().take_while(is_one).count();
    let cost = |n: usize, filling: usize| {
        let fours = n as f64;
        let characters = (4 * n - filling) as f64;
        -(fours * (fours + 1.0)).ln() - 3f64.ln() - characters * 64f64.ln()
    };
    let mut found: Vec<(usize, f64)> = (1..=run / 4).map(|n| (4 * n, cost(n, 0))).collect();
    let filling = run.next_multiple_of(4) - run;
    let filled = text[run..].iter().take(filling).filter(|c| **c == '=');
    if (1..=2).contains(&filling) && filled.count() == filling {
        let n = run.div_ceil(4);
        found.push((4 * n, cost(n, filling)));
    }
    found
}

/// What a text begins with if letters are digits: so many of them or fewer, each number of them and each digit as likely.
pub(super) fn numbers(shape: &str, text: &[char]) -> Option<(usize, f64)> {
    let shape: Vec<char> = shape.chars().collect();
    let (mut at, mut log) = (0, 0.0);
    for run in shape.chunk_by(|a, b| a.is_alphabetic() && b.is_alphabetic()) {
        if !run[0].is_alphabetic() {
            (text.get(at) == Some(&run[0])).then_some(())?;
            at += 1;
            continue;
        }
        // A month without a zero in front may have two digits all the same.
        let most = run.len().max(2);
        let digits = text[at..]
            .iter()
            .take(most)
            .take_while(|c| c.is_ascii_digit());
        let digits = digits.count();
        (digits > 0).then_some(())?;
        log -= (most as f64).ln() + 10f64.ln() * digits as f64;
        at += digits;
    }
    Some((at, log))
}

/// Four numbers below 256, each as likely.
pub(super) fn ipv4(text: &[char]) -> Option<(usize, f64)> {
    let (mut at, mut log) = (0, 0.0);
    for k in 0..4 {
        if k > 0 {
            (text.get(at) == Some(&'.')).then_some(())?;
            at += 1;
        }
        let (length, one) = byte(&text[at..])?;
        (at, log) = (at + length, log + one);
    }
    Some((at, log))
}

/// A number below 256, without zeros in front.
pub(super) fn byte(text: &[char]) -> Option<(usize, f64)> {
    let digits = text.iter().take(3).take_while(|c| c.is_ascii_digit());
    let digits: String = digits.collect();
    let number: u16 = digits.parse().ok()?;
    let is_byte = number < 256 && (digits.len() == 1 || !digits.starts_with('0'));
    is_byte.then_some((digits.len(), -256f64.ln()))
}

pub(super) const BYTE_REGEX: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

/// Whether what begins at a place of a text is a number of an address of four.
pub(super) fn is_of_ipv4(text: &[char], start: usize) -> bool {
    let of_address = |c: &&char| c.is_ascii_digit() || **c == '.';
    let before = text[..start].iter().rev().take(16).take_while(of_address);
    let first = start - before.count();
    let run: Vec<char> = text[first..]
        .iter()
        .take(17)
        .take_while(of_address)
        .copied()
        .collect();
    ipv4(&run).is_some_and(|(length, _)| length == run.len())
}

/// How often a group of an address is written with zeros in front.
const ZEROS: f64 = 0.05;

/// Groups of 16 bits: eight, or fewer with `::` in their midst. Both ways are as likely, so are all ways to have fewer, and whether
/// letters are upper-case. A group is written without zeros in front, mostly.
pub(super) fn ipv6(text: &[char]) -> Option<(usize, f64)> {
    let is = |c: &&char| c.is_ascii_hexdigit() || **c == ':';
    let end = text.iter().take(40).take_while(is).count();
    let written: String = text[..end].iter().collect();
    let written = written.trim_end_matches(|c| c == ':' && !written.ends_with("::"));
    let (upper, lower) = (
        |c: char| c.is_ascii_uppercase(),
        |c: char| c.is_ascii_lowercase(),
    );
    let mixed = written.contains(upper) && written.contains(lower);
    written
        .parse::<std::net::Ipv6Addr>()
        .ok()
        .filter(|_| !mixed)?;
    let groups = written.split(':').filter(|g| !g.is_empty());
    let digits = |group: &str| match group.starts_with('0') && group.len() > 1 {
        true => ZEROS.ln() - 3f64.ln() - 16f64.ln() * (group.len() - 1) as f64,
        false => (1.0 - ZEROS).ln() - 65536f64.ln(),
    };
    // Of k groups before and m behind there are 36 pairs with k + m at most 7.
    let ways = if written.contains("::") {
        36f64.ln()
    } else {
        0.0
    };
    let all = groups.map(digits).sum::<f64>() - ways - 2.0 * 2f64.ln();
    Some((written.len(), all))
}
