//! Spoken vowels made by rule, so that what learns from speech can be tried without recordings.
//!
//! A source passes through a filter, as in a throat: pulses of air, and a little breath, through three
//! resonators in a row, one per formant. Pitch and formants move, because speech is never still.

use std::f64::consts::{PI, TAU};

/// The first three formants of a vowel, in hertz.
type Formants = [f64; 3];

/// The vowels a, e, i, o and u: means of the men measured by Peterson and Barney in 1952.
const VOWELS: [Formants; 5] = [
    [730.0, 1090.0, 2440.0],
    [530.0, 1840.0, 2480.0],
    [270.0, 2290.0, 3010.0],
    [570.0, 840.0, 2410.0],
    [300.0, 870.0, 2240.0],
];
/// How wide the formants are, in hertz: what Klatt's synthesiser of 1980 starts with. One set for all vowels
/// keeps their peaks equally clear.
const BANDWIDTHS: [f64; 3] = [50.0, 70.0, 110.0];
/// The shortest and the longest utterance, in seconds.
const SECONDS: (f64, f64) = (0.4, 0.8);
/// The lowest and the highest pitch, in hertz.
const PITCH: (f64, f64) = (90.0, 220.0);
/// How far the pitch may glide, as a factor up or down.
const GLIDE: f64 = 1.4;
/// How much of a vowel's length the change to the next one takes.
const TRANSITION: f64 = 0.4;
/// How long the voice takes to come and to go, in seconds.
const ONSET: f64 = 0.03;
const DECAY: f64 = 0.1;
/// How much of a period the glottis opens, and then closes, in Rosenberg's pulse.
const OPENING: f64 = 0.4;
const CLOSING: f64 = 0.16;
/// The breath beside the pulses, whose steepest slope is near ten.
const BREATH: f64 = 0.1;
/// The largest value of an utterance.
const PEAK: f64 = 0.5;
/// One over the distance of neighbouring 16-bit values.
const STEPS: f64 = 32768.0;

/// Two or three vowels in 0.4 to 0.8 seconds at `rate` samples per second.
///
/// `uniform` gives numbers in [0, 1); the same numbers give the same utterance. The values are multiples of
/// 2^-15, and the largest is 0.5 in size. A formant above half the rate is left out, so 8000 or more is
/// wanted.
pub(super) fn utterance(uniform: &mut dyn FnMut() -> f64, rate: u32) -> Vec<f32> {
    Plan::drawn(uniform).spoken(uniform, f64::from(rate))
}

/// What is to be said, and how.
struct Plan {
    /// At least one.
    vowels: Vec<Formants>,
    seconds: f64,
    /// The pitch at the start and at the end.
    pitch: (f64, f64),
}

impl Plan {
    fn drawn(uniform: &mut dyn FnMut() -> f64) -> Self {
        let start = between(PITCH, uniform());
        let glide = GLIDE.powf(2.0 * uniform() - 1.0);
        Self {
            seconds: between(SECONDS, uniform()),
            pitch: (start, (start * glide).clamp(PITCH.0, PITCH.1)),
            vowels: draw_vowels(uniform),
        }
    }

    fn spoken(&self, uniform: &mut dyn FnMut() -> f64, rate: f64) -> Vec<f32> {
        let count = (self.seconds * rate).round() as usize;
        let mut phase = 0.0;
        let mut resonators = BANDWIDTHS.map(|width| Resonator::new(width, rate));
        let mut values = Vec::with_capacity(count);
        for k in 0..count {
            let place = k as f64 / count as f64;
            phase = (phase + between(self.pitch, place) / rate).fract();
            let breath = BREATH * (2.0 * uniform() - 1.0);
            let mut value = glottal_slope(phase) + breath;
            for (resonator, formant) in resonators.iter_mut().zip(self.formants(place)) {
                value = resonator.pass(value, formant);
            }
            values.push(value * self.loudness(k as f64 / rate));
        }
        quantised(&values)
    }

