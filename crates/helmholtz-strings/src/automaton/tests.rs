use super::super::alphabet::{CHARACTERS, encode};
use super::super::parameters::COUNT;
use super::super::program::tests::programs;
use super::super::sample::sample;
use super::*;
use helmholtz_math::random::Stream;
use proptest::prelude::*;

fn log_prob(regex: &str, string: &str) -> f64 {
    let regex = Regex::parse(regex).unwrap();
    let parameters = Parameters::uniform();
    let Ok(string) = encode(string) else {
        return f64::NEG_INFINITY;
    };
    Automaton::compile(&regex, &parameters).log_prob(&string)
}

/// Log probabilities of this size agree to nine digits after the point, infinities exactly.
fn agree(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() < 1e-9
}

#[test]
fn probabilities_are_those_worked_out_by_hand() {
    // Uniform classes, every operator at one half; all parses added up.
    for (regex, string, probability) in [
        ("a", "a", 1.0),
        ("a", "", 0.0),
        ("a*", "aaa", 0.5f64.powi(4)),
        ("a+", "aaa", 0.5f64.powi(3)),
        ("a?b", "b", 0.5),
        ("a|b|c", "a", 0.5),
        ("a|b|c", "c", 0.25),
        ("(a|b)|c", "a", 0.25),
        (r"\d\u", "7Q", 0.1 / 26.0),
        (r"\s", "\t", 0.5),
        (".", "\n", 0.0),
        // H = 0.5 / (1 - 0.5 n): of a body that is empty half the time, 2/3.
        ("(a*)*", "", 2.0 / 3.0),
        ("(a?)+", "", 1.0 / 3.0),
        // One a: its own parse, times any number of empty rounds on both sides.
        ("(a?)*", "a", 2.0 / 9.0),
        // Two ways to split one character between two optional ones, or to place it in stars.
        ("a?a?", "a", 0.5),
        ("a*a*", "a", 2.0 * 0.125),
        ("a|a", "a", 1.0),
        (r"\w|\d", "7", 0.5 / 62.0 + 0.05),
    ] {
        let found = log_prob(regex, string);
        assert!(
            agree(found, probability.ln()),
            "{regex} on {string:?}: {}",
            found.exp()
        );
    }
}

#[test]
fn the_reference_values_are_met_to_nine_digits() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/regex_likelihood_oracle.tsv"
    );
    let Ok(table) = std::fs::read_to_string(path) else {
        eprintln!("skipped: {path} is absent");
        return;
    };
    for line in table.lines().skip(1) {
        let [regex, string, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns expected in {line:?}");
        };
        let string: String = serde_json::from_str(string).unwrap();
        let found = log_prob(regex, &string);
        assert!(
            agree(found, expected.parse().unwrap()),
            "{regex} on {string:?}: {found}"
        );
    }
}

/// The probabilities of all strings of a's and b's up to a length, added up.
fn sum_over_strings(automaton: &Automaton<'_>, longest: usize) -> f64 {
    let strings =
        (0..=longest).flat_map(|length| (0..1u32 << length).map(move |bits| (length, bits)));
    let one = |(length, bits): (usize, u32)| {
        let string: Vec<u8> = (0..length).map(|i| 65 + (bits >> i & 1) as u8).collect();
        automaton.log_prob(&string).exp()
    };
    strings.map(one).sum()
}

/// The probability of more characters than `longest`: what is still moving after so many steps.
fn tail(automaton: &Automaton<'_>, longest: usize) -> f64 {
    let mut moving = vec![0.0; automaton.exits.len()];
    moving[0] = 1.0;
    for _ in 0..=longest {
        let mut next = vec![0.0; moving.len()];
        for (position, mass) in moving.iter().enumerate() {
            let arcs = automaton.arcs_from(position as u16).iter();
            arcs.for_each(|arc| next[usize::from(arc.to)] += mass * arc.weight);
        }
        moving = next;
    }
    moving.iter().sum()
}

