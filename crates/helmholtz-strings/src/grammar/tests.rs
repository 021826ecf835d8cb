use super::super::program::Node;
use super::*;
use helmholtz_math::random::Stream;
use std::collections::{HashMap, HashSet};

fn tokens(text: &str) -> Vec<Token> {
    text.chars()
        .map(|c| Regex::parse(&c.to_string()).map_or_else(|_| operator(c), |r| r.tokens()[0]))
        .collect()
}

fn operator(character: char) -> Token {
    match character {
        '*' => Token::STAR,
        '+' => Token::PLUS,
        '?' => Token::MAYBE,
        '|' => Token::OR,
        '(' => Token::OPEN,
        ')' => Token::CLOSE,
        other => panic!("{other} is no operator"),
    }
}

fn grammar(limit: usize) -> Grammar {
    Grammar::new(limit).unwrap()
}

/// Canonical by the tree: no repeat directly in a repeat, no choice directly left of a choice.
fn is_canonical(node: &Node) -> bool {
    let is_repeat = |node: &Node| matches!(node, Node::Star(_) | Node::Plus(_) | Node::Maybe(_));
    match node {
        Node::Literal(_) | Node::Class(_) => true,
        Node::Star(body) | Node::Plus(body) | Node::Maybe(body) => {
            !is_repeat(body) && is_canonical(body)
        }
        Node::Either(left, right) => {
            !matches!(**left, Node::Either(..)) && is_canonical(left) && is_canonical(right)
        }
        Node::Sequence(items) => items.iter().all(is_canonical),
    }
}

/// The definition: reads as a program, prints as itself, and its tree is canonical.
fn is_canonical_sequence(tokens: &[Token]) -> bool {
    Regex::from_tokens(tokens)
        .is_ok_and(|regex| regex.tokens() == tokens && is_canonical(regex.node()))
}

/// All sequences over a vocabulary of at most `limit` tokens.
fn all_sequences(vocabulary: &[Token], limit: usize) -> Vec<Vec<Token>> {
    let mut all = vec![vec![]];
    let mut longest = 0..1;
    for _ in 0..limit {
        for i in longest.clone() {
            for &token in vocabulary {
                all.push([&all[i][..], &[token]].concat());
            }
        }
        longest = longest.end..all.len();
    }
    all
}

/// Writes all programs that the masks allow; a prefix without a continuation is a dead end.
fn written(state: State, vocabulary: &[Token], prefix: &mut Vec<Token>, out: &mut Vec<Vec<Token>>) {
    let allowed = state.allowed();
    let before = out.len();
    if allowed.allows(Kind::End) {
        out.push(prefix.clone());
    }
    for &token in vocabulary
        .iter()
        .filter(|&&token| allowed.allows_token(token))
    {
        let mut next = state;
        next.push(token);
        prefix.push(token);
        written(next, vocabulary, prefix, out);
        prefix.pop();
    }
    assert!(out.len() > before, "dead end after {prefix:?}");
}

fn masks_write_exactly_the_canonical_programs(vocabulary: &str, limit: usize) {
    let vocabulary = tokens(vocabulary);
    let canonical: Vec<Vec<Token>> = all_sequences(&vocabulary, limit)
        .into_iter()
        .filter(|sequence| is_canonical_sequence(sequence))
        .collect();
    for limit in 1..=limit {
        let mut out = Vec::new();
        written(
            grammar(limit).start(),
            &vocabulary,
            &mut Vec::new(),
            &mut out,
        );
        let within = canonical.iter().filter(|sequence| sequence.len() <= limit);
        let expected: HashSet<&Vec<Token>> = within.collect();
        assert_eq!(out.len(), expected.len(), "limit {limit}");
        assert!(
            out.iter().all(|sequence| expected.contains(sequence)),
            "limit {limit}"
        );
    }
}

#[test]
fn masks_write_exactly_the_canonical_programs_over_six_tokens() {
    masks_write_exactly_the_canonical_programs("ab*|()", 7);
}

#[test]
fn masks_write_exactly_the_canonical_programs_of_nine_tokens() {
    masks_write_exactly_the_canonical_programs("a+|()", 9);
}

/// The probability of each program when every allowed token is equally likely.
fn total(state: State, vocabulary: &[Token]) -> f64 {
    let allowed = state.allowed();
    let choices: Vec<Token> = vocabulary
        .iter()
        .copied()
        .filter(|&token| allowed.allows_token(token))
        .collect();
    let of_token = |token: Token| {
        let mut next = state;
        next.push(token);
        if token == Token::END {
            1.0
        } else {
            total(next, vocabulary)
        }
    };
    choices
        .iter()
        .map(|&token| of_token(token) / choices.len() as f64)
        .sum()
}

#[test]
fn the_masked_uniform_distribution_sums_to_one() {
    let mut vocabulary = tokens("abc*+?|()");
    vocabulary.push(Token::END);
    for limit in [1, 2, 3, 4, 5, 6] {
        assert!(
            (total(grammar(limit).start(), &vocabulary) - 1.0).abs() < 1e-12,
            "{limit}"
        );
    }
}

