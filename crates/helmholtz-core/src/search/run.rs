//! The search itself.

use std::hash::Hash;
use std::time::Instant;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::restart::{Id, Restart};
use super::space::{DraftOf, MemberOf};
use super::{Agreement, Budget, Confidence, Member, Space, Trust};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::softmax;

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior<P, C = (), N = ()> {
    /// The best programs, best first.
    pub members: Vec<Member<P, C, N>>,
    /// What they are as answers, the most probable first.
    pub answers: Vec<Same>,
    /// What the restarts say about each other.
    pub agreement: Agreement,
    /// Programs that were screened.
    pub screened: u64,
    /// Programs that were scored.
    pub scored: u64,
    /// Whether the budget of time or evaluations, or four million programs, ended the search before its last round.
    pub cut: bool,
}

impl<P, C, N> Posterior<P, C, N> {
    /// The weights of the members among themselves: p(z, x), normalised over what was found.
    pub fn weights(&self) -> Vec<f64> {
        let joints: Vec<f64> = self.members.iter().map(|m| m.log_joint).collect();
        softmax(&joints)
    }

    /// How far the members are to be trusted, as far as somebody's confidence goes; not at all where there are none.
    pub fn trust(&self, confidence: &Confidence) -> Trust {
        match self.members.is_empty() {
            true => Trust {
                agreement: self.agreement,
                not_found: 1.0,
            },
            false => Trust::of(self.agreement, confidence),
        }
    }
}

/// Members that are one answer ([`Space::same_answer`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Same {
    /// Their weight together; those of all answers sum to 1.
    pub weight: f64,
    /// Their places, best first.
    pub members: Vec<usize>,
}

/// What a search of a space finds.
pub type PosteriorOf<S> = Posterior<<S as Space>::Program, <S as Space>::Start, <S as Space>::Note>;

/// The best programs of a space, best first.
///
/// The same budget gives the same answer, to the last bit, at any number of threads, unless it is of time.
pub fn search<S: Space>(space: &S, budget: &Budget) -> PosteriorOf<S> {
    search_with(space, budget, vec![])
}

/// The same where somebody else has proposals, too. They are dealt to the restarts in turn, so that these still know
/// nothing of each other; where there are fewer than restarts, each gets all.
pub fn search_with<S: Space>(
    space: &S,
    budget: &Budget,
    offered: Vec<DraftOf<S>>,
) -> PosteriorOf<S> {
    let mut search = Search::new(space, budget);
    search.offered = offered;
    let mut restarts: Vec<Restart> = (0..budget.restarts.max(1))
        .map(|number| Restart::new(number, budget.members))
        .collect();
    let (apart, mut cut) = (budget.apart(), false);
    cut |= search.rounds(&mut restarts, 0..=apart);
    let mut answer = [Restart::joined(&restarts, budget.members, |id| {
        search.score(id)
    })];
    if restarts.len() > 1 {
        cut |= search.rounds(&mut answer, apart + 1..=budget.rounds);
    }
    let [answer] = answer;
    search.told(&restarts, &answer, cut)
}

/// The most programs that a search remembers, in about a gigabyte: no round begins beyond.
const MOST_KNOWN: usize = 1 << 22;

/// What is known of a program.
struct Known<S: Space> {
    draft: DraftOf<S>,
    screen: f64,
    /// Whether it has been scored.
    tried: bool,
    member: Option<MemberOf<S>>,
}

/// What all restarts share: what they have screened and scored.
struct Search<'a, S: Space> {
    space: &'a S,
    budget: &'a Budget,
    began: Instant,
    ids: FxHashMap<S::Program, Id>,
    known: Vec<Known<S>>,
    scored: u64,
    /// What somebody else proposed.
    offered: Vec<DraftOf<S>>,
}

impl<'a, S: Space> Search<'a, S> {
    fn new(space: &'a S, budget: &'a Budget) -> Self {
        Self {
            space,
            budget,
            began: Instant::now(),
            ids: FxHashMap::default(),
            known: vec![],
            scored: 0,
            offered: vec![],
        }
    }

    fn score(&self, id: Id) -> f64 {
        let member = self.known[id].member.as_ref();
        member.map_or(f64::NEG_INFINITY, |m| m.log_joint)
    }

    /// Whether nothing is left of the budget, or of the room.
    fn spent(&self) -> bool {
        let time = self.budget.time();
        let evaluations = self.budget.evaluations;
        self.known.len() >= MOST_KNOWN
            || evaluations.is_some_and(|most| self.known.len() as u64 >= most)
            || time.is_some_and(|most| self.began.elapsed() >= most)
    }

