use super::*;
use std::collections::HashSet;

#[test]
fn programs_are_canonical_and_within_any_limit() {
    let mut rng = Stream::at([41, 0, 0, 0]);
    for limit in (1..=40).chain([128, 500]) {
        let grammar = Grammar::new(limit.min(128)).unwrap();
        for _ in 0..300 {
            let regex = sample_program(&mut rng, limit);
            assert!(grammar.accepts(&regex), "{regex}");
        }
    }
}

#[test]
fn every_token_occurs_and_none_is_negligible() {
    let mut rng = Stream::at([42, 0, 0, 0]);
    let draws = 20_000;
    let mut programs_with = vec![0; Token::COUNT];
    for _ in 0..draws {
        let regex = sample_program(&mut rng, 30);
        let present: HashSet<Token> = regex.tokens().iter().copied().collect();
        present
            .iter()
            .for_each(|token| programs_with[token.index()] += 1);
    }
    for (index, &count) in programs_with.iter().enumerate().take(Token::END.index()) {
        let token = Token::from_index(index).unwrap();
        let least = if index < CHARACTERS {
            draws / 2000
        } else {
            draws / 100
        };
        assert!(count > least, "{token} in {count} of {draws}");
    }
}

#[test]
fn programs_vary() {
    let mut rng = Stream::at([43, 0, 0, 0]);
    let distinct: HashSet<Regex> = (0..2000).map(|_| sample_program(&mut rng, 30)).collect();
    assert!(distinct.len() > 1700, "{}", distinct.len());
}
