//! The memory of one observation: the best distinct programs found for it so far.
//!
//! It is a variational distribution with finite support, Q(z) proportional to p(z, x) on its members
//! (MWS, section 3). Members carry no score: parameters move, so a score is only good for the step in
//! which it was computed. A step asks for the [`Memory::candidates`], has them scored once, and lets the
//! memory [`Memory::keep`] the best: nothing is scored twice and nothing stale is ranked. Where a score is
//! an estimate (HMWS), a member may have a [`Record`]: what earlier visits learned about it.

use std::hash::Hash;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use helmholtz_math::gaussian::Gaussian;
use helmholtz_math::logsumexp;

/// What visits learned about a member whose continuous part is integrated out by sampling.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The evidence, over visits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Pooled>,
    /// A Gaussian near the posterior of the continuous part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posterior: Option<Gaussian>,
}

/// A running mean of estimates of an evidence, in logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pooled {
    /// The logarithm of the mean.
    pub log_mean: f64,
    /// How many estimates it is worth.
    pub weight: f64,
}

impl Pooled {
    /// The mean with one more estimate, where those before count `decay` times as much as they did: the
    /// model that they were made under has moved since.
    pub fn with(before: Option<Self>, estimate: f64, decay: f64) -> Self {
        let old = before.filter(|_| decay > 0.0);
        let kept = old.map_or(0.0, |o| decay * o.weight);
        let weight = kept + 1.0;
        let parts = [
            old.map_or(f64::NEG_INFINITY, |o| o.log_mean + kept.ln()),
            estimate,
        ];
        Self {
            log_mean: logsumexp(&parts) - weight.ln(),
            weight,
        }
    }
}

/// At most `capacity` distinct programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory<D> {
    capacity: usize,
    programs: Vec<D>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<D>,
    /// One per program, or none at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    records: Vec<Record>,
}

impl<D: Clone + Eq + Hash> Memory<D> {
    /// An empty memory, or one that holds `first` (a program of guaranteed support).
    pub fn new(capacity: usize, first: Option<D>) -> Self {
        Self {
            capacity,
            programs: first.into_iter().take(capacity).collect(),
            suggestions: vec![],
            records: vec![],
        }
    }

    /// The members, best first as of the last [`Memory::keep`].
    pub fn programs(&self) -> &[D] {
        &self.programs
    }

    /// What is known about member `i`, if anything.
    pub fn record(&self, i: usize) -> Option<&Record> {
        self.records.get(i)
    }

    /// Notes what is known about the members, one record each. [`Memory::keep`] forgets it.
    pub fn note(&mut self, records: Vec<Record>) {
        debug_assert_eq!(records.len(), self.programs.len());
        self.records = records;
    }

    /// The largest number of members (M).
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Programs that the next visit has to consider besides the guide's proposals, once.
    pub fn suggest(&mut self, programs: impl IntoIterator<Item = D>) {
        self.suggestions.extend(programs);
    }

    /// Members first, then suggestions and proposals that are new, each once: what has to be scored.
    pub fn candidates(&self, proposals: impl IntoIterator<Item = D>) -> Vec<D> {
        let mut seen = FxHashSet::default();
        let known = self.programs.iter().chain(&self.suggestions).cloned();
        let all = known.chain(proposals);
        all.filter(|d| seen.insert(d.clone())).collect()
    }

    /// Keeps the best of `candidates`, ranked by `scores` (log-joints), and returns their indices, best
    /// first. Ties favour the earlier candidate, hence incumbents; NaN ranks with -inf.
    ///
    /// At fixed parameters this never lowers the bound, the logsumexp of the members' log-joints
    /// (claim 2 of the paper).
    pub fn keep(&mut self, candidates: &[D], scores: &[f64]) -> Vec<usize> {
        self.keep_broadly(candidates, scores, 0, &[])
    }

    /// As [`Memory::keep`], but the last `places` go to the best by `others` of those that are not among
    /// the best by `scores`. Any set of members gives a valid bound; this one may go down.
    pub fn keep_broadly(
        &mut self,
        candidates: &[D],
        scores: &[f64],
        places: usize,
        others: &[f64],
    ) -> Vec<usize> {
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        rank(&mut order, scores);
        if places > 0 {
            let best = self.capacity.saturating_sub(places).min(order.len());
            rank(&mut order[best..], others);
            order.truncate(self.capacity);
            rank(&mut order, scores);
        }
        order.truncate(self.capacity);
        self.programs = order.iter().map(|&i| candidates[i].clone()).collect();
        self.suggestions.clear();
        self.records.clear();
        debug_assert!(self.is_valid(), "members stand twice, or are too many");
        debug_assert!(is_ranked(&order, scores), "{order:?} of {scores:?}");
        order
    }