    /// Some rounds of restarts side by side; whether the budget ended them.
    fn rounds(
        &mut self,
        restarts: &mut [Restart],
        rounds: std::ops::RangeInclusive<usize>,
    ) -> bool {
        for round in rounds {
            if restarts.iter().all(|r| r.over) {
                return false;
            }
            if self.spent() {
                return true;
            }
            self.round(restarts, round as u64);
        }
        false
    }

    fn round(&mut self, restarts: &mut [Restart], round: u64) {
        let mut active: Vec<&mut Restart> = restarts.iter_mut().filter(|r| !r.over).collect();
        let proposed = self.proposed(&active, round);
        let first = self.known.len();
        let each = active.iter_mut().zip(proposed);
        let fresh: Vec<Vec<Id>> = each.map(|(r, drafts)| self.fresh(r, drafts)).collect();
        self.screen(first, &active);
        let each = active.iter().zip(&fresh);
        let worthy = each.map(|(r, ids)| self.worthy(ids, r.stands_for));
        let worthy: Vec<Vec<Id>> = worthy.collect();
        self.score_all(&worthy);
        for ((restart, worthy), fresh) in active.into_iter().zip(worthy).zip(fresh) {
            let finite = worthy.into_iter().filter(|&id| self.score(id).is_finite());
            restart.keep(finite.collect(), |id| self.score(id));
            let best = restart.memory.programs().first().map(|&id| self.score(id));
            restart.note(self.budget.patience, best.unwrap_or(f64::NEG_INFINITY));
            restart.over |= S::ENUMERATES && round > 0 && fresh.is_empty();
        }
    }

    /// The proposals of each restart. The guide is asked for all of them at once.
    fn proposed(&self, active: &[&mut Restart], round: u64) -> Vec<Vec<DraftOf<S>>> {
        let budget = self.budget;
        let streams = active.iter().map(|r| r.streams(budget, round));
        let streams: Vec<Vec<Stream>> = streams.collect();
        let counts: Vec<usize> = streams.iter().map(Vec::len).collect();
        let mut streams: Vec<Stream> = streams.into_iter().flatten().collect();
        let mut drawn = match streams.is_empty() {
            true => vec![],
            false => self.space.propose(&mut streams),
        }
        .into_iter();
        let others = active.par_iter().map(|restart| match round {
            0 => {
                let address = restart.address(budget, 0, Purpose::Seeds.tag());
                let (first, step) = match budget.restarts {
                    all if all <= self.offered.len() => (restart.number(), all.max(1)),
                    _ => (0, 1),
                };
                let own = self.offered.iter().skip(first).step_by(step).cloned();
                let seeds = self
                    .space
                    .seeds(&mut Stream::at(address), budget.restarts <= 1);
                seeds.into_iter().chain(own).collect()
            }
            _ => {
                let draft = |id: Id| match &self.known[id].member {
                    Some(member) => &member.draft,
                    None => &self.known[id].draft,
                };
                restart.edits(self.space, (budget, round), draft)
            }
        });
        let others: Vec<_> = others.collect();
        let both =
            |(others, count): (Vec<_>, usize)| drawn.by_ref().take(count).chain(others).collect();
        others.into_iter().zip(counts).map(both).collect()
    }

    /// The numbers of the drafts that a restart has not seen before.
    fn fresh(&mut self, restart: &mut Restart, drafts: Vec<DraftOf<S>>) -> Vec<Id> {
        let mut fresh = vec![];
        for draft in drafts {
            let next = self.known.len();
            let id = *self.ids.entry(draft.program.clone()).or_insert(next);
            if id == next {
                self.known.push(Known {
                    draft,
                    screen: f64::NEG_INFINITY,
                    tried: false,
                    member: None,
                });
            }
            if restart.seen.insert(id) {
                fresh.push(id);
            }
        }
        fresh
    }

    /// Screens what is known since `first`. What would not stay in any restart's memory need not be.
    fn screen(&mut self, first: Id, active: &[&mut Restart]) {
        let worst = |r: &&mut Restart| match r.memory.programs() {
            full if full.len() == self.budget.members => full.last().map(|&id| self.score(id)),
            _ => None,
        };
        let worst = active.iter().map(|r| worst(r).unwrap_or(f64::NEG_INFINITY));
        let least = worst.fold(f64::INFINITY, f64::min);
        let drafts = self.known[first..].iter().map(|k| k.draft.clone());
        let mut drafts: Vec<_> = drafts.collect();
        if drafts.is_empty() {
            return;
        }
        let screens = self.space.screen(&mut drafts, least);
        let all = self.known[first..].iter_mut().zip(drafts).zip(screens);
        for ((known, draft), screen) in all {
            known.draft = draft;
            known.screen = if screen.is_nan() {
                f64::NEG_INFINITY
            } else {
                screen
            };
        }
    }

