//! What wake-sleep keeps of single observations, as records of a state.

use std::hash::Hash;

use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::learner::State;
use crate::estimator::Carried;
use crate::memory::Memory;
use helmholtz_math::error::StateError;

/// A record: the memory of an observation and what a rule carries for it, where there are such.
#[derive(Serialize, Deserialize)]
struct Kept<M, C> {
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    memory: Option<M>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    carried: Option<C>,
}

/// Memories and states of all observations; none where a learner has none.
type All<D> = (Vec<Memory<D>>, Vec<Carried>);

/// The record of an observation; none where nothing is kept.
pub(super) fn written<D: Serialize>(
    (memory, carried): (Option<&Memory<D>>, Option<&Carried>),
) -> Result<Option<Vec<u8>>, StateError> {
    if memory.is_none() && carried.is_none() {
        return Ok(None);
    }
    // Fields by their names: some are left out.
    let bytes = rmp_serde::to_vec_named(&Kept { memory, carried });
    bytes
        .map(Some)
        .map_err(|e| refused(format!("it cannot be written: {e}")))
}

/// What a state has of so many observations, if it fits what there is.
pub(super) fn read<D: Clone + Eq + Hash + Send + DeserializeOwned>(
    state: &State,
    items: usize,
    (present, states): (&[Memory<D>], usize),
) -> Result<All<D>, StateError> {
    let (memories, carried) = match state.bytes.get(MEMORIES) {
        Some(_) => text::read(state)?,
        None => records(state, items, (!present.is_empty(), states > 0))?,
    };
    let counts = [(memories.len(), present.len()), (carried.len(), states)];
    if let Some((found, count)) = counts.into_iter().find(|(found, count)| found != count) {
        return Err(refused(format!("{found} of them for {count} observations")));
    }
    let mut both = memories.iter().zip(present);
    if both.any(|(a, b)| a.capacity() != b.capacity()) {
        return Err(refused("its size differs: was `particles` changed?"));
    }
    match memories.iter().all(Memory::is_valid) {
        true => Ok((memories, carried)),
        false => Err(refused("a member stands twice, or there are too many")),
    }
}

/// Records in the order of the observations, up to one that is missing. Programs may be slow to read, so it is done on all
/// threads.
fn records<D: Clone + Eq + Hash + Send + DeserializeOwned>(
    state: &State,
    items: usize,
    (memories, states): (bool, bool),
) -> Result<All<D>, StateError> {
    let there = (0..items as u64).map_while(|i| state.records.get(&i));
    let there: Vec<&Vec<u8>> = there.collect();
    let read = |record: &&Vec<u8>| {
        rmp_serde::from_slice::<Kept<Memory<D>, Carried>>(record)
            .map_err(|e| refused(e.to_string()))
    };
    let all: Vec<Kept<_, _>> = there.par_iter().map(read).collect::<Result<_, _>>()?;
    let (mut kept, mut carried) = (vec![], vec![]);
    for record in all {
        kept.extend(record.memory.filter(|_| memories));
        // One without numbers looks like none.
        carried.extend(states.then(|| record.carried.unwrap_or_default()));
    }
    Ok((kept, carried))
}

fn refused(reason: impl Into<String>) -> StateError {
    StateError::Memory(reason.into())
}

/// Where checkpoints of format 1 have memories, as text.
const MEMORIES: &str = "memories";

/// Checkpoints of format 1.
mod text {
    use super::{All, DeserializeOwned, Hash, MEMORIES, State, StateError, refused};

    /// Where they have the states of rules: running baselines were the first.
    const STATES: &str = "baselines";

    pub(super) fn read<D: Clone + Eq + Hash + Send + DeserializeOwned>(
        state: &State,
    ) -> Result<All<D>, StateError> {
        Ok((of(state, MEMORIES)?, of(state, STATES)?))
    }

    fn of<T: DeserializeOwned>(state: &State, name: &str) -> Result<Vec<T>, StateError> {
        let read = |bytes: &Vec<u8>| serde_json::from_slice(bytes);
        let read = state.bytes.get(name).map(read).transpose();
        let found = read.map_err(|e| refused(format!("{name}: {e}")))?;
        Ok(found.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that cannot be written down.
    struct Unwritable;

    impl Serialize for Unwritable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no words for it"))
        }
    }

    fn state(records: &[(u64, Vec<u8>)]) -> State {
        State {
            records: records.iter().cloned().collect(),
            ..State::default()
        }
    }

    #[test]
    fn a_memory_that_cannot_be_written_is_an_error_and_not_nothing() {
        let memory = serde_json::json!({"capacity": 1, "programs": []});
        let memory: Memory<u8> = serde_json::from_value(memory).unwrap();
        assert!(written((Some(&memory), None)).unwrap().is_some());
        assert!(written::<u8>((None, None)).unwrap().is_none());
        let error = rmp_serde::to_vec_named(&Kept::<_, u8> {
            memory: Some(Unwritable),
            carried: None,
        });
        assert!(error.unwrap_err().to_string().contains("no words for it"));
    }

    #[test]
    fn what_was_written_comes_back() {
        let mut memory = Memory::new(2, Some("a".to_owned()));
        memory.suggest(["b".to_owned()]);
        let carried = [
            Carried::default(),
            Carried(vec![f64::NEG_INFINITY]),
            Carried(vec![1.0, -0.1]),
        ];
        for carried in carried {
            let record = written((Some(&memory), Some(&carried))).unwrap().unwrap();
            let found = read(&state(&[(0, record)]), 1, (&[Memory::new(2, None)], 1));
            assert_eq!(found.unwrap(), (vec![memory.clone()], vec![carried]));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let present = [Memory::<u8>::new(1, None), Memory::new(1, None)];
        let record = |memory: &Memory<u8>| written((Some(memory), None)).unwrap().unwrap();
        let (one, other) = (record(&present[0]), record(&Memory::new(3, None)));
        let whole = state(&[(0, one.clone()), (1, one.clone())]);
        assert!(read::<u8>(&whole, 2, (&present, 0)).is_ok());
        for (broken, reason) in [
            (vec![(0, one.clone())], "1 of them for 2 observations"),
            (vec![(0, one.clone()), (1, other)], "size differs"),
            (vec![(0, one.clone()), (1, vec![0xc1])], "not usable"),
        ] {
            let error = read::<u8>(&state(&broken), 2, (&present, 0)).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