/// All states up to a bracket level, reached by legal tokens with no regard to the limit.
fn states(levels: u8) -> HashSet<State> {
    let mut found = HashSet::from([grammar(100).start()]);
    let mut open: Vec<State> = found.iter().copied().collect();
    while let Some(state) = open.pop() {
        for next in successors(state).filter(|next| next.depth <= levels) {
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}

/// The legal next states, all with the same number of tokens remaining.
fn successors(state: State) -> impl Iterator<Item = State> {
    Kind::ALL
        .into_iter()
        .filter(move |&kind| kind != Kind::End && state.is_legal(kind))
        .map(move |kind| State {
            remaining: 100,
            ..state.after(kind)
        })
}

#[test]
fn the_tokens_needed_are_those_of_the_shortest_completion() {
    let states = states(5);
    assert!(states.len() > 1000);
    let mut needed: HashMap<State, u8> = HashMap::new();
    for steps in 0..=40 {
        let found: Vec<State> = states
            .iter()
            .copied()
            .filter(|state| !needed.contains_key(state))
            .filter(|state| match steps {
                0 => state.is_legal(Kind::End),
                _ => successors(*state).any(|next| needed.contains_key(&next)),
            })
            .collect();
        needed.extend(found.into_iter().map(|state| (state, steps)));
    }
    for state in &states {
        assert_eq!(needed.get(state), Some(&state.needed()), "{state:?}");
        let detours = successors(*state).map(|next| next.needed().saturating_sub(state.needed()));
        assert!(detours.max() <= Some(LARGEST_DETOUR), "{state:?}");
    }
}

#[test]
fn random_writing_never_gets_stuck_at_any_limit() {
    let mut rng = Stream::at([3, 0, 0, 0]);
    for limit in 1..=Grammar::MAX_TOKENS {
        let mut state = grammar(limit).start();
        let mut written = Vec::new();
        loop {
            let allowed = state.allowed();
            // Opening whenever possible leads to the deepest nesting.
            let open = if limit % 2 == 0 { 50.0 } else { 1.0 };
            let weights = Kind::ALL.map(|kind| match kind {
                _ if !allowed.allows(kind) => 0.0,
                Kind::Open => open,
                _ => 1.0,
            });
            let kind = Kind::ALL[rng.categorical(&weights).expect("some token is allowed")];
            if kind == Kind::End {
                break;
            }
            written.push(Token::from_index(kind.tokens().start).unwrap());
            state.push(written[written.len() - 1]);
        }
        assert!(written.len() <= limit && is_canonical_sequence(&written));
    }
}

#[test]
fn masks_meet_every_token_and_the_end() {
    let masks = grammar(6).masks(&tokens("(a|b)*"));
    assert_eq!(masks.len(), 7);
    let allowed = |i: usize| -> Vec<Kind> {
        Kind::ALL
            .into_iter()
            .filter(|&kind| masks[i].allows(kind))
            .collect()
    };
    assert_eq!(allowed(0), [Kind::Atom, Kind::Open]);
    assert_eq!(allowed(6), [Kind::End]);
    assert_eq!(masks[0].bits(), 0b001001);
}

#[test]
fn brackets_need_a_reason() {
    let accepts = |text: &str| grammar(20).accepts_tokens(&tokens(text));
    for text in [
        "(a)*", "(a*)*", "(ab)", "(ab)c", "(a|b)", "(a|b)|c", "((a|b))*", "a|(b|c)", "a**",
    ] {
        assert!(!accepts(text), "{text}");
    }
    for text in [
        "(ab)*",
        "(a|b)*",
        "(a|b)c",
        "a(b|c)",
        "(a|b)*|c",
        "((a|b)c)*",
        "(a|(b|c)d)*",
    ] {
        assert!(accepts(text), "{text}");
    }
    assert!(!grammar(3).accepts(&Regex::parse("abcd").unwrap()));
}

#[test]
fn limits_outside_the_range_are_refused() {
    assert_eq!(Grammar::new(0), Err(LimitOutOfRange(0)));
    assert_eq!(Grammar::new(129), Err(LimitOutOfRange(129)));
    assert_eq!(grammar(30).max_tokens(), 30);
}

#[test]
fn sequences_that_are_no_program_are_survived() {
    let mut rng = Stream::at([4, 0, 0, 0]);
    for _ in 0..200 {
        let kind = Kind::ALL[rng.below(6)].tokens().start;
        let any = |rng: &mut Stream| {
            if rng.uniform() < 0.9 {
                kind
            } else {
                97 + rng.below(12)
            }
        };
        let sequence: Vec<Token> = (0..600)
            .filter_map(|_| Token::from_index(any(&mut rng)))
            .collect();
        assert_eq!(grammar(30).masks(&sequence).len(), 601);
        assert!(!grammar(30).accepts_tokens(&sequence));
    }
}
