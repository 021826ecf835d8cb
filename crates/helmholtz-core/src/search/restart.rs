//! One of the searches of an observation: its memory, and what it has seen.

use rustc_hash::FxHashSet;

use super::space::DraftOf;
use super::{Budget, Space};
use crate::memory::Memory;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// The number of a program in the table of what is known.
pub(super) type Id = usize;

/// A memory of numbers of programs.
pub(super) struct Restart {
    /// Its number among the restarts, which addresses its random numbers.
    number: u64,
    /// Restarts that it stands for: so many times as much is proposed.
    pub(super) stands_for: usize,
    pub(super) memory: Memory<Id>,
    pub(super) seen: FxHashSet<Id>,
    /// What it has seen that has a score.
    pub(super) found: FxHashSet<Id>,
    /// The best score, and the rounds since it rose.
    highest: f64,
    idle: usize,
    pub(super) over: bool,
}

/// How often an edit is edited again: some improvements have no step in between that is one.
const AGAIN: f64 = 0.3;

impl Restart {
    pub(super) fn new(number: usize, members: usize) -> Self {
        Self {
            number: number as u64,
            stands_for: 1,
            memory: Memory::new(members, None),
            seen: FxHashSet::default(),
            found: FxHashSet::default(),
            highest: f64::NEG_INFINITY,
            idle: 0,
            over: false,
        }
    }

    /// Its number among the restarts.
    pub(super) fn number(&self) -> usize {
        self.number as usize
    }

    /// The streams of the guide's draws of a round.
    pub(super) fn streams(&self, budget: &Budget, round: u64) -> Vec<Stream> {
        let each = if round == 0 {
            budget.first
        } else {
            budget.guided
        };
        let count = self.stands_for.saturating_mul(each);
        let stream = |i| Stream::at(self.address(budget, round, Purpose::Proposals.with(i)));
        (0..count as u64).map(stream).collect()
    }

    pub(super) fn address(&self, budget: &Budget, round: u64, purpose: u64) -> [u64; 4] {
        [budget.seed, self.number, round, purpose]
    }

    /// Changes of members: of the best all, or of members at random one each, of the better ones more.
    pub(super) fn edits<'a, S: Space>(
        &self,
        space: &S,
        (budget, round): (&Budget, u64),
        draft: impl Fn(Id) -> &'a DraftOf<S>,
    ) -> Vec<DraftOf<S>>
    where
        S::Program: 'a,
        S::Start: 'a,
    {
        let members = self.memory.programs();
        let mut rng = Stream::at(self.address(budget, round, Purpose::SearchEdit.tag()));
        if S::ENUMERATES {
            let parents = members
                .iter()
                .take(self.stands_for.saturating_mul(budget.edits));
            return parents
                .flat_map(|&id| space.edits(draft(id), &mut rng))
                .collect();
        }
        let mut all = vec![];
        let count = self.stands_for.saturating_mul(budget.edits);
        for _ in 0..if members.is_empty() { 0 } else { count } {
            let lot = rng.uniform();
            let parent = members[(lot * lot * members.len() as f64) as usize];
            let mut edits = space.edits(draft(parent), &mut rng);
            while rng.uniform() < AGAIN
                && let Some(edit) = edits.pop()
            {
                let again = space.edits(&edit, &mut rng);
                edits = if again.is_empty() { vec![edit] } else { again };
            }
            all.extend(edits);
        }
        all
    }

    /// Keeps the best of what has been scored.
    pub(super) fn keep(&mut self, scored: Vec<Id>, score: impl Fn(Id) -> f64) {
        self.found.extend(&scored);
        let candidates = self.memory.candidates(scored);
        let scores: Vec<f64> = candidates.iter().map(|&id| score(id)).collect();
        self.memory.keep(&candidates, &scores);
    }

    /// Notes whether there is a better program than before, and ends when there has been none for long.
    pub(super) fn note(&mut self, patience: Option<usize>, best: f64) {
        self.idle = if best > self.highest {
            0
        } else {
            self.idle + 1
        };
        self.highest = self.highest.max(best);
        self.over |= patience.is_some_and(|most| self.idle >= most);
    }

    /// Several as one, which goes on: with what all have seen, and the best of what they keep.
    pub(super) fn joined(all: &[Self], members: usize, score: impl Fn(Id) -> f64) -> Self {
        let mut joined = Self::new(all.len(), members);
        joined.stands_for = all.len();
        let seen = all.iter().flat_map(|r| &r.seen);
        joined.seen = seen.copied().collect();
        let kept = all.iter().flat_map(|r| r.memory.programs());
        joined.keep(kept.copied().collect(), &score);
        let best = joined.memory.programs().first();
        joined.highest = best.map_or(f64::NEG_INFINITY, |&id| score(id));
        joined
    }
}
