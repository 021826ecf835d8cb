//! One search for all domains: a memory of one observation is visited again and again under weights that stay.
//!
//! Training visits a memory once a step and learns from what it keeps; a search visits it many times and learns nothing.
//! A domain says what can be proposed and how good it is ([`Space`]). The search owns the rest: what has been seen, what
//! is kept, how long to look ([`Budget`]), and how far to trust the answer ([`Agreement`]).
//!
//! A proposal passes up to three scales, each dearer than the one before:
//!
//! 1. [`Space::screen`] sieves a round's proposals by something cheap.
//! 2. [`Space::score`] ranks what is left; the memory keeps the best.
//! 3. [`Space::settle`] weighs at the end what was kept.
//!
//! A search is repeated [`Budget::restarts`] times from different random numbers, and the restarts then become one. What
//! one of them has scored, the others need not score again. A space is of one observation: an answer cannot depend on
//! what else is explained.
//!
//! Which of 64 numbers has the largest score, where steps of one are edits:
//!
//! ```
//! use helmholtz_core::search::{Budget, Draft, Member, Space, search};
//! use helmholtz_math::random::Stream;
//!
//! struct Peak;
//!
//! impl Space for Peak {
//!     type Program = i32;
//!     type Start = ();
//!     type Note = ();
//!     type Key = i32;
//!
//!     fn propose(&self, rngs: &mut [Stream]) -> Vec<Draft<i32>> {
//!         rngs.iter_mut().map(|rng| Draft::new(rng.below(64) as i32)).collect()
//!     }
//!
//!     fn edits(&self, parent: &Draft<i32>, rng: &mut Stream) -> Vec<Draft<i32>> {
//!         let step = if rng.uniform() < 0.5 { 1 } else { -1 };
//!         vec![Draft::new((parent.program + step).clamp(0, 63))]
//!     }
//!
//!     fn score(&self, drafts: &[Draft<i32>]) -> Vec<Option<Member<i32>>> {
//!         let score = |z: i32| -0.5 * f64::from(z - 37).powi(2);
//!         drafts.iter().map(|d| Some(Member::new(d.program, score(d.program)))).collect()
//!     }
//!
//!     fn same_answer(&self, member: &Member<i32>) -> i32 {
//!         member.draft.program
//!     }
//! }
//!
//! let budget = Budget { first: 4, edits: 4, rounds: 60, members: 3, ..Budget::default() };
//! let posterior = search(&Peak, &budget);
//! assert_eq!(posterior.members[0].draft.program, 37);
//! assert_eq!(posterior.agreement.reached, budget.restarts);
//! ```

mod agreement;
mod budget;
mod confidence;
mod modelled;
mod restart;
mod run;
mod space;
mod trial;

pub use agreement::{Agreement, Trust};
pub use budget::Budget;
pub use confidence::{Case, Confidence};
pub use modelled::Modelled;
pub use run::{Posterior, PosteriorOf, Same, search, search_with};
pub use space::{Draft, DraftOf, Member, MemberOf, Space};
pub use trial::{LONGER, Trial, Tried, compared, known, made};

#[cfg(test)]
mod tests;
