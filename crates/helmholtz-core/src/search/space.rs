//! What a domain contributes to a search.

use std::fmt::Debug;
use std::hash::Hash;

use helmholtz_math::random::Stream;

/// A program that may be an answer, and where its continuous part begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft<P, C = ()> {
    /// The program.
    pub program: P,
    /// The start of its continuous part; nothing where there is none.
    pub start: C,
}

impl<P, C: Default> Draft<P, C> {
    /// A program that starts where the domain begins.
    pub fn new(program: P) -> Self {
        Self {
            program,
            start: C::default(),
        }
    }
}

/// A program that has been scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<P, C = (), N = ()> {
    /// The program, and where its continuous part has arrived.
    pub draft: Draft<P, C>,
    /// log p(z_d, x).
    pub log_joint: f64,
    /// What else the domain wants to know of it.
    pub note: N,
}

impl<P, C: Default, N: Default> Member<P, C, N> {
    /// A program about which there is nothing more to know.
    pub fn new(program: P, log_joint: f64) -> Self {
        Self {
            draft: Draft::new(program),
            log_joint,
            note: N::default(),
        }
    }
}

/// A draft of a space.
pub type DraftOf<S> = Draft<<S as Space>::Program, <S as Space>::Start>;

/// A member of a space.
pub type MemberOf<S> = Member<<S as Space>::Program, <S as Space>::Start, <S as Space>::Note>;

/// One observation, as a search sees it: what can be proposed, and how good it is.
///
/// Every method is a function of its arguments alone: what is asked together, and by how many threads, changes nothing.
pub trait Space: Sync {
    /// A program. Equal ones are scored once.
    type Program: Clone + Eq + Hash + Send + Sync;
    /// The start of a continuous part; `()` where there is none.
    type Start: Clone + Send + Sync;
    /// What a domain wants to know of a member beside its score.
    type Note: Clone + Send + Sync;
    /// What is equal where two programs are one answer.
    type Key: Eq + Hash;

    /// Whether [`Space::edits`] gives many neighbours, so that the best members are edited, instead of random ones. A
    /// restart ends when these have nothing new.
    const ENUMERATES: bool = false;

    /// Programs to begin with, such as one of guaranteed support and what can be read off the data. Every restart asks
    /// with a stream of its own, and may be given a part of them: restarts that all begin with the same would agree for no
    /// reason. One that is `alone` gets all.
    fn seeds(&self, _rng: &mut Stream, _alone: bool) -> Vec<DraftOf<Self>> {
        vec![]
    }

    /// Draws of the guide, one per stream.
    fn propose(&self, rngs: &mut [Stream]) -> Vec<DraftOf<Self>>;

    /// Small changes of a program: one at random, or none where this attempt came to nothing, or all.
    fn edits(&self, parent: &DraftOf<Self>, rng: &mut Stream) -> Vec<DraftOf<Self>>;

    /// Something cheap by which a round's proposals are sieved, one number each; -inf for what is impossible. It may
    /// improve their starts. What it can show to score less than `least` may be -inf, too: it would not be kept.
    fn screen(&self, drafts: &mut [DraftOf<Self>], _least: f64) -> Vec<f64> {
        vec![0.0; drafts.len()]
    }

    /// log p(z_d, x), by which programs are ranked while a search goes on; `None` where that cannot be had.
    fn score(&self, drafts: &[DraftOf<Self>]) -> Vec<Option<MemberOf<Self>>>;

    /// Weighs what is kept in the end, where the score was a part or an approximation of that. The best come first.
    fn settle(&self, members: Vec<MemberOf<Self>>) -> Vec<MemberOf<Self>> {
        members
    }

    /// What programs have in common that are one answer.
    fn same_answer(&self, member: &MemberOf<Self>) -> Self::Key;
}
