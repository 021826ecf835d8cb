use super::super::image::{Image, SIZE};
use super::super::model::{sample_image, sample_rule};
use super::*;
use helmholtz_nn::host;
use helmholtz_nn::testing::check_gradient;
use helmholtz_nn::training_device;

fn images(count: u64, neighbours: Neighbours) -> Vec<Image> {
    let draw = |i| {
        let mut rng = Stream::at([18, i, 0, 0]);
        let rule = sample_rule(neighbours, &mut rng);
        sample_image(rule, 0.1, &mut rng)
    };
    (0..count).map(draw).collect()
}

fn counts(count: u64, neighbours: Neighbours) -> Vec<Counts> {
    let images = images(count, neighbours);
    images.iter().map(|i| Counts::of(i, neighbours)).collect()
}

fn guide(neighbours: Neighbours) -> AutomataGuide {
    AutomataGuide::new(neighbours, 6, 5, 3, &training_device())
}

/// Those of a guide, with random kernels: a detector answers exactly 0 to some patches, where a rectifier
/// has no derivative.
fn random_weights(neighbours: Neighbours) -> [Vec<f32>; 4] {
    let mut weights = guide(neighbours).weights().map(|w| host(&w));
    let mut rng = Stream::at([22, 0, 0, 0]);
    let random = |w: &mut f32| *w = (rng.uniform() - 0.5) as f32;
    weights[0].iter_mut().for_each(random);
    weights
}

#[test]
fn a_kernel_begins_as_the_detector_of_a_patch() {
    for neighbours in Neighbours::ALL {
        let count = 2 * neighbours.bits();
        let guide = AutomataGuide::new(neighbours, count, 4, 1, &training_device());
        let weights = guide.weights().map(|w| host(&w));
        let weights: Vec<&[f32]> = weights.iter().map(Vec::as_slice).collect();
        let maps = Activations::new(&vec![0.0; count], neighbours, &weights).maps;
        let identity = (0..count * count).map(|i| f32::from(u8::from(i % count == i / count)));
        assert_eq!(maps, identity.collect::<Vec<_>>());
    }
}

#[test]
fn the_guide_sums_to_one_over_all_rules() {
    let (guide, images) = (
        guide(Neighbours::Three).valid(),
        counts(2, Neighbours::Three),
    );
    let encoding = guide.encode(&[&images[0], &images[1]]);
    let all: Vec<Rule> = (0..256)
        .map(|bits| Rule::truncated(Neighbours::Three, bits))
        .collect();
    for o in 0..2 {
        let log_q = host(&guide.log_prob(&encoding, &[o; 256], &all));
        let total: f64 = log_q.iter().map(|&l| f64::from(l).exp()).sum();
        assert!((total - 1.0).abs() < 1e-5, "{total}");
    }
}

#[test]
fn what_is_drawn_is_scored_alike() {
    for neighbours in Neighbours::ALL {
        let (guide, images) = (guide(neighbours).valid(), counts(3, neighbours));
        let encoding = guide.encode(&images.iter().collect::<Vec<_>>());
        let of: Vec<usize> = (0..30).map(|i| i % 3).collect();
        let mut rngs: Vec<Stream> = (0..30).map(|i| Stream::at([9, i, 0, 0])).collect();
        let drawn = guide.sample(&encoding, &of, &mut rngs);
        let (rules, log_q): (Vec<_>, Vec<f64>) = drawn.into_iter().unzip();
        let again = host(&guide.log_prob(&encoding, &of, &rules));
        let mut both = log_q.iter().zip(again);
        assert!(both.all(|(a, b)| (a - f64::from(b)).abs() < 1e-4));
    }
}

#[test]
fn logits_of_any_size_have_finite_log_probabilities() {
    let logits = Logits::new(vec![1e4, -1e4, 0.0, 50.0, -50.0, 1e-3, 88.0, -88.0], 8);
    let likely = Rule::truncated(Neighbours::Three, 0b0110_1001);
    let at = logits.log_prob(0, likely);
    let by_hand = -2.0 * 2f64.ln() + 0.5e-3;
    assert!((at - by_hand).abs() < 1e-6, "{at}");
    assert!((logits.log_prob(0, likely.flipped(0)) - (at - 1e4)).abs() < 1e-6);
}

#[test]
fn bits_are_drawn_with_their_probabilities() {
    let logits = Logits::new(vec![-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 9.0], 8);
    let (n, mut rng) = (20_000, Stream::at([19, 0, 0, 0]));
    let mut set = [0.0; 8];
    for _ in 0..n {
        let (rule, _) = logits.draw(0, Neighbours::Three, &mut rng);
        (0..8).for_each(|i| set[i] += f64::from(u8::from(rule.bit(i))) / f64::from(n));
    }
    for (i, share) in set.into_iter().enumerate() {
        let p = sigmoid(logits.values[i]);
        let standard_error = (p * (1.0 - p) / f64::from(n)).sqrt();
        assert!((share - p).abs() < 4.0 * standard_error, "bit {i}");
    }
}

#[test]
fn pooling_by_patch_is_the_convolution_at_every_position() {
    for neighbours in Neighbours::ALL {
        let images = images(1, neighbours);
        let weights = random_weights(neighbours);
        let weights: Vec<&[f32]> = weights.iter().map(Vec::as_slice).collect();
        let x = Counts::of(&images[0], neighbours);
        let seen: Vec<f32> = frequencies(&x).collect();
        let fast = Activations::new(&seen, neighbours, &weights);
        let (d, channels) = (neighbours.count(), 6);
        let weight = |cell: usize, channel| f64::from(weights[0][cell * channels + channel]);
        let sign = |ink: bool| if ink { 1.0 } else { -1.0 };
        let response = |x: usize, y: usize, channel: usize| {
            let row = |k: usize| (y + SIZE + k - d / 2) % SIZE;
            let seen = (0..d).map(|k| weight(k, channel) * sign(images[0].ink(x, row(k))));
            let outcome = weight(d, channel) * sign(images[0].ink(x + 1, y));
            (seen.sum::<f64>() + outcome + weight(d + 1, channel)).max(0.0)
        };
        for channel in 0..channels {
            let positions = (0..SIZE - 1).flat_map(|x| (0..SIZE).map(move |y| (x, y)));
            let total: f64 = positions.map(|(x, y)| response(x, y, channel)).sum();
            // Less what fair coins would give, and scaled: see `frequencies`.
            let patches = 2 * neighbours.bits();
            let map = fast.maps.iter().skip(channel).step_by(channels);
            let coins = map.map(|&m| f64::from(m)).sum::<f64>() / patches as f64;
            let slow = (total / CELLS as f64 - coins) * patches as f64 / 2.0;
            let pooled = f64::from(fast.pooled[channel]);
            assert!((slow - pooled).abs() < 1e-5, "{slow} against {pooled}");
        }
    }
}

#[test]
fn the_gradient_agrees_with_finite_differences() {
    let neighbours = Neighbours::Three;
    let images = counts(2, neighbours);
    let encoding = guide(neighbours).encode(&[&images[0], &images[1]]);
    let kernel = Bits {
        neighbours,
        frequencies: encoding.frequencies,
        of: vec![0, 1, 1],
        programs: [110, 30, 0b1010_0101]
            .map(|b| Rule::truncated(neighbours, b))
            .to_vec(),
    };
    check_gradient(&kernel, &random_weights(neighbours));
}
