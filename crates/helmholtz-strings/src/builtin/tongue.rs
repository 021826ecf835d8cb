//! Invented words that sound alike.
//!
//! Names in one column come from one country, club or field of study and share their sounds. A
//! [`Tongue`] is a small random language with few onsets, vowels and codas. Word lists alone would
//! teach a model the words; invented ones teach it what columns of words look like.

use super::kit::{Kit, capital};

// Repeated entries are the commoner sounds.
const ONSETS: &str = "b, b, d, d, f, g, h, j, k, k, l, l, m, m, n, n, p, p, r, r, s, s, t, t, v, \
    w, y, z, br, c, ch, dr, gr, kr, qu, sh, st, th, tr";
const VOWELS: &str = "a, a, a, e, e, e, i, i, i, o, o, o, u, u, ai, au, ea, ia, ie, oo, ou, y";
const CODAS: &str =
    "n, n, n, r, r, l, l, s, s, t, m, k, d, ck, ll, nd, ng, rd, rn, rt, ss, st, th, x";

/// The sounds of one invented language.
pub(super) struct Tongue {
    onsets: Vec<&'static str>,
    vowels: Vec<&'static str>,
    codas: Vec<&'static str>,
    /// How often a syllable is closed by a coda: Japanese has few, German many.
    closed: f64,
}

impl Tongue {
    pub(super) fn new(k: &mut Kit) -> Self {
        Self {
            onsets: k.some(ONSETS, 14),
            vowels: k.some(VOWELS, 7),
            codas: k.some(CODAS, 6),
            closed: k.real(0.0, 0.6),
        }
    }

    fn syllable(&self, k: &mut Kit) -> String {
        let open = format!("{}{}", k.pick(&self.onsets), k.pick(&self.vowels));
        if k.chance(self.closed) {
            open + k.pick(&self.codas)
        } else {
            open
        }
    }

    /// A word in lower case.
    pub(super) fn word(&self, k: &mut Kit, syllables: i64) -> String {
        (0..syllables).map(|_| self.syllable(k)).collect()
    }

    /// A capitalised word of one to three syllables, two as a rule.
    pub(super) fn name(&self, k: &mut Kit) -> String {
        let syllables = k.pick(&[1, 2, 2, 2, 3]);
        let closing = k.pick(&self.codas);
        let word = self.word(k, syllables);
        // A bare syllable such as "Ko" is rare as a name.
        capital(&if word.len() < 3 { word + closing } else { word })
    }
}
