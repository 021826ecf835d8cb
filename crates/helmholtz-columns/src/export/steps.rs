//! How long an engine that backtracks may take: the ways in which the beginning of a value can be divided among parts.
//!
//! A part whose characters cannot begin what follows ends in one place only. Of others the ways are counted by where they end,
//! as if the value let all of them go on. So this is an upper bound, and an engine may have means to stay far below it.

use std::mem;

use super::open::{Node, What, nodes};
use super::{Dialect, Part};

/// Characters of a value.
const LENGTH: usize = 1000;
/// Steps that take less than 10 ms in the slowest engine.
const MOST_STEPS: f64 = 1.2e6;
/// Numbers that are added until a program is too intricate to judge.
const PATIENCE: usize = 20_000_000;

/// Why some value may take long; `None` if none does.
pub(super) fn slow(formats: &[Vec<Part>], dialect: Dialect) -> Option<String> {
    let mut walk = Walk::default();
    for format in formats {
        walk.parts(&nodes(format, dialect), Ways::start());
    }
    walk.steps += mem::take(&mut walk.passed);
    if !walk.is_over() {
        return None;
    }
    let parts: Vec<String> = walk
        .divided
        .iter()
        .map(|(part, _)| format!("`{part}`"))
        .collect();
    let why = match &parts[..] {
        [] => "there is much to compare it with".to_owned(),
        parts => format!(
            "{} can end in several places, as what follows may begin with the same characters",
            parts.join(" and ")
        ),
    };
    Some(format!(
        "a value of {LENGTH} characters may take an engine that backtracks over a million steps: {why}"
    ))
}

/// In how many ways places of a value may be come to, from the first that may be.
#[derive(Clone, Default)]
struct Ways {
    first: usize,
    counts: Vec<f64>,
}

impl Ways {
    fn start() -> Self {
        Self {
            first: 0,
            counts: vec![1.0],
        }
    }

    fn sum(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// The same so many characters later, as far as a value goes.
    fn later(&self, by: usize) -> Self {
        let first = self.first + by;
        let left = (LENGTH + 1).saturating_sub(first).min(self.counts.len());
        Self {
            first,
            counts: self.counts[..left].to_vec(),
        }
    }

    /// The same and up to so many characters later.
    fn spread(&self, most: usize) -> Self {
        let end = (self.first + self.counts.len()).saturating_add(most);
        let length = end.min(LENGTH + 1).saturating_sub(self.first);
        let mut sums = vec![0.0];
        for i in 0..length {
            sums.push(sums[i] + self.counts.get(i).unwrap_or(&0.0));
        }
        let within = |i: usize| sums[i + 1] - sums[i.saturating_sub(most)];
        Self {
            first: self.first,
            counts: (0..length).map(within).collect(),
        }
    }

    /// Leaves so many ways, those that leave most to come.
    fn keep(&mut self, mut most: f64) {
        for count in &mut self.counts {
            *count = count.min(most);
            most -= *count;
        }
    }

    fn add(&mut self, other: &Self) {
        if self.counts.is_empty() {
            self.first = other.first;
        }
        let before = self.first.saturating_sub(other.first);
        self.counts.splice(0..0, vec![0.0; before]);
        self.first -= before;
        let from = other.first - self.first;
        let length = self.counts.len().max(from + other.counts.len());
        self.counts.resize(length, 0.0);
        for (own, more) in self.counts[from..].iter_mut().zip(&other.counts) {
            *own += more;
        }
    }
}

/// Steps for the characters of a part that begins in some places, up to so many characters each.
fn passed(node: &Node<'_>, ways: &Ways, most: usize) -> f64 {
    let places = (ways.first..).zip(&ways.counts);
    let characters = places.map(|(place, n)| n * most.min(LENGTH - place) as f64);
    characters.sum::<f64>() * node.each as f64
}

/// What is counted on the way through formats.
#[derive(Default)]
struct Walk {
    /// Steps where parts begin and end.
    steps: f64,
    /// Steps for the characters on the way.
    passed: f64,
    added: usize,
    /// The parts that end in most places, and in how many.
    divided: Vec<(String, f64)>,
}

impl Walk {
    fn is_over(&self) -> bool {
        self.steps > MOST_STEPS || self.added > PATIENCE
    }

