//! A checkpoint is one file: arrays in the safetensors format, with a header that says what they are.
//!
//! It is written to a temporary name, synced and renamed, so a file under its final name is whole. A
//! checksum over the content and the format's version in the header refuse what is torn, damaged or
//! foreign; nothing is trusted for sizes, and nothing that is loaded can run code.
//!
//! Records of observations are in it too, unless a run folder keeps them in a file of their own; then it has their digest.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::learner::State;
use super::records;
use crate::disk::{Disk, Real};
use crate::files::{read, stream_whole};
use helmholtz_nn::Array;

/// The entry of the header that says what the file is. It is one entry because a header's entries are
/// written in no fixed order, and equal states must give equal bytes.
const STAMP: &str = "helmholtz";
/// The version of the format; raised when the meaning of a file changes.
const FORMAT: u32 = 2;
/// The oldest that is read: memories were text among the bytes.
const OLDEST: u32 = 1;
/// The prefix of entries that are bytes rather than arrays.
const BYTES: &str = "bytes:";
/// The entry of the records.
const RECORDS: &str = "records";

/// What stands in the header, as JSON.
#[derive(Serialize, Deserialize)]
struct Stamp {
    format: u32,
    step: u64,
    crc32: u32,
    /// The digest of the records that are kept elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    /// The number of steps done.
    pub(crate) step: u64,
    pub(crate) state: State,
    /// The digest of the records that are kept elsewhere.
    pub(crate) records: Option<u64>,
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
    write(&Real, path, &encode(step, state, None))
}

/// The same without the records, of which there is the digest.
pub(crate) fn save_without_records(
    disk: &dyn Disk,
    path: &Path,
    step: u64,
    state: &State,
    digest: Option<u64>,
) -> Result<(), CheckpointError> {
    // A learner without records has nothing elsewhere.
    write(disk, path, &encode(step, state, Some(digest)))
}

type Encoded = Result<Vec<u8>, safetensors::SafeTensorError>;

fn write(disk: &dyn Disk, path: &Path, encoded: &Encoded) -> Result<(), CheckpointError> {
    let io = |source| CheckpointError::Io {
        path: path.to_owned(),
        source,
    };
    let bytes = encoded
        .as_ref()
        .map_err(|e| io(std::io::Error::other(e.to_string())))?;
    stream_whole(disk, path, |to| to.write_all(bytes)).map_err(io)
}

/// Reads a checkpoint: the number of steps done, and the state. Of one in a run folder the records are elsewhere:
/// [`RunFolder::newest`](crate::run::RunFolder::newest) reads them, too.
///
/// # Errors
/// When the file cannot be read, or is torn, damaged or foreign.
pub fn load(path: &Path) -> Result<(u64, State), CheckpointError> {
    load_marked(path).map(|found| (found.step, found.state))
}

/// The same with the digest of the records that are elsewhere.
pub(crate) fn load_marked(path: &Path) -> Result<Checkpoint, CheckpointError> {
    let bytes = read(path).map_err(|source| CheckpointError::Io {
        path: path.to_owned(),
        source,
    })?;
    decode(&bytes).map_err(|reason| CheckpointError::Unusable {
        path: path.to_owned(),
        reason,
    })
}

/// The bytes of a file; the records are inside unless `elsewhere` is given, with their digest if there are any.
fn encode(step: u64, state: &State, elsewhere: Option<Option<u64>>) -> Encoded {
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
    let inside = match elsewhere {
        None => pieces(step, state)?,
        Some(_) => vec![],
    };
    if !inside.is_empty() {
        let view = TensorView::new(Dtype::U8, vec![inside.len()], &inside)?;
        views.push((RECORDS.to_owned(), view));
    }
    let digest = elsewhere.flatten();
    let stamp = Stamp {
        format: FORMAT,
        step,
        crc32: checksum(step, state, digest),
        records: digest,
    };
    // Some numbers cannot fail to serialise.
    let stamp = serde_json::to_string(&stamp).unwrap_or_default();
    serialize(views, Some(HashMap::from([(STAMP.to_owned(), stamp)])))
}

fn pieces(step: u64, state: &State) -> Encoded {
    let mut bytes = vec![];
    let each = state.records.iter().map(|(i, r)| (*i, &r[..]));
    records::write(&mut bytes, step, each).map_err(safetensors::SafeTensorError::IoError)?;
    Ok(bytes)
}

/// Of everything that is read back but the records, which have checksums of their own, in the order of names.
fn checksum(step: u64, state: &State, records: Option<u64>) -> u32 {
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
    if let Some(digest) = records {
        crc.update(&digest.to_le_bytes());
    }
    crc.finalize()
}

/// What is in the bytes of a checkpoint, or why that is nothing.
pub(crate) fn decode(bytes: &[u8]) -> Result<Checkpoint, String> {
    let not_ours = |e: safetensors::SafeTensorError| format!("not a whole checkpoint ({e})");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(not_ours)?;
    let stamp = header
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(STAMP));
    let stamp: Option<Stamp> = stamp.and_then(|text| serde_json::from_str(text).ok());
    let Some(Stamp {
        format: OLDEST..=FORMAT,
        step,
        crc32,
        records,
    }) = stamp
    else {
        return Err(format!(
            "not a checkpoint of this program in formats {OLDEST} to {FORMAT}"
        ));
    };
    let tensors = SafeTensors::deserialize(bytes).map_err(not_ours)?;
    let mut state = State::default();
    for (name, view) in tensors.tensors() {
        match (name.strip_prefix(BYTES), view.dtype()) {
            (Some(name), Dtype::U8) => {
                state.bytes.insert(name.to_owned(), view.data().to_vec());
            }
            (None, Dtype::U8) if name == RECORDS => state.records = whole(view.data(), step)?,
            (None, Dtype::F32) => {
                state.arrays.insert(name, array(&view));
            }
            _ => return Err(format!("`{name}` has an unexpected type")),
        }
    }
    match crc32 == checksum(step, &state, records) {
        true => Ok(Checkpoint {
            step,
            state,
            records,
        }),
        false => Err("its checksum does not fit its content: the file is damaged".to_owned()),
    }
}

/// All records in some bytes.
fn whole(mut bytes: &[u8], step: u64) -> Result<BTreeMap<u64, Vec<u8>>, String> {
    let (length, mut found) = (bytes.len() as u64, BTreeMap::new());
    let taken = records::read(&mut bytes, step, |item, record| {
        found.insert(item, record.to_vec());
    });
    match taken.is_ok_and(|taken| taken == length) {
        true => Ok(found),
        false => Err("its records do not fit their checksums: the file is damaged".to_owned()),
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
            bytes: [("numbers".to_owned(), b"[]".to_vec())].into(),
            records: [(0, b"abc".to_vec()), (2, vec![])].into(),
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
        let bytes = encode(7, &example(), None).unwrap();
        assert!((0..20).all(|_| encode(7, &example(), None).unwrap() == bytes));
    }

    #[test]
    fn records_may_be_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("step-7.safetensors");
        save_without_records(&Real, &path, 7, &example(), Some(5)).unwrap();
        let found = load_marked(&path).unwrap();
        let bare = State {
            records: BTreeMap::new(),
            ..example()
        };
        assert_eq!((found.step, found.state, found.records), (7, bare, Some(5)));
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
            let bytes = encode(7, &example(), None).unwrap();
            let at = at % bytes.len();
            prop_assert!(decode(&bytes[..at]).is_err());
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            // A flip inside the header's white space may leave the content as it was.
            if let Ok(read) = decode(&flipped) {
                prop_assert_eq!((read.step, read.state), (7, example()));
            }
        }
    }
}