    /// The formants at a place in 0..1. Each vowel has an equal share, is held, and then moves to the next.
    fn formants(&self, place: f64) -> Formants {
        let from_centre = (place * self.vowels.len() as f64 - 0.5).max(0.0);
        let vowel = |k: usize| self.vowels[k.min(self.vowels.len() - 1)];
        let (before, after) = (vowel(from_centre as usize), vowel(from_centre as usize + 1));
        let moved = ((from_centre.fract() - 0.5) / TRANSITION + 0.5).clamp(0.0, 1.0);
        std::array::from_fn(|i| between((before[i], after[i]), moved))
    }

    /// A rise and a fall without corners, which would click.
    fn loudness(&self, seconds: f64) -> f64 {
        let left = self.seconds - seconds;
        let reached = (seconds / ONSET).min(left / DECAY).clamp(0.0, 1.0);
        0.5 - 0.5 * (PI * reached).cos()
    }
}

/// Two or three vowels, no two neighbours the same.
fn draw_vowels(uniform: &mut dyn FnMut() -> f64) -> Vec<Formants> {
    let mut below = |n: usize| ((uniform() * n as f64) as usize).min(n - 1);
    let count = 2 + below(2);
    let mut kind = below(VOWELS.len());
    let mut vowels = vec![VOWELS[kind]];
    while vowels.len() < count {
        kind = (kind + 1 + below(VOWELS.len() - 1)) % VOWELS.len();
        vowels.push(VOWELS[kind]);
    }
    vowels
}

fn between((low, high): (f64, f64), share: f64) -> f64 {
    low + (high - low) * share
}

/// How fast the flow through the glottis changes at a phase of its period, in 0..1. The lips radiate the
/// change of the flow, not the flow itself.
fn glottal_slope(phase: f64) -> f64 {
    let closing = phase - OPENING;
    if closing < 0.0 {
        0.5 * PI / OPENING * (PI * phase / OPENING).sin()
    } else if closing < CLOSING {
        -0.5 * PI / CLOSING * (0.5 * PI * closing / CLOSING).sin()
    } else {
        0.0
    }
}

/// A filter of second order that rings at one frequency and passes a constant unchanged.
struct Resonator {
    rate: f64,
    /// How much of the ringing is left a sample later.
    decay: f64,
    /// The last two values that came out, the newer first.
    past: [f64; 2],
}

impl Resonator {
    fn new(bandwidth: f64, rate: f64) -> Self {
        Self {
            rate,
            decay: (-PI * bandwidth / rate).exp(),
            past: [0.0; 2],
        }
    }

    /// The next value out. A frequency that the rate cannot hold leaves the value alone.
    fn pass(&mut self, value: f64, frequency: f64) -> f64 {
        if 2.0 * frequency >= self.rate {
            return value;
        }
        let newer = 2.0 * self.decay * (TAU * frequency / self.rate).cos();
        let older = -self.decay * self.decay;
        let [last, before] = self.past;
        let out = (1.0 - newer - older) * value + newer * last + older * before;
        self.past = [out, last];
        out
    }
}

