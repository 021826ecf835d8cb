//! Records of observations as bytes: in pieces, each with a checksum, so that many can be written and read a piece at a time.
//!
//! ```text
//! piece    step u64, records u32, bytes u32, CRC-32 u32 of these and of the bytes; then the bytes
//! record   observation u64, bytes u32; then the bytes
//! ```
//!
//! Numbers are little-endian. The pieces of a file are in the order of their steps, and of two records of an observation the
//! later counts.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};

/// Bytes before those of a piece.
const HEADER: usize = 20;
/// Bytes before those of a record.
const LABEL: usize = 12;
/// A piece is full with so many bytes. One that holds a single record may be larger.
const FULL: usize = 1 << 20;

/// What a record is known by without being read: the number of its bytes and their checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) bytes: u32,
    crc32: u32,
}

impl Mark {
    pub(crate) fn of(record: &[u8]) -> Self {
        Self {
            // A record that long cannot be written.
            bytes: u32::try_from(record.len()).unwrap_or(u32::MAX),
            crc32: crc32fast::hash(record),
        }
    }

    /// Bytes in a file.
    pub(crate) fn extent(self) -> u64 {
        LABEL as u64 + u64::from(self.bytes)
    }

    /// What it adds to the digest of all records: a sum, so that it can be kept as records change.
    pub(crate) fn share(self, item: u64) -> u64 {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&item.to_le_bytes());
        crc.update(&self.bytes.to_le_bytes());
        let place = u64::from(crc.finalize());
        // Bits of both are spread over the sum.
        (place << 32 | u64::from(self.crc32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// The digest of all records.
pub(crate) fn digest(records: &BTreeMap<u64, Vec<u8>>) -> u64 {
    let shares = records.iter().map(|(i, r)| Mark::of(r).share(*i));
    shares.fold(0, u64::wrapping_add)
}

/// Writes records of a step in pieces; tells how many bytes.
pub(crate) fn write<'r>(
    to: &mut dyn Write,
    step: u64,
    records: impl IntoIterator<Item = (u64, &'r [u8])>,
) -> io::Result<u64> {
    let mut pieces = Pieces::of(to, step);
    for (item, record) in records {
        pieces.push(item, record)?;
    }
    pieces.end()
}

/// Records of a step that are being written.
pub(crate) struct Pieces<'a> {
    to: &'a mut dyn Write,
    step: u64,
    /// Records in this piece.
    count: u32,
    /// The header's place, and the records.
    bytes: Vec<u8>,
    /// Bytes in the pieces before.
    written: u64,
}

impl<'a> Pieces<'a> {
    pub(crate) fn of(to: &'a mut dyn Write, step: u64) -> Self {
        Self {
            to,
            step,
            count: 0,
            bytes: vec![0; HEADER],
            written: 0,
        }
    }

    /// One more record.
    pub(crate) fn push(&mut self, item: u64, record: &[u8]) -> io::Result<()> {
        if self.bytes.len() + record.len() > FULL {
            self.flush()?;
        }
        let too_long = |_| io::Error::new(ErrorKind::FileTooLarge, "a record of 4 GB");
        u32::try_from(HEADER + LABEL + record.len()).map_err(too_long)?;
        self.bytes.extend(item.to_le_bytes());
        self.bytes.extend((record.len() as u32).to_le_bytes());
        self.bytes.extend(record);
        self.count += 1;
        Ok(())
    }

    /// Writes what is left, and tells how many bytes there are in all.
    pub(crate) fn end(mut self) -> io::Result<u64> {
        self.flush()?;
        Ok(self.written)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let (header, bytes) = self.bytes.split_at_mut(HEADER);
        header[..8].copy_from_slice(&self.step.to_le_bytes());
        header[8..12].copy_from_slice(&self.count.to_le_bytes());
        header[12..16].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
        let crc = checksum(&header[..16], bytes);
        header[16..].copy_from_slice(&crc.to_le_bytes());
        self.to.write_all(&self.bytes)?;
        self.written += self.bytes.len() as u64;
        self.bytes.truncate(HEADER);
        self.count = 0;
        Ok(())
    }
}

fn checksum(header: &[u8], bytes: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(header);
    crc.update(bytes);
    crc.finalize()
}

/// Reads the pieces up to those of `step`, and no further than to one that is torn; tells how many bytes they take. What is
/// missing then is for the digest to tell.
pub(crate) fn read(
    from: &mut dyn Read,
    step: u64,
    mut each: impl FnMut(u64, &[u8]),
) -> io::Result<u64> {
    let (mut taken, mut bytes) = (0, vec![]);
    loop {
        let mut header = [0; HEADER];
        match from.read_exact(&mut header) {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(taken),
            done => done?,
        }
        let length = u64::from(u32_at(&header, 12));
        bytes.clear();
        // No more is taken than there is, whatever the header says.
        let found = from.take(length).read_to_end(&mut bytes)? as u64;
        let whole = found == length && u32_at(&header, 16) == checksum(&header[..16], &bytes);
        if !whole || u64_at(&header, 0) > step {
            return Ok(taken);
        }
        let Some(records) = apart(&bytes, u32_at(&header, 8)) else {
            return Ok(taken);
        };
        records.into_iter().for_each(|(i, record)| each(i, record));
        taken += HEADER as u64 + length;
    }
}

/// The records of a piece; none unless it holds as many as it says, and nothing else.
fn apart(mut bytes: &[u8], count: u32) -> Option<Vec<(u64, &[u8])>> {
    let mut records = vec![];
    for _ in 0..count {
        let (label, rest) = bytes.split_at_checked(LABEL)?;
        let (record, rest) = rest.split_at_checked(u32_at(label, 8) as usize)?;
        records.push((u64_at(label, 0), record));
        bytes = rest;
    }
    bytes.is_empty().then_some(records)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4]
        .iter()
        .rev()
        .fold(0, |n, b| n << 8 | u32::from(*b))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Records = BTreeMap<u64, Vec<u8>>;

    fn written(step: u64, records: &Records) -> Vec<u8> {
        let mut bytes = vec![];
        let each = records.iter().map(|(i, r)| (*i, &r[..]));
        let count = write(&mut bytes, step, each).unwrap();
        assert_eq!(count, bytes.len() as u64);
        bytes
    }

    fn found(mut bytes: &[u8], step: u64) -> (u64, Records) {
        let mut records = Records::new();
        let taken = read(&mut bytes, step, |i, r| {
            records.insert(i, r.to_vec());
        });
        (taken.unwrap(), records)
    }

    proptest! {
        #[test]
        fn records_come_back_and_later_ones_count(
            first in prop::collection::btree_map(0..9u64, prop::collection::vec(any::<u8>(), 0..40), 0..6),
            second in prop::collection::btree_map(0..9u64, prop::collection::vec(any::<u8>(), 0..40), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let (one, two) = (written(4, &first), written(7, &second));
            let both = [&one[..], &two].concat();
            prop_assert_eq!(found(&both, 6), (one.len() as u64, first.clone()));
            let mut merged = first.clone();
            merged.extend(second);
            prop_assert_eq!(found(&both, 7), (both.len() as u64, merged.clone()));
            // A file that is cut off anywhere ends with a whole piece, and the digest tells.
            let torn = &both[..one.len() + cut.index(two.len())];
            prop_assert_eq!(found(torn, 7), (one.len() as u64, first.clone()));
            prop_assert_eq!(digest(&first) == digest(&merged), first == merged);
        }
    }

    #[test]
    fn long_ones_are_written_in_pieces() {
        let records: Records = (0..9).map(|i| (i, vec![i as u8; FULL / 4])).collect();
        let bytes = written(1, &records);
        assert_eq!(found(&bytes, 1), (bytes.len() as u64, records));
        let pieces = 3;
        assert_eq!(bytes.len(), pieces * HEADER + 9 * (LABEL + FULL / 4));
    }

    #[test]
    fn a_bit_that_has_changed_ends_it() {
        let records: Records = [(3, b"abc".to_vec()), (5, vec![])].into();
        let bytes = written(1, &records);
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(found(&bytes, u64::MAX), (0, Records::new()), "{bit}");
        }
    }
}
