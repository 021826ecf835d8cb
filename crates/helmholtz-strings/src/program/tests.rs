use super::*;
use proptest::prelude::*;

/// Any tree over the given atoms, with whatever nesting, sequences in sequences included.
pub(in super::super) fn nodes(atoms: Vec<Node>) -> impl Strategy<Value = Node> {
    proptest::sample::select(atoms).prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|body| Node::Star(Box::new(body))),
            inner.clone().prop_map(|body| Node::Plus(Box::new(body))),
            inner.clone().prop_map(|body| Node::Maybe(Box::new(body))),
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| Node::Either(Box::new(left), Box::new(right))),
            proptest::collection::vec(inner, 1..4).prop_map(Node::Sequence),
        ]
    })
}

/// Any program over a few atoms that overlap each other.
pub(in super::super) fn programs() -> impl Strategy<Value = Regex> {
    let literals = [17, 33, 65, 0].map(Node::Literal);
    let classes = Class::ALL.map(Node::Class);
    nodes([&literals[..], &classes[..]].concat())
        .prop_map(|node| Regex::from_node(&node).expect("small trees are programs"))
}

fn parse(text: &str) -> Regex {
    Regex::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The same tree with sequences flattened and one-item sequences dropped.
fn flattened(node: &Node) -> Node {
    let boxed = |node: &Node| Box::new(flattened(node));
    match node {
        Node::Literal(_) | Node::Class(_) => node.clone(),
        Node::Star(body) => Node::Star(boxed(body)),
        Node::Plus(body) => Node::Plus(boxed(body)),
        Node::Maybe(body) => Node::Maybe(boxed(body)),
        Node::Either(left, right) => Node::Either(boxed(left), boxed(right)),
        Node::Sequence(items) => {
            let mut flat = Vec::new();
            for item in items {
                match flattened(item) {
                    Node::Sequence(inner) => flat.extend(inner),
                    item => flat.push(item),
                }
            }
            if flat.len() == 1 {
                flat.remove(0)
            } else {
                Node::Sequence(flat)
            }
        }
    }
}

proptest! {
    #[test]
    fn printing_then_parsing_is_the_identity_on_trees(
        node in nodes((0..96).map(Node::Literal).chain(Class::ALL.map(Node::Class)).collect())
    ) {
        let regex = Regex::from_node(&node).unwrap();
        prop_assert_eq!(regex.node(), &flattened(&node));
        let again = parse(&regex.to_string());
        prop_assert_eq!(again.node(), regex.node());
        prop_assert_eq!(&again, &regex);
        let json = serde_json::to_string(&regex).unwrap();
        prop_assert_eq!(serde_json::from_str::<Regex>(&json).unwrap(), regex);
    }

    #[test]
    fn no_bracket_can_be_left_out(regex in programs()) {
        let tokens = regex.tokens();
        for open in (0..tokens.len()).filter(|&i| tokens[i] == Token::OPEN) {
            let mut depth = 0;
            let close = (open..tokens.len()).find(|&i| {
                depth += i32::from(tokens[i] == Token::OPEN) - i32::from(tokens[i] == Token::CLOSE);
                depth == 0
            });
            let keep = |i: &usize| *i != open && Some(*i) != close;
            let fewer: Vec<Token> = (0..tokens.len()).filter(keep).map(|i| tokens[i]).collect();
            prop_assert!(Regex::from_tokens(&fewer).ok().as_ref() != Some(&regex));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in r"([ -~\t]|[*+?|()\\.]|é){0,40}") {
        match Regex::parse(&text) {
            Ok(regex) => prop_assert_eq!(parse(&regex.to_string()), regex),
            Err(error) => prop_assert!(error.position <= text.chars().count()),
        }
    }
}

#[test]
fn brackets_that_change_nothing_are_dropped() {
    for (text, printed) in [
        ("(a)", "a"),
        ("a|(b|c)", "a|b|c"),
        ("(a|b)|c", "(a|b)|c"),
        ("((ab)c)d", "abcd"),
        ("(a)*", "a*"),
        ("((a*)*)*", "((a*)*)*"),
        ("(a|b)", "a|b"),
        ("x(a|b)", "x(a|b)"),
        ("x|(ab)", "x|ab"),
        ("(a|(bc))d", "(a|bc)d"),
        (r"[\d+]$^{}\t\\\|", r"[\d+]$^{}\t\\\|"),
    ] {
        assert_eq!(parse(text).to_string(), printed);
    }
}

#[test]
fn precedence_is_the_standard_one() {
    let [a, b, c] = [65, 66, 67].map(Node::Literal);
    let star = Node::Star(Box::new(b));
    let sequence = Node::Sequence(vec![a, star]);
    assert_eq!(
        parse("ab*|c").node(),
        &Node::Either(Box::new(sequence), Box::new(c))
    );
}

#[test]
fn errors_say_where_and_what() {
    for (text, position, problem) in [
        ("", 0, Problem::Empty),
        ("a||b", 2, Problem::Empty),
        ("a|", 2, Problem::Empty),
        ("|a", 0, Problem::Empty),
        ("a()", 2, Problem::Empty),
        ("*a", 0, Problem::Dangling),
        ("a|*", 2, Problem::Dangling),
        (r"\da**", 4, Problem::Stacked),
        ("ab(c", 2, Problem::Unclosed),
        (r"\d)", 2, Problem::Unopened),
        (r"\da\n", 3, Problem::UnknownEscape),
        ("a\\", 1, Problem::UnknownEscape),
        ("aé", 1, Problem::OutsideAlphabet),
    ] {
        let error = Regex::parse(text).unwrap_err();
        assert_eq!(
            (error.position, error.problem),
            (position, problem),
            "{text}: {error}"
        );
    }
    let error = Regex::from_tokens(&[Token::class(Class::Any), Token::END]).unwrap_err();
    assert_eq!((error.position, error.problem), (1, Problem::EndInside));
}

#[test]
fn length_and_depth_are_bounded_and_nothing_overflows_the_stack() {
    let problem = |text: &str| Regex::parse(text).unwrap_err().problem;
    assert!(Regex::parse(&"a".repeat(512)).is_ok());
    assert_eq!(problem(&"a".repeat(513)), Problem::TooLong);
    assert_eq!(problem(&"(".repeat(500)), Problem::TooDeep);
    assert_eq!(problem(&"(".repeat(100_000)), Problem::TooLong);
    let nested = |depth| format!("{}ab{}", "(".repeat(depth), ")*".repeat(depth));
    assert_eq!(parse(&nested(128)).to_string(), nested(128));
    assert_eq!(problem(&nested(129)), Problem::TooDeep);
    assert_eq!(problem(&vec!["a"; 150].join("|")), Problem::TooDeep);
}

#[test]
fn trees_that_are_no_program_are_refused() {
    let problem = |node| Regex::from_node(&node).unwrap_err().problem;
    assert_eq!(problem(Node::Literal(96)), Problem::NoSuchCharacter);
    assert_eq!(
        problem(Node::Star(Box::new(Node::Sequence(vec![])))),
        Problem::Empty
    );
    let tall = (0..1000).fold(Node::Literal(0), |node, _| Node::Star(Box::new(node)));
    assert_eq!(problem(tall), Problem::TooDeep);
    assert_eq!(
        problem(Node::Sequence(vec![Node::Literal(0); 600])),
        Problem::TooLong
    );
}

#[test]
fn equality_and_order_follow_the_tokens() {
    assert_eq!(parse("(a)|((b)c)"), parse("a|bc"));
    assert_ne!(parse("(a|b)|c"), parse("a|b|c"));
    assert!(parse("a") < parse("ab"));
    assert_eq!("a+".parse::<Regex>(), Ok(parse("a+")));
    assert!(serde_json::from_str::<Regex>("\"a**\"").is_err());
}
