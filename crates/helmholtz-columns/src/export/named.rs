//! Sub-programs that columns share, as engines of regular expressions see them: by what they are written as.

use regex_syntax::hir::{Class as Members, Hir, HirKind};

use super::ranges::Ranges;
use super::{Format, Name, Part};

/// The parts of one that is a format.
pub(super) fn parts(name: Name) -> Option<Vec<Part>> {
    name.regex().parse::<Format>().ok().map(|format| format.0)
}

/// What it is written as.
pub(super) fn written(name: Name) -> Hir {
    // All of them are in a test.
    regex_syntax::parse(&name.regex()).unwrap_or_else(|_| Hir::fail())
}

/// Characters that it may begin with.
pub(super) fn first(name: Name) -> Ranges {
    first_of(&written(name)).into_iter().collect()
}

/// All its characters.
pub(super) fn alphabet(name: Name) -> Ranges {
    alphabet_of(&written(name)).into_iter().collect()
}

/// Lengths that it may have.
pub(super) fn lengths(name: Name) -> (usize, usize) {
    let written = written(name);
    let least = written.properties().minimum_len().unwrap_or(0);
    // What has no end is a format.
    (least, written.properties().maximum_len().unwrap_or(least))
}

fn first_of(hir: &Hir) -> Vec<(char, char)> {
    match hir.kind() {
        HirKind::Concat(all) => {
            let may_miss = |hir: &&Hir| hir.properties().minimum_len() == Some(0);
            let missing = all.iter().take_while(may_miss).count();
            all.iter().take(missing + 1).flat_map(first_of).collect()
        }
        HirKind::Alternation(all) => all.iter().flat_map(first_of).collect(),
        HirKind::Repetition(repetition) => first_of(&repetition.sub),
        HirKind::Literal(_) => alphabet_of(hir).into_iter().take(1).collect(),
        _ => alphabet_of(hir),
    }
}

fn alphabet_of(hir: &Hir) -> Vec<(char, char)> {
    match hir.kind() {
        HirKind::Concat(all) | HirKind::Alternation(all) => {
            all.iter().flat_map(alphabet_of).collect()
        }
        HirKind::Repetition(repetition) => alphabet_of(&repetition.sub),
        HirKind::Literal(literal) => characters(&literal.0).map(|c| (c, c)).collect(),
        HirKind::Class(members) => ranges(members),
        _ => vec![],
    }
}

/// The characters of a text.
pub(super) fn characters(text: &[u8]) -> impl Iterator<Item = char> {
    str::from_utf8(text).unwrap_or_default().chars()
}

/// The members of a class, as ranges.
pub(super) fn ranges(members: &Members) -> Vec<(char, char)> {
    match members {
        Members::Unicode(all) => all.iter().map(|r| (r.start(), r.end())).collect(),
        Members::Bytes(_) => vec![],
    }
}