    /// Where parts end that begin in some places.
    fn parts(&mut self, nodes: &[Node<'_>], mut ways: Ways) -> Ways {
        // Where a barrier stands, and how much fewer ways lead beyond it.
        let mut barriers: Vec<(usize, f64)> = vec![];
        for (i, node) in nodes.iter().enumerate() {
            if self.is_over() || ways.counts.is_empty() {
                return Ways::default();
            }
            let before = ways.sum();
            ways = match &node.what {
                What::Character => self.characters(node, &ways),
                _ => self.repeated(node, ways),
            };
            self.added += 1 + ways.counts.len();
            let divided = ways.sum() / before;
            if divided > 1.0 {
                self.note(node.part, divided);
            }
            if let Some(barrier) = node.barrier {
                barriers.push((i + barrier.parts, divided / barrier.ends as f64));
            }
            for (_, fewer) in barriers.extract_if(.., |barrier| barrier.0 == i) {
                ways.keep(ways.sum() / fewer.max(1.0));
            }
        }
        ways
    }

    fn note(&mut self, part: &Part, places: f64) {
        let name = part.to_string();
        if !self.divided.iter().any(|(known, _)| *known == name) {
            self.divided.push((name, places));
            self.divided.sort_by(|a, b| b.1.total_cmp(&a.1));
            self.divided.truncate(2);
        }
    }

    fn characters(&mut self, node: &Node<'_>, ways: &Ways) -> Ways {
        self.steps += ways.sum() * node.each as f64;
        self.passed += passed(node, ways, node.most);
        let ends = ways.later(node.least);
        match node.is_open {
            true => ends.spread(node.most - node.least),
            false => ends,
        }
    }

    /// Words or a group, one time after another.
    fn repeated(&mut self, node: &Node<'_>, mut ways: Ways) -> Ways {
        let mut ends = Ways::default();
        let begun = ways.sum();
        let before = mem::take(&mut self.passed);
        // What is divided nowhere passes each character once.
        let once = passed(node, &ways, LENGTH);
        let mut is_divided = false;
        if node.least == 0 {
            ends.add(&ways);
        }
        for n in 1..=node.most {
            if ways.counts.is_empty() || self.is_over() {
                break;
            }
            let (again, last) = self.time(node, &ways);
            let is_open = node.is_open || is_divided || last.sum() > ways.sum();
            // Where only one number can be right, the smallest leaves most to come.
            if n == node.least || n > node.least && is_open {
                ends.add(&last);
            }
            is_divided |= again.sum() > ways.sum();
            ways = again;
        }
        if !is_divided {
            self.passed = self.passed.min(once);
            if node.ends_once() {
                ends.counts.iter_mut().for_each(|n| *n = n.min(begun));
            }
        }
        self.passed += before;
        ends
    }

    /// One time of words or a group: where it ends before another, and before what follows.
    fn time(&mut self, node: &Node<'_>, ways: &Ways) -> (Ways, Ways) {
        self.steps += ways.sum() * node.tried as f64;
        let (again, last) = match &node.what {
            What::Group { again, last } => {
                let again = self.parts(again, ways.clone());
                let (steps, passed) = (self.steps, self.passed);
                let last = last.as_ref().map(|last| self.parts(last, ways.clone()));
                let last = last.unwrap_or_else(|| again.clone());
                // Both are one to an engine, but for ends that are only right for one of them.
                if last.sum() <= ways.sum() && !self.is_over() {
                    (self.steps, self.passed) = (steps, passed);
                }
                (again, last)
            }
            What::Words(words) => {
                self.steps += ways.sum() * words.compared as f64;
                let mut all = Ways::default();
                words.ends.iter().for_each(|n| all.add(&ways.later(*n)));
                (all.clone(), all)
            }
            What::Character => (ways.clone(), ways.clone()),
        };
        self.added += 1 + again.counts.len() + last.counts.len();
        (again, last)
    }
}