#[test]
fn probabilities_of_all_strings_sum_to_one() {
    let parameters = Parameters::uniform();
    for text in [
        "a?b?(a|b)?",
        "(a|b)*",
        "(a|ab)*b?",
        "(a*b?)+",
        "a*(a|b)?a*",
        "((a?b)*)?|a+b",
        "(a|a|ba?)+",
    ] {
        let regex = Regex::parse(text).unwrap();
        let automaton = Automaton::compile(&regex, &parameters);
        let (sum, tail) = (sum_over_strings(&automaton, 14), tail(&automaton, 14));
        assert!(
            (sum + tail - 1.0).abs() < 1e-12 && tail < 0.1,
            "{text}: {sum} {tail}"
        );
    }
}

#[test]
fn nested_empty_stars_sum_to_one_over_all_lengths() {
    let parameters = Parameters::uniform();
    for text in ["((a*)*)*", "(((a?)*)?)+", "(a*a?)*", "((aa)?a*)*a+"] {
        let regex = Regex::parse(text).unwrap();
        let automaton = Automaton::compile(&regex, &parameters);
        let by_length: Vec<f64> = (0..400)
            .map(|n| automaton.log_prob(&vec![65; n]).exp())
            .collect();
        // Geometric decay: the tail is the last term times a bounded factor.
        assert!((by_length.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{text}");
        assert!(by_length[399] < 1e-12, "{text}");
    }
}

/// The textbook way: an NFA with empty arcs, whose closure is a dense matrix inverse.
struct Dense<'p> {
    parameters: &'p Parameters,
    empty: Vec<Vec<f64>>,
    atoms: Vec<(usize, Token, usize)>,
}

impl Dense<'_> {
    fn state(&mut self) -> usize {
        self.empty.iter_mut().for_each(|row| row.push(0.0));
        self.empty.push(vec![0.0; self.empty.len() + 1]);
        self.empty.len() - 1
    }

    /// Adds a node's states; returns where it ends when it begins at `from`.
    fn add(&mut self, node: &Node, from: usize) -> usize {
        match node {
            Node::Literal(c) => self.atom(Token::literal(*c).unwrap(), from),
            Node::Class(class) => self.atom(Token::class(*class), from),
            Node::Sequence(items) => items.iter().fold(from, |at, item| self.add(item, at)),
            Node::Star(body) => self.looped(body, from),
            Node::Plus(body) => {
                let once = self.add(body, from);
                self.looped(body, once)
            }
            Node::Maybe(body) => {
                let [present, absent] = self.parameters.operator(Operator::Maybe);
                let begin = self.state();
                self.empty[from][begin] = present;
                let end = self.add(body, begin);
                let out = self.state();
                self.empty[end][out] += 1.0;
                self.empty[from][out] += absent;
                out
            }
            Node::Either(left, right) => {
                let out = self.state();
                let sides = self.parameters.operator(Operator::Either);
                for (side, probability) in [left, right].into_iter().zip(sides) {
                    let begin = self.state();
                    self.empty[from][begin] = probability;
                    let end = self.add(side, begin);
                    self.empty[end][out] += 1.0;
                }
                out
            }
        }
    }

    fn atom(&mut self, atom: Token, from: usize) -> usize {
        let to = self.state();
        self.atoms.push((from, atom, to));
        // Arcs leave from a state of their own, so that a later loop cannot capture them.
        let out = self.state();
        self.empty[to][out] = 1.0;
        out
    }

    fn looped(&mut self, body: &Node, from: usize) -> usize {
        let [again, stop] = self.parameters.operator(Operator::Repeat);
        let (head, begin, out) = (self.state(), self.state(), self.state());
        self.empty[from][head] = 1.0;
        self.empty[head][begin] = again;
        self.empty[head][out] = stop;
        let end = self.add(body, begin);
        self.empty[end][head] += 1.0;
        out
    }

    /// The row vector times (I - E)^-1, by elimination on the transposed system.
    fn closed(&self, vector: &[f64]) -> Vec<f64> {
        let n = vector.len();
        let mut rows: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let identity = |j| f64::from(u8::from(i == j));
                (0..n)
                    .map(|j| identity(j) - self.empty[j][i])
                    .chain([vector[i]])
                    .collect()
            })
            .collect();
        for k in 0..n {
            let pivot = (k..n).max_by(|&a, &b| rows[a][k].abs().total_cmp(&rows[b][k].abs()));
            rows.swap(k, pivot.unwrap());
            let pivot_row = rows[k].clone();
            for row in rows.iter_mut().skip(k + 1).filter(|row| row[k] != 0.0) {
                let factor = row[k] / pivot_row[k];
                (k..=n).for_each(|j| row[j] -= factor * pivot_row[j]);
            }
        }
        let mut solution = vec![0.0; n];
        for k in (0..n).rev() {
            let known: f64 = (k + 1..n).map(|j| rows[k][j] * solution[j]).sum();
            solution[k] = (rows[k][n] - known) / rows[k][k];
        }
        solution
    }

    fn prob(regex: &Regex, parameters: &Parameters, string: &[u8]) -> f64 {
        let mut nfa = Dense {
            parameters,
            empty: vec![vec![0.0]],
            atoms: vec![],
        };
        let end = nfa.add(regex.node(), 0);
        let mut now = vec![0.0; nfa.empty.len()];
        now[0] = 1.0;
        for &character in string {
            let closed = nfa.closed(&now);
            now.fill(0.0);
            for &(from, atom, to) in &nfa.atoms {
                now[to] += closed[from]
                    * match atom.as_class() {
                        Some(class) => parameters.emissions(class)[usize::from(character)],
                        None => f64::from(u8::from(atom.index() == usize::from(character))),
                    };
            }
        }
        nfa.closed(&now)[end]
    }
}

