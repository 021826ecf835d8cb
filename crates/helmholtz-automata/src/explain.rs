//! Explaining one image: the rule behind it, how sure that is, and how the image goes on.
//!
//! Both kinds of rules are tried. For each the noise is that of maximum likelihood, rules summed out, and
//! the kinds are compared by their evidence. Columns to come are sampled from the whole posterior: a kind,
//! a rule of that kind, and then the automaton with its noise, many times.

use serde::Serialize;

use super::config::check_noise;
use super::counts::Counts;
use super::exact::{best_rule, entropy, log_evidence, maximum_likelihood, posterior};
use super::image::{Image, SIZE};
use super::picture::{PictureError, gray_levels, write_png};
use super::rule::{Neighbours, Rule};
use helmholtz_math::error::SettingError;
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::softmax;

/// How an image is explained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExplainOptions {
    /// The noise, above 0 and below 1/2; `None` to estimate it from the image.
    pub noise: Option<f64>,
    /// How many times the image is continued.
    pub futures: usize,
    /// The seed of that.
    pub seed: u64,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            noise: None,
            futures: 200,
            seed: 1,
        }
    }
}

/// What there is to say about an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Rules of each kind, the more probable kind first.
    pub kinds: Vec<Kind>,
    /// `[column][row]`: the probability of ink in each of the next 64 columns.
    pub extrapolation: Vec<Vec<f64>>,
    #[serde(skip)]
    future: Future,
}

/// What the rules of one number of neighbours make of an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kind {
    /// The number of neighbours.
    pub neighbours: Neighbours,
    /// The posterior probability of that number; before, both are equally likely.
    pub probability: f64,
    /// log p(x), in nats.
    pub log_evidence: f64,
    /// The probability that a cell is not what the rule says.
    pub noise: f64,
    /// The most probable rule.
    pub rule: Rule,
    /// Its name.
    pub name: String,
    /// Wolfram's number of it, if it has one.
    pub wolfram: Option<u8>,
    /// How unsure the rule is: the entropy of its posterior, in nats.
    pub entropy: f64,
    /// The bits of the rule that the image says nothing about: their neighbourhoods do not occur.
    pub undetermined: Vec<usize>,
    /// The posterior probability of 1 of each bit of the rule.
    pub bits: Vec<f64>,
}

/// Explains an image.
///
/// # Errors
/// When the noise is out of range, or no futures are asked for.
pub fn explain(image: &Image, options: &ExplainOptions) -> Result<Explanation, SettingError> {
    options.noise.map_or(Ok(()), check_noise)?;
    if options.futures == 0 {
        return Err(SettingError::new("futures", "choose at least 1"));
    }
    let mut kinds: Vec<Kind> = Neighbours::ALL
        .iter()
        .map(|&neighbours| Kind::new(&Counts::of(image, neighbours), options.noise))
        .collect();
    let evidence: Vec<f64> = kinds.iter().map(|k| k.log_evidence).collect();
    let probabilities = softmax(&evidence);
    for (kind, probability) in kinds.iter_mut().zip(probabilities) {
        kind.probability = probability;
    }
    kinds.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let future = extrapolate(image, &kinds, options);
    Ok(Explanation {
        kinds,
        extrapolation: future.ink.clone(),
        future,
    })
}

/// Where the search for the noise starts.
const START: f64 = 0.25;

impl Kind {
    /// The probability is 1 until kinds are compared.
    fn new(x: &Counts, noise: Option<f64>) -> Self {
        let noise = noise.unwrap_or_else(|| maximum_likelihood(std::slice::from_ref(x), START));
        let (rule, outcomes) = (best_rule(x), x.outcomes().enumerate());
        Self {
            neighbours: x.neighbours(),
            probability: 1.0,
            log_evidence: log_evidence(x, noise),
            noise,
            rule,
            name: rule.to_string(),
            wolfram: rule.wolfram(),
            entropy: entropy(x, noise),
            undetermined: outcomes
                .filter(|(_, (zeros, ones))| zeros + ones == 0)
                .map(|(i, _)| i)
                .collect(),
            bits: posterior(x, noise),
        }
    }

    /// A rule drawn from the posterior.
    fn sample(&self, rng: &mut Stream) -> Rule {
        let bits = self.bits.iter().enumerate();
        let bits = bits.map(|(i, &p)| u32::from(rng.uniform() < p) << i);
        Rule::truncated(self.neighbours, bits.sum())
    }
}

/// What may follow an image: rules from the posterior, of either kind, with their noise.
fn extrapolate(image: &Image, kinds: &[Kind], options: &ExplainOptions) -> Future {
    let weights: Vec<f64> = kinds.iter().map(|k| k.probability).collect();
    let last = image.columns()[SIZE - 1];
    Future::draw(options.futures, (options.seed, Purpose::Future), |rng| {
        let kind = &kinds[rng.categorical(&weights).unwrap_or(0)];
        let rule = kind.sample(rng);
        Image::go_on(rule, last, kind.noise, rng)
    })
}

/// The columns to come.
#[derive(Clone, Debug, PartialEq)]
pub struct Future {
    /// One way it may go on.
    sample: Image,
    /// `[column][row]`: the probability of ink.
    ink: Vec<Vec<f64>>,
}

