//! Sequences that the library makes itself, so that everything can be tried without recordings.

use super::music::NOTES;
use super::recording::{Part, Recording, Sound};
use super::synth;
use helmholtz_core::filter::{LinearGaussian, Parts, Sequence};
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Recordings to learn from, to stop by, and to be judged by.
const PARTS: [(Part, usize); 3] = [(Part::Train, 160), (Part::Valid, 20), (Part::Test, 20)];
/// The distance between neighbouring values of synthesised sound.
const SIXTEEN_BITS: f64 = 1.0 / 32_768.0;

/// Recordings of all parts, each made from a stream of its own.
pub(super) fn recordings(
    (seed, name): (u64, &str),
    make: impl Fn(&mut Stream) -> Option<Sequence>,
) -> Vec<Recording> {
    let parts = PARTS
        .iter()
        .flat_map(|&(part, n)| (0..n).map(move |_| part));
    let one = |(i, part): (usize, Part)| {
        let mut rng = Stream::at([seed, i as u64, 0, Purpose::Data.tag()]);
        Some(Recording {
            name: format!("{name} {}", i + 1),
            part,
            sound: None,
            steps: make(&mut rng)?,
        })
    };
    parts.enumerate().filter_map(one).collect()
}

/// The degrees of a scale on which a chord stands: its root, third and fifth, and perhaps a seventh.
type Chord = [usize; 4];

/// A chord without a seventh says its root twice.
const CHORDS: [Chord; 6] = [
    [0, 2, 4, 0],
    [1, 3, 5, 1],
    [3, 5, 0, 3],
    [4, 6, 1, 4],
    [4, 6, 1, 3],
    [5, 0, 2, 5],
];
/// How often a chord follows another, of ten times.
const FOLLOWS: [[f64; 6]; 6] = [
    [1.0, 2.0, 3.0, 2.0, 0.0, 2.0],
    [0.0, 1.0, 0.0, 5.0, 4.0, 0.0],
    [2.0, 2.0, 1.0, 3.0, 2.0, 0.0],
    [5.0, 0.0, 1.0, 1.0, 2.0, 1.0],
    [7.0, 0.0, 0.0, 0.0, 1.0, 2.0],
    [1.0, 3.0, 3.0, 2.0, 0.0, 1.0],
];
const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
/// The lowest and the highest note of bass, tenor, alto and soprano, with the lowest key of the piano as 0.
const RANGES: [(i32, i32); 4] = [(19, 39), (27, 46), (34, 53), (39, 60)];

/// Songs of four voices in which chords follow each other by a grammar, as piano rolls of a step per chord or two.
pub fn chorales(seed: u64) -> Vec<Recording> {
    recordings((seed, "chorale"), |rng| {
        let key = rng.below(12) as i32;
        let length = 32 + 8 * rng.below(5);
        let mut voices = [26, 36, 43, 50].map(|v| v + key / 2);
        let (mut chord, mut rows) = (0, vec![]);
        while rows.len() < length {
            voices = lead(voices, &CHORDS[chord], key, rng);
            let held = 1 + rng.below(2);
            rows.extend((0..held).map(|_| roll(&voices)));
            chord = rng.categorical(&FOLLOWS[chord]).unwrap_or(0);
        }
        voices = lead(voices, &CHORDS[0], key, rng);
        rows.push(roll(&voices));
        Sequence::try_from(rows).ok()
    })
}

/// Every voice goes to a near note of the chord: the bass to its root, the others now and then to the next but one.
fn lead(voices: [i32; 4], chord: &Chord, key: i32, rng: &mut Stream) -> [i32; 4] {
    let mut led = voices;
    for (v, note) in led.iter_mut().enumerate() {
        let (low, high) = RANGES[v];
        let belongs = |n: &i32| {
            let degrees = if v == 0 { &chord[..1] } else { &chord[..] };
            // The lowest key of a piano is an A, nine semitones above a C.
            degrees
                .iter()
                .any(|&d| (n + 9 - key - MAJOR[d]).rem_euclid(12) == 0)
        };
        let mut near: Vec<i32> = (low..=high).filter(belongs).collect();
        near.sort_by_key(|n| ((n - *note).abs(), *n));
        let leap = usize::from(rng.uniform() < 0.15);
        *note = near.get(leap).or(near.first()).copied().unwrap_or(*note);
    }
    led
}

