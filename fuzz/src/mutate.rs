//! Inputs made from others by a few changes, the same for the same number.

use helmholtz_math::random::Stream;

/// What breaks parsers: ends of ranges, quotes, brackets, invalid text, and marks of formats.
const PIECES: [&[u8]; 24] = [
    b"\0",
    b"\xff",
    b"\xff\xfe",
    b"\x80",
    b"\"",
    b"'",
    b"[[[[[[[[",
    b"{",
    b"}",
    b"]",
    b",",
    b"\n",
    b"\r\n",
    b"-1",
    b"0",
    b"1e308",
    b"NaN",
    b"inf",
    b"99999999999999999999",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80",
    "\u{202e}".as_bytes(),
    b"\x1b]0;x\x07",
    b"(((((((((((((((((((((",
];

/// A mutation of one of the seeds: from one to eight changes, the number of changes and each of them drawn.
pub fn mutated(seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut rng = Stream::at([number, 0, 0, 0]);
    let mut bytes = seeds[rng.below(seeds.len())].clone();
    for _ in 0..1 + rng.below(8) {
        change(&mut bytes, seeds, &mut rng);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut Stream) {
    let at = rng.below(bytes.len() + 1);
    let end = (at + 1 + rng.below(16)).min(bytes.len());
    match rng.below(7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
        1 if at < bytes.len() => bytes[at] = rng.below(256) as u8,
        2 => drop(bytes.drain(at.min(end)..end)),
        3 => bytes.truncate(at),
        4 => drop(bytes.splice(at..at, PIECES[rng.below(PIECES.len())].to_vec())),
        5 => {
            let again = bytes[at.min(end)..end].to_vec();
            drop(bytes.splice(at..at, again));
        }
        6 => {
            let other = &seeds[rng.below(seeds.len())];
            bytes.truncate(at);
            bytes.extend(&other[rng.below(other.len() + 1)..]);
        }
        _ => {}
    }
}
