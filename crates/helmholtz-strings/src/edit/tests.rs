use super::super::handcrafted::sample_program;
use super::*;
use std::collections::HashSet;

fn grammar(limit: usize) -> Grammar {
    Grammar::new(limit).unwrap()
}

#[test]
fn edits_are_other_canonical_programs_within_the_limit() {
    let mut rng = Stream::at([31, 0, 0, 0]);
    let (grammar, attempts, mut made) = (grammar(20), 20_000, 0);
    for _ in 0..attempts {
        let regex = sample_program(&mut rng, 20);
        if let Some(edited) = edit(&regex, grammar, &mut rng, &[17, 33]) {
            assert!(grammar.accepts(&edited), "{regex} to {edited}");
            assert_ne!(edited, regex);
            made += 1;
        }
    }
    assert!(
        made > attempts / 2,
        "only {made} of {attempts} attempts gave a program"
    );
}

/// All programs that can come from one edit, as far as many attempts show.
fn neighbours(text: &str, hints: &[u8]) -> HashSet<String> {
    let mut rng = Stream::at([32, 0, 0, 0]);
    let regex = Regex::parse(text).unwrap();
    let attempt = |_| edit(&regex, grammar(20), &mut rng, hints);
    (0..20_000)
        .filter_map(attempt)
        .map(|edited| edited.to_string())
        .collect()
}

#[test]
fn every_kind_of_edit_is_made() {
    let near = neighbours(r"\d\d\d-a(b|c)?", &[17, 65]);
    for expected in [
        r"\d+-a(b|c)?",
        r"\d\d1-a(b|c)?",
        r"\d\d\d-\l(b|c)?",
        r"\d\d-a(b|c)?",
        r"\d\d\d-aa(b|c)?",
        r"\d\d\d-a(b|c)",
        r"\d\d\d-a(b|c)+",
        r"\d\d\d(-a)?(b|c)?",
        r"\d\d\d-?a(b|c)?",
        r"\d\d\da-(b|c)?",
        r"\d\d\d-(a|1)(b|c)?",
        r"\d\d\d-a(b|c)?(b|c)?",
        r"\d\d\d-a",
    ] {
        assert!(near.contains(expected), "{expected}");
    }
    assert!(neighbours(r"\d+", &[]).contains(r"\d\d\d"));
    let near = neighbours(r"\d|a|(bc|d)+e", &[]);
    for expected in [
        r"a|(bc|d)+e",
        r"\d|(bc|d)+e",
        r"\d|a",
        r"a|\d|(bc|d)+e",
        r"\d|a|(d|bc)+e",
        r"\d|a|d+e",
        r"\d|a|(bc)+e",
    ] {
        assert!(near.contains(expected), "{expected}");
    }
}

#[test]
fn any_program_is_reached_by_edits_from_any_other() {
    // A walk from `.*` towards a target: at each step the edit is kept that gets closer in tokens.
    let target = Regex::parse(r"\u\d+(-x)?").unwrap();
    let hints = [88 - 32, 88, 13];
    let mut rng = Stream::at([33, 0, 0, 0]);
    let mut regex = Regex::parse(".*").unwrap();
    for _ in 0..200_000 {
        let Some(edited) = edit(&regex, grammar(12), &mut rng, &hints) else {
            continue;
        };
        if distance(&edited, &target) <= distance(&regex, &target) {
            regex = edited;
        }
    }
    assert_eq!(regex, target);
}

/// The edit distance of two token sequences.
fn distance(a: &Regex, b: &Regex) -> usize {
    let mut row: Vec<usize> = (0..=b.tokens().len()).collect();
    for (i, x) in a.tokens().iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.tokens().iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.tokens().len()]
}

#[test]
fn new_literals_come_mostly_from_the_hints() {
    let mut rng = Stream::at([34, 0, 0, 0]);
    let regex = Regex::parse("..").unwrap();
    let literals: Vec<u8> = (0..20_000)
        .filter_map(|_| edit(&regex, grammar(10), &mut rng, &[40]))
        .flat_map(|edited| {
            edited
                .tokens()
                .iter()
                .filter_map(|t| t.as_literal())
                .collect::<Vec<_>>()
        })
        .collect();
    let hinted = literals.iter().filter(|&&c| c == 40).count();
    assert!(
        hinted * 5 > literals.len() * 4,
        "{hinted} of {}",
        literals.len()
    );
}

#[test]
fn items_are_found_with_their_operators() {
    let regex = Regex::parse("a(b*c)?").unwrap();
    let mut items: Vec<(usize, usize, usize)> = items_of(regex.tokens())
        .iter()
        .map(|i| (i.start, i.core_end, i.end))
        .collect();
    items.sort_unstable();
    assert_eq!(items, [(0, 1, 1), (1, 6, 7), (2, 3, 4), (4, 5, 5)]);
}