    /// Those that look best of what is new to a restart.
    fn worthy(&self, fresh: &[Id], times: usize) -> Vec<Id> {
        let most = self.budget.scored.unwrap_or(usize::MAX);
        let most = most.saturating_mul(times);
        let screen = |id: &Id| self.known[*id].screen;
        let possible = fresh.iter().filter(|id| screen(id) > f64::NEG_INFINITY);
        let mut ids: Vec<Id> = possible.copied().collect();
        if ids.len() > most {
            ids.sort_by(|a, b| screen(b).total_cmp(&screen(a)));
            ids.truncate(most);
        }
        ids
    }

    /// Scores what no restart has scored before.
    fn score_all(&mut self, worthy: &[Vec<Id>]) {
        let mut new = vec![];
        for &id in worthy.iter().flatten() {
            if !std::mem::replace(&mut self.known[id].tried, true) {
                new.push(id);
            }
        }
        if new.is_empty() {
            return;
        }
        let drafts: Vec<_> = new.iter().map(|&id| self.known[id].draft.clone()).collect();
        self.scored += new.len() as u64;
        for (id, member) in new.into_iter().zip(self.space.score(&drafts)) {
            self.known[id].member = member.filter(|m| m.log_joint.is_finite());
        }
    }

    /// What was found, and how far to trust it.
    fn told(self, restarts: &[Restart], answer: &Restart, cut: bool) -> PosteriorOf<S> {
        let kept = answer.memory.programs().iter();
        let members = kept.filter_map(|&id| self.known[id].member.clone());
        let members = self.space.settle(members.collect());
        let answers = answers(self.space, &members).into_iter();
        let mut posterior = Posterior {
            answers: answers.map(|a| a.1).collect(),
            members,
            agreement: Agreement::default(),
            screened: self.known.len() as u64,
            scored: self.scored,
            cut,
        };
        posterior.agreement = Agreement {
            cut,
            ..self.agreement(restarts, &posterior)
        };
        posterior
    }

    fn agreement(&self, restarts: &[Restart], posterior: &PosteriorOf<S>) -> Agreement {
        let who = |member: &MemberOf<S>| -> Vec<usize> {
            let id = self.ids.get(&member.draft.program);
            let found = |r: &Restart| id.is_some_and(|id| r.found.contains(id));
            (0..restarts.len())
                .filter(|&i| found(&restarts[i]))
                .collect()
        };
        let times_found = |answer: &Same| {
            let all = answer.members.iter();
            let all = all.flat_map(|&i| who(&posterior.members[i]));
            (all.collect::<FxHashSet<usize>>().len(), answer.weight)
        };
        let found: Vec<(usize, f64)> = posterior.answers.iter().map(times_found).collect();
        let key = |member: &MemberOf<S>| self.space.same_answer(member);
        let ends = restarts.iter().map(|r| r.memory.programs().first());
        let ends = ends.map(|best| best.and_then(|&id| self.known[id].member.as_ref()).map(key));
        Agreement::of(&found, &times(&ends.collect::<Vec<_>>()))
    }
}

/// The answers that members are, each with what tells it from others, the most probable first.
pub(super) fn answers<S: Space>(space: &S, members: &[MemberOf<S>]) -> Vec<(S::Key, Same)> {
    let joints: Vec<f64> = members.iter().map(|m| m.log_joint).collect();
    let mut answers: Vec<(S::Key, Same)> = vec![];
    let mut places: FxHashMap<S::Key, usize> = FxHashMap::default();
    for (i, weight) in softmax(&joints).into_iter().enumerate() {
        let key = || space.same_answer(&members[i]);
        let place = *places.entry(key()).or_insert(answers.len());
        if place == answers.len() {
            answers.push((key(), Same::default()));
        }
        answers[place].1.weight += weight;
        answers[place].1.members.push(i);
    }
    answers.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight));
    answers
}

/// How often each is there; nothing is there once.
fn times<K: Eq + Hash>(ends: &[Option<K>]) -> Vec<usize> {
    let mut counts: FxHashMap<&K, usize> = FxHashMap::default();
    for end in ends.iter().flatten() {
        *counts.entry(end).or_default() += 1;
    }
    let count = |end: &Option<K>| end.as_ref().map_or(1, |end| counts[end]);
    ends.iter().map(count).collect()
}
