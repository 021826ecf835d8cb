//! A checkpoint is one file: arrays in the safetensors format, with a header that says what they are.
//!
//! It is written to a temporary name, synced and renamed, so a file under its final name is whole. A
//! checksum over the content and the format's version in the header refuse what is torn, damaged or
//! foreign; nothing is trusted for sizes, and nothing that is loaded can run code.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::learner::State;
use crate::files::write_whole;
use helmholtz_nn::Array;

/// The entry of the header that says what the file is. It is one entry because a header's entries are
/// written in no fixed order, and equal states must give equal bytes.
const STAMP: &str = "helmholtz";
/// The version of the format; raised when the meaning of a file changes.
const FORMAT: u32 = 1;
/// The prefix of entries that are bytes rather than arrays.
const BYTES: &str = "bytes:";

/// What stands in the header, as JSON.
#[derive(Serialize, Deserialize)]
struct Stamp {
    format: u32,
    step: u64,
    crc32: u32,
}

/// Why a checkpoint cannot be written or read.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a whole checkpoint of this program.
    #[error("{path}: {reason}; resume from another checkpoint of the run, or train anew")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Writes the state after `step` steps.
///
/// # Errors
/// When the file system refuses (no room, no permission); nothing is then left under `path` that was not
/// there before.
pub fn save(path: &Path, step: u64, state: &State) -> Result<(), CheckpointError> {
    let io = |source| CheckpointError::Io {
        path: path.to_owned(),
        source,
    };
    let bytes = encode(step, state).map_err(|e| io(std::io::Error::other(e)))?;
    write_whole(path, &bytes).map_err(io)
}

/// Reads a checkpoint: the number of steps done, and the state.
///
/// # Errors
/// When the file cannot be read, or is torn, damaged or foreign.
pub fn load(path: &Path) -> Result<(u64, State), CheckpointError> {
    let bytes = std::fs::read(path).map_err(|source| CheckpointError::Io {
        path: path.to_owned(),
        source,
    })?;
    decode(&bytes).map_err(|reason| CheckpointError::Unusable {
        path: path.to_owned(),
        reason,
    })
}

fn encode(step: u64, state: &State) -> Result<Vec<u8>, safetensors::SafeTensorError> {
    let arrays: Vec<(String, Vec<usize>, Vec<u8>)> = state
        .arrays
        .iter()
        .map(|(name, a)| {
            let bytes = a.values.iter().flat_map(|v| v.to_le_bytes()).collect();
            (name.clone(), a.shape.clone(), bytes)
        })
        .collect();
    let mut views = Vec::new();
    for (name, shape, bytes) in &arrays {
        views.push((
            name.clone(),
            TensorView::new(Dtype::F32, shape.clone(), bytes)?,
        ));
    }
    for (name, bytes) in &state.bytes {
        let view = TensorView::new(Dtype::U8, vec![bytes.len()], bytes)?;
        views.push((format!("{BYTES}{name}"), view));
    }
    let stamp = Stamp {
        format: FORMAT,
        step,
        crc32: checksum(step, state),
    };
    // Three numbers cannot fail to serialise.
    let stamp = serde_json::to_string(&stamp).unwrap_or_default();
    serialize(views, Some(HashMap::from([(STAMP.to_owned(), stamp)])))
}

/// Of everything that is read back, in the order of names.
fn checksum(step: u64, state: &State) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&step.to_le_bytes());
    for (name, array) in &state.arrays {
        crc.update(name.as_bytes());
        array
            .shape
            .iter()
            .for_each(|&n| crc.update(&(n as u64).to_le_bytes()));
        array
            .values
            .iter()
            .for_each(|v| crc.update(&v.to_le_bytes()));
    }
    for (name, bytes) in &state.bytes {
        crc.update(name.as_bytes());
        crc.update(bytes);
    }
    crc.finalize()
}

/// The state in the bytes of a checkpoint, or why there is none.
pub(crate) fn decode(bytes: &[u8]) -> Result<(u64, State), String> {
    let not_ours = |e: safetensors::SafeTensorError| format!("not a whole checkpoint ({e})");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(not_ours)?;
    let stamp = header
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(STAMP));
    let stamp: Option<Stamp> = stamp.and_then(|text| serde_json::from_str(text).ok());
    let Some(Stamp {
        format: FORMAT,
        step,
        crc32,
    }) = stamp
    else {
        return Err(format!(
            "not a checkpoint of this program in format {FORMAT}"
        ));
    };
    let tensors = SafeTensors::deserialize(bytes).map_err(not_ours)?;
    let mut state = State {
        arrays: BTreeMap::new(),
        bytes: BTreeMap::new(),
    };
    for (name, view) in tensors.tensors() {
        match (name.strip_prefix(BYTES), view.dtype()) {
            (Some(name), Dtype::U8) => {
                state.bytes.insert(name.to_owned(), view.data().to_vec());
            }
            (None, Dtype::F32) => {
                state.arrays.insert(name, array(&view));
            }
            _ => return Err(format!("`{name}` has an unexpected type")),
        }
    }
    match crc32 == checksum(step, &state) {
        true => Ok((step, state)),
        false => Err("its checksum does not fit its content: the file is damaged".to_owned()),
    }
}

fn array(view: &TensorView<'_>) -> Array {
    let numbers = view
        .data()
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    Array {
        shape: view.shape().to_vec(),
        values: numbers.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn example() -> State {
        let array = Array {
            shape: vec![2, 1],
            values: vec![1.5, f32::MIN_POSITIVE],
        };
        State {
            arrays: [("model.x".to_owned(), array)].into(),
            bytes: [("memories".to_owned(), b"[]".to_vec())].into(),
        }
    }

    #[test]
    fn a_checkpoint_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("step-7.safetensors");
        save(&path, 7, &example()).unwrap();
        assert_eq!(load(&path).unwrap(), (7, example()));
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no temporary file left"
        );
    }

    #[test]
    fn equal_states_give_equal_bytes() {
        let bytes = encode(7, &example()).unwrap();
        assert!((0..20).all(|_| encode(7, &example()).unwrap() == bytes));
    }

    #[test]
    fn a_foreign_safetensors_file_is_refused() {
        let bytes = serialize(Vec::<(String, TensorView<'_>)>::new(), None).unwrap();
        assert!(
            decode(&bytes)
                .unwrap_err()
                .contains("not a checkpoint of this program")
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load(Path::new("no/such/file")).unwrap_err();
        assert!(error.to_string().contains("no/such/file"));
    }

    proptest! {
        #[test]
        fn every_truncation_and_every_flipped_bit_is_refused(at in 0usize..10_000, bit in 0u8..8) {
            let bytes = encode(7, &example()).unwrap();
            let at = at % bytes.len();
            prop_assert!(decode(&bytes[..at]).is_err());
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            // A flip inside the header's white space may leave the content as it was.
            if let Ok(read) = decode(&flipped) {
                prop_assert_eq!(read, (7, example()));
            }
        }
    }
}
