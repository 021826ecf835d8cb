//! Shapes with names in them: which sub-programs a column's texts have, and where.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Item, Kind, LONGEST, Shape, folded, kind_of};
use crate::names::Name;

/// The names that stand in some texts, those that cover most of them first: a date of which some days could be months is read by
/// the way that fits more rows.
#[derive(PartialEq)]
pub(crate) struct Naming(Vec<Name>);

/// A name that stands in one text of many says little.
const FEWEST: usize = 2;

impl Naming {
    /// With all names that stand in some texts.
    pub(crate) fn of(texts: &[Vec<char>]) -> Self {
        let mut names: Vec<(usize, usize, Name)> = vec![];
        for (order, name) in Name::all().enumerate() {
            let lengths = texts.iter().map(|text| covered(name, text));
            let (mut rows, mut characters) = (0, 0);
            for length in lengths.filter(|n| *n > 0) {
                rows += 1;
                characters += length;
            }
            if rows >= FEWEST.min(texts.len()) {
                names.push((characters, order, name));
            }
        }
        names.sort_by_key(|(characters, order, _)| (Reverse(*characters), *order));
        let mut names: Vec<Name> = names.into_iter().map(|n| n.2).collect();
        if let Some(address) = names.iter().copied().find(|name| name.is_ipv4()) {
            // Of a network the numbers are told one by one: the first are the same.
            let of_network = are_of_network(address, texts);
            names.retain(|name| !of_network || !name.is_ipv4());
        }
        Self(names)
    }

    /// With such of these as are asked for.
    pub(crate) fn only(&self, asked: impl Fn(Name) -> bool) -> Self {
        Self(self.0.iter().copied().filter(|name| asked(*name)).collect())
    }

    /// The shape of a text; `None` if no name stands in it.
    pub(crate) fn shape(&self, text: &[char]) -> Option<Shape> {
        let (mut at, mut any, mut kinds) = (0, false, vec![]);
        while at < text.len() {
            let ends = |name: &Name| Some((*name, name.longest(text, at)?));
            let kind = match self.0.iter().find_map(ends) {
                Some((name, end)) if end > at => {
                    (at, any) = (end, true);
                    Kind::Named(name)
                }
                _ => {
                    at += 1;
                    kind_of(text[at - 1], 0)
                }
            };
            if kinds.last() != Some(&kind) || matches!(kind, Kind::Named(_)) {
                kinds.push(kind);
            }
        }
        (any && kinds.len() <= LONGEST).then(|| Shape(named_apart(&kinds)))
    }
}

/// Names stand by themselves, and what is between them is folded.
fn named_apart(kinds: &[Kind]) -> Vec<Item> {
    let is_named = |kind: &Kind| matches!(kind, Kind::Named(_));
    let stretches = kinds.chunk_by(|a, b| is_named(a) == is_named(b));
    let items = stretches.flat_map(|stretch| match is_named(&stretch[0]) {
        true => stretch.iter().map(|kind| Item::Run(*kind)).collect(),
        false => folded(stretch),
    });
    items.collect()
}

/// How much of a text a name covers, by stretches that show it.
fn covered(name: Name, text: &[char]) -> usize {
    let (mut at, mut all) = (0, 0);
    while at < text.len() {
        let end = name.longest(text, at).unwrap_or(at);
        if end > at && name.shows_in(&text[at..end]) {
            all += end - at;
        }
        at = end.max(at + 1);
    }
    all
}

/// Addresses are of a network if of so many one has another first number, at most.
const ANOTHER: usize = 10;

/// Whether nearly all addresses in some texts have the same first number.
fn are_of_network(address: Name, texts: &[Vec<char>]) -> bool {
    let mut firsts: HashMap<&[char], usize> = HashMap::new();
    for text in texts {
        let mut places = 0..text.len();
        if let Some(start) = places.find(|at| address.longest(text, *at).is_some()) {
            let number = text[start..]
                .split(|c| *c == '.')
                .next()
                .unwrap_or_default();
            *firsts.entry(number).or_default() += 1;
        }
    }
    let all: usize = firsts.values().sum();
    let most = firsts.into_values().max().unwrap_or(0);
    (all - most) * ANOTHER <= all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(texts: &[&str]) -> Vec<String> {
        let texts: Vec<Vec<char>> = texts.iter().map(|t| t.chars().collect()).collect();
        let naming = Naming::of(&texts).only(|name| !name.is_of_words());
        let told = |item: &Item| match item {
            Item::Run(Kind::Named(name)) => name.to_string(),
            Item::Run(kind) => Shape(vec![Item::Run(*kind)]).format().to_string(),
            Item::Maybe { .. } => "...".into(),
        };
        let shape = |text: &Vec<char>| {
            let items = naming.shape(text).map(|s| s.0).unwrap_or_default();
            items.iter().map(told).collect()
        };
        texts.iter().map(shape).collect()
    }

    #[test]
    fn names_are_found_in_texts() {
        let lines = ["2024-03-01 10:00:59 up", "2024-03-02 11:30:00 down"];
        assert!(
            shapes(&lines)
                .iter()
                .all(|s| s == r"<yyyy-mm-dd> +<HH:MM:SS> +\p{Ll}+")
        );
        let mails = ["ann@example.com", "b.c@example.org"];
        assert!(shapes(&mails).iter().all(|s| s == "<local part>@+<domain>"));
        assert_eq!(shapes(&["abc", "def"]), ["", ""]);
    }

    #[test]
    fn addresses_of_a_network_are_told_by_their_numbers() {
        let apart = ["8.8.4.4", "192.168.0.1", "10.0.0.7"];
        assert!(shapes(&apart).iter().all(|s| s == "<IPv4>"));
        let network = ["10.8.4.4", "10.168.0.1", "10.0.0.7"];
        let told = shapes(&network);
        assert!(
            told.iter().all(|s| s.starts_with("<0-255>\\.+<0-255>")),
            "{told:?}"
        );
    }

    #[test]
    fn numbers_of_times_are_no_amounts() {
        let stamps = ["2024-08-09T15:14:33.862", "2024-12-14T07:39:18.870"];
        let told = shapes(&stamps);
        let begun = "<yyyy-mm-dd>\\p{Lu}+<HH:MM:SS>";
        assert!(told.iter().all(|s| s.starts_with(begun)), "{told:?}");
    }

    #[test]
    fn days_and_months_are_told_by_all_rows() {
        let dates = ["01/02/2024", "03/04/2024", "13/05/2024"];
        assert!(shapes(&dates).iter().all(|s| s == "<dd/mm/yyyy>"));
        let dates = ["01/02/2024", "03/14/2024", "12/05/2024"];
        assert!(shapes(&dates).iter().all(|s| s == "<mm/dd/yyyy>"));
    }
}
