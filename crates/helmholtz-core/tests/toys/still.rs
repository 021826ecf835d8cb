//! A picture that does not move: a linear variational autoencoder as a sequence of one step. Filtering is then iterative
//! amortised inference (AVF, section 2.3), and there is no past to condition on, so that the free energy of the best
//! posterior is -log p(x).

use helmholtz_core::filter::{
    Amortised, First, Infer, Inference, IterativeConfig, IterativeNet, Sequence, StateSpace,
    StepEnergy, Update,
};
use helmholtz_core::train::{FilterSettings, Filtering, Trainer};
use helmholtz_math::random::Stream;
use helmholtz_nn::dist::Normal;
use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Module, Param};
use helmholtz_nn::{matrix, training_device};

use super::run;

/// Coordinates of the latent, and numbers of a picture.
const LATENT: usize = 8;
const SEEN: usize = 16;
/// The variance of the noise.
const NOISE: f64 = 0.1;

/// z ~ N(0, I), x = W z + N(0, v). The columns of W are orthogonal, so that posteriors are independent coordinate by
/// coordinate and a diagonal Gaussian can be exact.
#[derive(Clone, Debug, Module)]
struct Still {
    weights: Param<2>,
    log_variance: Param<2>,
}

/// Nothing but the number of rows.
type Rows = Tensor<2>;

/// W, row by row of its transpose: coordinate k is seen twice, with a size of its own.
fn weight(k: usize, i: usize) -> f64 {
    let size = 0.5 + k as f64 / 4.0;
    match i {
        i if i == k => size,
        i if i == k + LATENT => -0.5 * size,
        _ => 0.0,
    }
}

impl Still {
    fn new(device: &Device) -> Self {
        let weights = (0..LATENT).flat_map(|k| (0..SEEN).map(move |i| weight(k, i) as f32));
        Self {
            weights: Param::from_tensor(matrix(weights.collect(), LATENT, SEEN, device)),
            log_variance: Param::from_tensor(matrix(vec![NOISE.ln() as f32], 1, 1, device)),
        }
    }
}

impl StateSpace for Still {
    type State = Rows;

    fn start(&self, rows: usize) -> Rows {
        Tensor::zeros([rows, LATENT], &self.weights.val().device())
    }

    fn prior(&self, state: &Rows) -> Normal {
        Normal {
            mean: state.clone(),
            log_variance: state.clone(),
        }
    }

    fn log_likelihood(&self, _: &Rows, z: Tensor<2>, x: &Tensor<2>) -> Tensor<1> {
        let mean = z.matmul(self.weights.val());
        let log_variance = mean.zeros_like() + self.log_variance.val();
        Normal { mean, log_variance }.log_prob(x.clone())
    }

    fn advance(&self, state: Rows, _: Tensor<2>, _: &Tensor<2>) -> Rows {
        state
    }
}

/// Pictures, and the mean of -log p(x). In the plane of coordinate k, x is along a unit vector with variance
/// |w|^2 + v, and across it with variance v.
fn data(count: u64, seed: u64) -> (Vec<Sequence>, f64) {
    let mut nats = 0.0;
    let mut draw = |i| {
        let mut rng = Stream::at([seed, i, 2, 2]);
        let mut x = vec![0f32; SEEN];
        for k in 0..LATENT {
            let z = rng.normal();
            let [a, b] = [k, k + LATENT].map(|i| weight(k, i) * z + NOISE.sqrt() * rng.normal());
            (x[k], x[k + LATENT]) = (a as f32, b as f32);
            let (w, u) = (weight(k, k), weight(k, k + LATENT));
            let length = w.hypot(u);
            let (along, across) = ((w * a + u * b) / length, (u * a - w * b) / length);
            for (y, variance) in [(along, length * length + NOISE), (across, NOISE)] {
                nats += 0.5 * (y * y / variance + variance.ln() + std::f64::consts::TAU.ln());
            }
        }
        Sequence::try_from(vec![x]).unwrap()
    };
    let pictures = (0..count).map(&mut draw).collect();
    (pictures, nats / count as f64)
}

#[test]
fn iterative_inference_of_a_picture_reaches_its_evidence() {
    let device = training_device();
    let settings = FilterSettings {
        iterations: 4,
        samples: 2,
        online: false,
        clip: 1,
        first: First::Score,
        rate: 0.0,
        guide_rate: 3e-3,
        decay: 0.98,
        longest: 10.0,
        ..FilterSettings::default()
    };
    let config = IterativeConfig {
        width: 64,
        update: Update::LearnedStep,
        ..IterativeConfig::default()
    };
    let mut rng = Stream::at([6, 6, 0, 0]);
    let guide = IterativeNet::new(&config, (LATENT, SEEN), &mut rng, &device).unwrap();
    let learner = Filtering::new(
        Still::new(&device),
        guide,
        data(1_000, 1).0,
        settings,
        50,
        1,
    )
    .unwrap();
    let mut trainer = Trainer::new(learner, 1, 50, 0);
    run(&mut trainer, 1_500);
    let (pictures, exact) = data(500, 2);
    let found = after_iterations(&trainer.learner, &pictures, 4);
    let (prior, last) = (found[0], found[4]);
    // A sample a picture leaves a deviation of the mean that is below a nat a coordinate and picture.
    let error = (LATENT as f64 / 500.0).sqrt();
    assert!(found[1] < 0.5 * prior && found[2] < found[1], "{found:?}");
    // No less than the evidence, and all but a hundredth of what the prior costs more.
    let (low, high) = (exact - 4.0 * error, exact + 0.01 * (prior - exact));
    assert!((low..high).contains(&last), "{found:?} {exact}");
}

/// The mean free energy of the prior and after every iteration.
fn after_iterations<I: Infer<Still>>(
    learner: &Filtering<Still, I>,
    pictures: &[Sequence],
    iterations: usize,
) -> Vec<f64> {
    let inference = Inference {
        iterations,
        samples: 1,
        seed: 9,
    };
    let filter = Amortised::new(learner.model().clone(), learner.guide().clone(), inference);
    let all: Vec<&Sequence> = pictures.iter().collect();
    let energies = filter.energies(&all, First::Score);
    let mean = |k: usize| {
        let each = energies
            .iter()
            .map(|steps| StepEnergy::free_energy(&steps[0][k]));
        each.sum::<f64>() / energies.len() as f64
    };
    (0..=iterations).map(mean).collect()
}