fn roll(voices: &[i32; 4]) -> Vec<f32> {
    let mut row = vec![0.0; NOTES];
    for &note in voices {
        if let Some(key) = usize::try_from(note).ok().and_then(|n| row.get_mut(n)) {
            *key = 1.0;
        }
    }
    row
}

/// The model behind [`walks`]: a damped rotation of the plane with a period of twenty steps, seen through three
/// noisy gauges.
///
/// # Errors
/// None; the numbers are those of a model.
pub fn rotation() -> Result<LinearGaussian, SettingError> {
    let (sin, cos) = (std::f64::consts::PI / 10.0).sin_cos();
    let (a, b) = (0.98 * cos, 0.98 * sin);
    LinearGaussian::new(&Parts {
        transition: &[&[a, -b], &[b, a]],
        disturbance: &[&[0.05, 0.0], &[0.0, 0.05]],
        emission: &[&[1.0, 0.0], &[0.0, 1.0], &[0.7, 0.7]],
        noise: &[&[0.2, 0.0, 0.0], &[0.0, 0.2, 0.0], &[0.0, 0.0, 0.5]],
        mean: &[0.0, 0.0],
        covariance: &[&[1.0, 0.0], &[0.0, 1.0]],
    })
}

/// Streams of three numbers drawn from [`rotation`], of which everything can be computed exactly.
pub fn walks(seed: u64) -> Vec<Recording> {
    recordings((seed, "walk"), |rng| {
        let drawn = rotation().ok()?.sample(100, rng);
        let rows = drawn.iter().map(|x| x.iter().map(|&v| v as f32).collect());
        Sequence::try_from(rows.collect::<Vec<Vec<f32>>>()).ok()
    })
}

/// Spoken vowels of a voice that is synthesised, `rate` samples a second in steps of `frame`.
pub fn vowels((rate, frame): (u32, usize), seed: u64) -> Vec<Recording> {
    let mut spoken = recordings((seed, "vowels"), |rng| {
        let samples = synth::utterance(&mut || rng.uniform(), rate);
        let rows = samples.chunks_exact(frame).map(<[f32]>::to_vec);
        let steps = Sequence::try_from(rows.collect::<Vec<_>>()).ok();
        steps.filter(|s| !s.is_empty())
    });
    let resolution = SIXTEEN_BITS;
    for recording in &mut spoken {
        recording.sound = Some(Sound { rate, resolution });
    }
    spoken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chorales_have_four_voices_and_stay_in_their_key() {
        let songs = chorales(0);
        assert_eq!(songs, chorales(0));
        assert_eq!(songs.len(), 200);
        for song in &songs {
            let mut classes = std::collections::BTreeSet::new();
            for row in song.steps.rows() {
                let notes: Vec<usize> = (0..NOTES).filter(|&n| row[n] == 1.0).collect();
                assert!((1..=4).contains(&notes.len()), "{notes:?}");
                classes.extend(notes.iter().map(|n| n % 12));
            }
            assert!(song.steps.len() > 32 && classes.len() <= 7, "{classes:?}");
        }
        let keys: std::collections::BTreeSet<_> = songs
            .iter()
            .map(|s| s.steps.row(0).to_vec().iter().position(|x| *x == 1.0))
            .collect();
        assert!(keys.len() >= 8, "{keys:?}");
    }

    #[test]
    fn walks_are_drawn_from_their_model() {
        let all = walks(0);
        let (count, steps) = (all.len(), all[0].steps.len());
        assert_eq!((count, steps, all[0].steps.width()), (200, 100, 3));
        // The variance of the third gauge once the rotation has settled: 0.98 (0.05 / (1 - 0.98^2)) + 0.5.
        let expected = 0.98 * 0.05 / (1.0 - 0.98f64.powi(2)) + 0.5;
        let late = all.iter().flat_map(|r| r.steps.rows().skip(60));
        let squares: Vec<f64> = late.map(|row| f64::from(row[2]).powi(2)).collect();
        let mean = squares.iter().sum::<f64>() / squares.len() as f64;
        // 200 walks that remember some 50 steps: about 200 independent squares, of relative deviation sqrt(2).
        assert!(
            (mean / expected - 1.0).abs() < 4.0 * (2.0f64 / 200.0).sqrt(),
            "{mean} {expected}"
        );
    }
}
