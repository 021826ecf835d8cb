//! Shapes of lists, such as paths: a mark that comes again and again, and between its first and its last the same kind of things,
//! whatever letters and digits these are of.

use super::{Item, Kind, LONGEST, Shape, kind_of, wider};

impl Shape {
    /// The shape of a text as a list; `None` where none of its marks has two things of different kinds within.
    pub(crate) fn listed(text: &[char]) -> Option<Self> {
        let mark = most_frequent_mark(text)?;
        let things: Vec<&[char]> = text.split(|c| *c == mark).collect();
        let (last, others) = things.split_last()?;
        let (first, within) = others.split_first()?;
        let within: Vec<&[char]> = within.iter().copied().filter(|t| !t.is_empty()).collect();
        let fine = |thing: &[char]| Self::kinds(thing, 0);
        let differ = within.windows(2).any(|two| fine(two[0]) != fine(two[1]));
        let kinds = within.iter().flat_map(|thing| thing.iter());
        let kind = kinds.map(|c| kind_of(*c, 2)).reduce(wider)?;
        let run = |thing: &[char]| fine(thing).into_iter().map(Item::Run).collect::<Vec<_>>();
        let more = Item::Maybe {
            runs: vec![Kind::Mark(mark), kind],
            again: true,
        };
        let items = [
            run(first),
            vec![more, Item::Run(Kind::Mark(mark))],
            run(last),
        ]
        .concat();
        (differ && items.len() <= LONGEST).then_some(Self(items))
    }
}

/// Of what is neither letter nor digit nor a blank that which stands most often, and first; at least three times.
fn most_frequent_mark(text: &[char]) -> Option<char> {
    let mut often: Vec<(char, usize)> = vec![];
    for c in text
        .iter()
        .filter(|c| !c.is_alphanumeric() && !c.is_whitespace())
    {
        match often.iter_mut().find(|(mark, _)| mark == c) {
            Some((_, n)) => *n += 1,
            None => often.push((*c, 1)),
        }
    }
    let most = often.into_iter().rev().max_by_key(|(_, n)| *n);
    most.filter(|(_, n)| *n >= 3).map(|(mark, _)| mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Option<String> {
        let text: Vec<char> = text.chars().collect();
        let format = Shape::listed(&text)?.format();
        assert!(format.accepts(&text), "{format}");
        Some(format.to_string())
    }

    #[test]
    fn lists_of_things_of_several_kinds_have_a_shape() {
        assert_eq!(
            listed("/home/2024/logs/dump12.csv").unwrap(),
            r"(?:/+[0-9A-Za-z]+)*/+\p{Ll}+[0-9]+\.+\p{Ll}+"
        );
        assert_eq!(
            listed("s3://a/b1/x-2/c.txt").unwrap(),
            r"\p{Ll}+[0-9]+:+(?:/+[\-0-9A-Z_a-z]+)*/+\p{Ll}+\.+\p{Ll}+"
        );
        // Things of one kind are folded by themselves.
        assert_eq!(listed("10.0.0.1"), None);
        assert_eq!(listed("a-1-b"), None);
    }
}