/// The values scaled to the peak, as 16-bit integers would hold them. Silence stays silent.
fn quantised(values: &[f64]) -> Vec<f32> {
    let largest = values.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    let scale = if largest > 0.0 { PEAK / largest } else { 0.0 };
    let steps = values.iter().map(|v| (v * scale * STEPS).round());
    steps.map(|v| (v / STEPS) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 8000;

    /// Numbers in [0, 1) by a linear congruence, as good as a test needs.
    fn numbers(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// The squared length of the Fourier transform at a frequency.
    fn power(samples: &[f32], frequency: f64) -> f64 {
        let turn = TAU * frequency / f64::from(RATE);
        let mut sums = [0.0, 0.0];
        for (k, value) in samples.iter().enumerate() {
            let (sin, cos) = (turn * k as f64).sin_cos();
            sums[0] += f64::from(*value) * cos;
            sums[1] += f64::from(*value) * sin;
        }
        sums[0] * sums[0] + sums[1] * sums[1]
    }

    fn held(vowel: Formants, pitch: f64) -> Vec<f32> {
        let plan = Plan {
            vowels: vec![vowel],
            seconds: 0.5,
            pitch: (pitch, pitch),
        };
        plan.spoken(&mut numbers(1), f64::from(RATE))
    }

    fn strongest(samples: &[f32], pitch: f64, harmonics: std::ops::Range<usize>) -> f64 {
        let frequencies = harmonics.map(|k| k as f64 * pitch);
        let pairs = frequencies.map(|f| (power(samples, f), f));
        pairs.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap().1
    }

    #[test]
    fn same_numbers_give_the_same_utterance_and_others_another() {
        let said = |seed| utterance(&mut numbers(seed), RATE);
        assert_eq!(said(1), said(1));
        assert_ne!(said(1), said(2));
    }

    #[test]
    fn utterances_are_bounded_quantised_and_as_long_as_promised() {
        for seed in 0..50 {
            let said = utterance(&mut numbers(seed), RATE);
            let largest = said.iter().fold(0.0f32, |most, v| most.max(v.abs()));
            assert_eq!(largest, 0.5);
            assert!(said.iter().all(|v| (f64::from(*v) * STEPS).fract() == 0.0));
            assert!((3200..=6400).contains(&said.len()), "{}", said.len());
        }
    }

    #[test]
    fn the_strongest_harmonic_is_next_to_the_first_formant() {
        for vowel in VOWELS {
            for pitch in [95.0, 110.0, 140.0] {
                let peak = strongest(&held(vowel, pitch), pitch, 1..28);
                assert!(
                    (peak - vowel[0]).abs() <= pitch,
                    "{vowel:?} {pitch}: {peak}"
                );
            }
        }
    }

    #[test]
    fn higher_formants_stand_out_among_their_neighbours() {
        let pitch = 100.0;
        for vowel in VOWELS {
            // Where the second is close to the first, its peak leans on that of the first.
            for formant in vowel[1..].iter().filter(|f| **f > 1500.0) {
                let near = (formant / pitch).round() as usize;
                let peak = strongest(&held(vowel, pitch), pitch, near - 3..near + 4);
                assert!((peak - formant).abs() <= pitch, "{vowel:?}: {peak}");
            }
        }
    }

    #[test]
    fn formants_move_from_vowel_to_vowel_without_jumps() {
        let plan = Plan {
            vowels: VOWELS[..3].to_vec(),
            seconds: 0.6,
            pitch: (100.0, 120.0),
        };
        let places = (0..=1000).map(|k| plan.formants(f64::from(k) / 1000.0));
        let first: Vec<f64> = places.map(|formants| formants[0]).collect();
        assert_eq!((first[0], first[500], first[1000]), (730.0, 530.0, 270.0));
        assert!(first.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 5.0));
    }

    #[test]
    fn starts_and_ends_softly() {
        let said = utterance(&mut numbers(3), RATE);
        let loudest = |part: &[f32]| part.iter().fold(0.0f32, |most, v| most.max(v.abs()));
        assert!(loudest(&said[..20]) < 0.02 && loudest(&said[said.len() - 20..]) < 0.02);
    }

    #[test]
    fn extreme_numbers_and_rates_are_harmless() {
        for number in [0.0, 0.5, 1.0 - f64::EPSILON] {
            for rate in [0, 1, 100, 4000, 44100] {
                let said = utterance(&mut || number, rate);
                assert!(said.iter().all(|v| v.abs() <= 0.5), "{number} {rate}");
            }
        }
    }

    #[test]
    fn neighbouring_vowels_differ() {
        for seed in 0..100 {
            let vowels = draw_vowels(&mut numbers(seed));
            assert!((2..=3).contains(&vowels.len()));
            assert!(vowels.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }
}