    /// Whether the invariants hold: distinct members, no more than the capacity, and a record for each or
    /// for none.
    pub fn is_valid(&self) -> bool {
        let distinct: FxHashSet<&D> = self.programs.iter().collect();
        distinct.len() == self.programs.len()
            && self.programs.len() <= self.capacity
            && [0, self.programs.len()].contains(&self.records.len())
    }
}

/// Whether log-joints go down, none of them being infinite: that would be a density of nothing.
fn is_ranked(order: &[usize], scores: &[f64]) -> bool {
    let finite = |i: &usize| scores[*i].is_nan() || scores[*i] <= f64::MAX;
    let down = |a: &usize, b: &usize| scores[*a] >= scores[*b] || !scores[*b].is_finite();
    order.iter().all(finite) && order.is_sorted_by(down)
}

/// Sorts indices by their scores, best first; equal ones stay in order.
fn rank(order: &mut [usize], scores: &[f64]) {
    let score = |i: usize| match scores[i].is_nan() {
        true => f64::NEG_INFINITY,
        false => scores[i],
    };
    order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_math::logsumexp;
    use proptest::prelude::*;

    fn score(z: u32) -> f64 {
        -(f64::from(z) - 17.3).abs()
    }

    proptest! {
        #[test]
        fn an_update_never_lowers_the_bound_and_members_stay_distinct(
            proposals in prop::collection::vec(prop::collection::vec(0u32..60, 1..5), 1..80)
        ) {
            let mut memory = Memory::new(4, Some(59));
            let mut last = score(59);
            for batch in proposals {
                let candidates = memory.candidates(batch);
                let scores: Vec<f64> = candidates.iter().map(|&z| score(z)).collect();
                memory.keep(&candidates, &scores);
                let bound = logsumexp(&memory.programs().iter().map(|&z| score(z)).collect::<Vec<_>>());
                prop_assert!(bound >= last - 1e-12);
                prop_assert!(memory.is_valid());
                last = bound;
            }
        }
    }

    #[test]
    fn nan_and_minus_infinity_never_displace_a_finite_member() {
        let mut memory = Memory::new(1, Some('a'));
        let candidates = memory.candidates(['b', 'c', 'a']);
        assert_eq!(candidates, ['a', 'b', 'c']);
        assert_eq!(
            memory.keep(&candidates, &[-5.0, f64::NAN, f64::NEG_INFINITY]),
            [0]
        );
        assert_eq!(memory.programs(), ['a']);
    }

    #[test]
    fn pooled_evidence_is_a_mean_of_decaying_weights() {
        let first = Pooled::with(None, 2f64.ln(), 0.5);
        assert_eq!((first.log_mean, first.weight), (2f64.ln(), 1.0));
        let second = Pooled::with(Some(first), 5f64.ln(), 0.5);
        // (0.5 * 2 + 5) / 1.5
        assert!((second.log_mean - 4f64.ln()).abs() < 1e-12 && second.weight == 1.5);
        let fresh = Pooled::with(Some(second), 3f64.ln(), 0.0);
        assert_eq!(fresh.log_mean, 3f64.ln());
        let hopeless = Pooled::with(None, f64::NEG_INFINITY, 0.5);
        assert_eq!(hopeless.log_mean, f64::NEG_INFINITY);
        assert!(Pooled::with(Some(hopeless), 1.0, 0.5).log_mean.is_finite());
    }

    #[test]
    fn some_places_can_be_kept_for_the_best_by_another_score() {
        let mut memory = Memory::new(3, Some('a'));
        let candidates = memory.candidates(['b', 'c', 'd', 'e']);
        let (scores, others) = (
            [-1.0, -2.0, -3.0, -4.0, -5.0],
            [0.0, -9.0, -8.0, -1.0, -2.0],
        );
        // The best two by score, and of the rest the best by the other; best by score first.
        assert_eq!(
            memory.keep_broadly(&candidates, &scores, 1, &others),
            [0, 1, 3]
        );
        assert_eq!(memory.programs(), ['a', 'b', 'd']);
        assert_eq!(
            memory.keep_broadly(&candidates, &scores, 3, &others),
            [0, 3, 4]
        );
        assert!(memory.is_valid());
    }

    #[test]
    fn a_suggestion_is_considered_once() {
        let mut memory = Memory::new(1, Some('a'));
        memory.suggest(['b', 'c']);
        let candidates = memory.candidates(['c', 'd']);
        assert_eq!(candidates, ['a', 'b', 'c', 'd']);
        memory.keep(&candidates, &[-4.0, -1.0, -2.0, -3.0]);
        assert_eq!(memory.candidates([]), ['b']);
    }

    #[test]
    fn ties_favour_incumbents() {
        let mut memory = Memory::new(1, Some('a'));
        let candidates = memory.candidates(['b']);
        memory.keep(&candidates, &[-1.0, -1.0]);
        assert_eq!(memory.programs(), ['a']);
    }
}
