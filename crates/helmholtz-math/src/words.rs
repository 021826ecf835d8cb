//! Words that were probably meant, and words that may be shown.

/// Whether a character does something else than to be seen: it controls a terminal, turns the direction in which text is
/// read, or has no width, so that what is seen is not what is there. Ends of lines and tabs are plain to see; joiners
/// belong to some scripts.
pub fn is_hidden(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let nothing = matches!(
        c,
        '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{feff}'
    );
    let tag = matches!(c, '\u{e0000}'..='\u{e007f}');
    turns || nothing || tag || c.is_control() && c != '\n' && c != '\t'
}

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
