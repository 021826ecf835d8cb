//! Words that were probably meant.

/// The name with the fewest edits from what was typed, if they change no more than a third of it.
pub fn closest<'a>(names: impl IntoIterator<Item = &'a str>, wanted: &str) -> Option<String> {
    let wanted: Vec<char> = wanted.to_lowercase().chars().collect();
    let scored = names
        .into_iter()
        .map(|name| (distance(&wanted, &name.to_lowercase()), name));
    let (edits, name) = scored.min_by_key(|(edits, _)| *edits)?;
    (3 * edits <= wanted.len()).then(|| name.to_owned())
}

/// Levenshtein's edit distance, of the start of a long name: insertions, deletions and substitutions
/// of one character.
fn distance(from: &[char], to: &str) -> usize {
    const LONGEST: usize = 100;
    let from = &from[..from.len().min(LONGEST)];
    // row[i] is the distance between the first i characters of `from` and those of `to` seen so far.
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for c in to.chars().take(LONGEST) {
        let mut diagonal = row[0];
        row[0] += 1;
        for (i, &other) in from.iter().enumerate() {
            let substituted = diagonal + usize::from(c != other);
            diagonal = row[i + 1];
            row[i + 1] = substituted.min(diagonal + 1).min(row[i] + 1);
        }
    }
    row[from.len()]
}