fn random_parameters(seed: u64) -> Parameters {
    let mut rng = Stream::at([seed, 1, 0, 0]);
    Parameters::from_logits(&[0.0; COUNT].map(|zero: f64| zero + rng.normal()))
}

proptest! {
    #[test]
    fn dense_elimination_gives_the_same_probabilities(regex in programs(), seed: u64) {
        let parameters = random_parameters(seed);
        let automaton = Automaton::compile(&regex, &parameters);
        let mut rng = Stream::at([seed, 2, 0, 0]);
        for _ in 0..4 {
            let random = (0..rng.below(3)).map(|_| rng.below(CHARACTERS) as u8).collect();
            let string = sample(&regex, &parameters, &mut rng, 10).unwrap_or(random);
            let expected = Dense::prob(&regex, &parameters, &string).max(0.0).ln();
            let found = automaton.log_prob(&string);
            prop_assert!(
                agree(found, expected) || (found == f64::NEG_INFINITY && expected < -30.0),
                "{} {:?}: {} {}", regex, string, found, expected
            );
        }
    }

    #[test]
    fn what_leaves_each_position_sums_to_one(regex in programs(), seed: u64) {
        let parameters = random_parameters(seed);
        let automaton = Automaton::compile(&regex, &parameters);
        for position in 0..automaton.exits.len() as u16 {
            let arcs: f64 = automaton.arcs_from(position).iter().map(|arc| arc.weight).sum();
            let total = arcs + automaton.exits[usize::from(position)];
            prop_assert!((total - 1.0).abs() < 1e-12, "{} {}", position, total);
        }
    }
}

#[test]
fn extreme_parameters_keep_a_distribution() {
    let regex = Regex::parse("((a?)*b?)*").unwrap();
    for signs in 0..8 {
        let mut logits = [0.0; COUNT];
        (0..3).for_each(|k| logits[COUNT - 3 + k] = if signs >> k & 1 == 1 { 1e9 } else { -1e9 });
        let parameters = Parameters::from_logits(&logits);
        let automaton = Automaton::compile(&regex, &parameters);
        for position in 0..automaton.exits.len() as u16 {
            let arcs: f64 = automaton
                .arcs_from(position)
                .iter()
                .map(|arc| arc.weight)
                .sum();
            assert!((arcs + automaton.exits[usize::from(position)] - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn parallel_arcs_are_merged() {
    let regex = Regex::parse("((a*)*)*").unwrap();
    let parameters = Parameters::uniform();
    let automaton = Automaton::compile(&regex, &parameters);
    assert_eq!(
        (automaton.arcs_from(0).len(), automaton.arcs_from(1).len()),
        (1, 1)
    );
}
