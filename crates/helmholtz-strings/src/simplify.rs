//! Simpler programs for the same set of strings.
//!
//! Which of two ways a string is made changes its probability, and a search makes use of that: in
//! `(\d|\d?)` a digit is there three times out of four. For an engine that only asks whether a string
//! matches, `\d?` says the same.

use super::program::Node;

/// A program for the same strings without alternatives that another one includes. Probabilities change.
pub(super) fn simplified(node: &Node) -> Node {
    let boxed = |body: &Node| Box::new(simplified(body));
    match node {
        Node::Literal(_) | Node::Class(_) => node.clone(),
        Node::Star(body) | Node::Plus(body) | Node::Maybe(body) => repeated(node, simplified(body)),
        Node::Sequence(items) => {
            Node::Sequence(items.iter().map(simplified).flat_map(flat).collect())
        }
        Node::Either(left, right) => match (boxed(left), boxed(right)) {
            (left, right) if includes(&left, &right) => *left,
            (left, right) if includes(&right, &left) => *right,
            (left, right) => Node::Either(left, right),
        },
    }
}

/// The items of a sequence, or a node alone.
fn flat(node: Node) -> Vec<Node> {
    match node {
        Node::Sequence(items) => items,
        single => vec![single],
    }
}

/// `body` with the operator of `outer`, as one operator.
fn repeated(outer: &Node, body: Node) -> Node {
    match (outer, body) {
        (Node::Maybe(_), Node::Maybe(inner)) => Node::Maybe(inner),
        (Node::Plus(_), Node::Plus(inner)) => Node::Plus(inner),
        (_, Node::Star(inner) | Node::Plus(inner) | Node::Maybe(inner)) => Node::Star(inner),
        (Node::Star(_), body) => Node::Star(Box::new(body)),
        (Node::Plus(_), body) => Node::Plus(Box::new(body)),
        (_, body) => Node::Maybe(Box::new(body)),
    }
}

/// Whether every string of `b` is one of `a`, as far as is seen at a glance.
fn includes(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (a, b) if a == b => true,
        (a, Node::Either(left, right)) => includes(a, left) && includes(a, right),
        (Node::Either(left, right), b) => includes(left, b) || includes(right, b),
        (Node::Class(class), Node::Literal(character)) => class.contains(*character),
        (Node::Class(class), Node::Class(other)) => other.members().all(|c| class.contains(c)),
        (Node::Star(a), Node::Star(b) | Node::Plus(b) | Node::Maybe(b)) => includes(a, b),
        (Node::Plus(a), Node::Plus(b)) | (Node::Maybe(a), Node::Maybe(b)) => includes(a, b),
        (Node::Star(a) | Node::Plus(a) | Node::Maybe(a), b) => includes(a, b),
        (Node::Sequence(a), Node::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| includes(a, b))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::program::Regex;

    fn exported(text: &str) -> String {
        Regex::parse(text).unwrap().export()
    }

    #[test]
    fn an_alternative_that_another_includes_is_left_out() {
        for (text, expected) in [
            (r"\d(\d|\d?)", "^[0-9]{1,2}$"),
            (r"(\l+|\l)x", "^[a-z]+x$"),
            (r"a|\l|-|\w", "^(?:-|[0-9A-Za-z])$"),
            (r"(\d|\d?)?", "^[0-9]?$"),
            (r"(\d\d|\d\d?)x", "^[0-9]{1,2}x$"),
            (r"ab|ac", "^(?:ab|ac)$"),
            (r"(a|b)|(b|a)", "^(?:a|b)$"),
        ] {
            assert_eq!(exported(text), expected, "{text}");
        }
    }

    #[test]
    fn one_operator_stands_for_two() {
        for (text, expected) in [
            (r"(\d|\d?)+", "^[0-9]*$"),
            (r"(\d|\d+)?", "^[0-9]*$"),
            (r"(\d+|\d)+", "^[0-9]+$"),
            (r"(\d*|\d)?", "^[0-9]*$"),
        ] {
            assert_eq!(exported(text), expected, "{text}");
        }
    }
}