impl Future {
    /// From `count` futures; `seed` and `purpose` address the draws.
    pub fn draw(
        count: usize,
        (seed, purpose): (u64, Purpose),
        draw: impl Fn(&mut Stream) -> [u64; SIZE],
    ) -> Self {
        let stream = |i: usize| Stream::at([seed, i as u64, 0, purpose.tag()]);
        let mut counts = [[0u32; SIZE]; SIZE];
        for i in 0..count {
            let columns = draw(&mut stream(i));
            for (column, counts) in columns.iter().zip(&mut counts) {
                let rows = counts.iter_mut().enumerate();
                rows.for_each(|(row, n)| *n += (column >> row & 1) as u32);
            }
        }
        let share = |n: u32| f64::from(n) / count as f64;
        Self {
            sample: Image::new(draw(&mut stream(0))),
            ink: counts.map(|column| column.map(share).to_vec()).to_vec(),
        }
    }
}

/// The line between an image and its future.
const LINE: u8 = 128;

/// The enlargement of a rendered picture.
const SCALE: usize = 4;

/// A PNG of the image and, right of gray lines, one way it may go on, and what is expected: the darker the
/// more probable is ink.
///
/// # Errors
/// When the picture cannot be written.
pub fn render(image: &Image, explanation: &Explanation) -> Result<Vec<u8>, PictureError> {
    write_png(
        WIDTH,
        SIZE,
        &side_by_side(image, &explanation.future),
        SCALE,
    )
}

/// The width of the three parts and the lines between them.
pub const WIDTH: usize = 3 * SIZE + 2;

/// Gray levels, row by row: the image, one future, and the probability of ink.
pub fn side_by_side(image: &Image, future: &Future) -> Vec<u8> {
    let (past, sample) = (gray_levels(image), gray_levels(&future.sample));
    let parts = past.chunks_exact(SIZE).zip(sample.chunks_exact(SIZE));
    let whole = |(row, (past, sample)): (usize, (&[u8], &[u8]))| {
        let ink = future.ink.iter().map(|column| column[row]);
        let ink: Vec<u8> = ink.map(|p| (255.0 * (1.0 - p)).round() as u8).collect();
        [past, &[LINE], sample, &[LINE], &ink].concat()
    };
    parts.enumerate().flat_map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::super::image::coins;
    use super::super::model::sample_image;
    use super::*;
    use helmholtz_data::picture::decode;

    fn explained(rule: Rule, noise: f64) -> (Image, Explanation) {
        let image = sample_image(rule, noise, &mut Stream::at([20, 1, 0, 0]));
        let explanation = explain(&image, &ExplainOptions::default()).unwrap();
        (image, explanation)
    }

    #[test]
    fn the_rule_behind_an_image_is_found() {
        for (neighbours, bits) in [(Neighbours::Three, 110), (Neighbours::Five, 0x1a2b_3c4d)] {
            let rule = Rule::new(neighbours, bits).unwrap();
            let (_, explanation) = explained(rule, 0.02);
            let best = &explanation.kinds[0];
            assert_eq!((best.rule, best.wolfram), (rule, rule.wolfram()));
            assert!(best.probability > 0.99 && best.entropy < 0.1);
            let standard_error = (0.02f64 * 0.98 / 4032.0).sqrt();
            assert!((best.noise - 0.02).abs() < 4.0 * standard_error);
            let total: f64 = explanation.kinds.iter().map(|k| k.probability).sum();
            assert!((total - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn without_noise_the_future_is_the_automaton() {
        let rule = Rule::new(Neighbours::Three, 30).unwrap();
        let (image, explanation) = explained(rule, 0.0);
        let mut column = image.columns()[SIZE - 1];
        for expected in &explanation.extrapolation {
            column = Image::next_column(rule, column);
            for (row, &p) in expected.iter().enumerate() {
                assert!((p - (column >> row & 1) as f64).abs() < 0.01);
            }
        }
    }

    #[test]
    fn what_an_image_does_not_show_is_not_claimed() {
        let explanation = explain(&Image::new([0; SIZE]), &ExplainOptions::default()).unwrap();
        let elementary = explanation
            .kinds
            .iter()
            .find(|k| k.wolfram.is_some())
            .unwrap();
        assert_eq!(elementary.undetermined, [1, 2, 3, 4, 5, 6, 7]);
        assert!((elementary.entropy - 7.0 * 2f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn options_are_checked_and_noise_can_be_given() {
        let image = Image::new(std::array::from_fn(|i| {
            coins(&mut Stream::at([21, i as u64, 0, 0]))
        }));
        let with = |noise, futures| {
            explain(
                &image,
                &ExplainOptions {
                    noise,
                    futures,
                    seed: 1,
                },
            )
        };
        assert!(
            with(Some(0.5), 1)
                .unwrap_err()
                .to_string()
                .starts_with("noise: ")
        );
        assert!(
            with(None, 0)
                .unwrap_err()
                .to_string()
                .starts_with("futures: ")
        );
        let given = with(Some(0.1), 3).unwrap();
        assert!(given.kinds.iter().all(|k| k.noise == 0.1));
        assert_eq!(given, with(Some(0.1), 3).unwrap());
    }

    #[test]
    fn a_rendered_picture_holds_the_image_and_its_future() {
        let rule = Rule::new(Neighbours::Three, 90).unwrap();
        let (image, explanation) = explained(rule, 0.02);
        let picture = render(&image, &explanation).unwrap();
        let read = decode(&picture, |_, _| true, "", u8::MAX).unwrap();
        assert_eq!((read.width, read.height), (194 * 4, 64 * 4));
    }
}
