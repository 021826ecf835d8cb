//! Model and guide together: what is drawn is scored, and probabilities sum to one.

use helmholtz_nn::Module;
use helmholtz_nn::tensor::Tensor;

use super::covariance::tests::compiled;
use super::covariance::{Covariance, Layout};
use super::expression::Token;
use super::grammar::Form;
use super::parameters::{Kernels, ParameterNet};
use super::window::Windows;
use super::{Config, Expression, Series, SeriesDomain, SeriesGuide, SeriesModel};
use helmholtz_core::domain::Domain;
use helmholtz_core::domain::Settings as _;
use helmholtz_core::guide::{ContinuousGuide, Guide};
use helmholtz_core::model::{Model, ModelExt, Rows};
use helmholtz_math::random::Stream;
use helmholtz_nn::{export, host, import, matrix, training_device};

fn config(form: Form, max_tokens: usize) -> Config {
    Config {
        hidden: 6,
        points: 12,
        form,
        max_tokens,
        ..Config::default()
    }
}

fn networks(config: &Config) -> (SeriesModel, SeriesGuide) {
    SeriesDomain::networks(config).unwrap()
}

fn series(seed: u64) -> Series {
    let mut rng = Stream::at([seed, 0, 0, 0]);
    Series::even((0..12).map(|_| rng.normal()).collect()).unwrap()
}

/// Everything that can be written.
fn all_programs(model: &SeriesModel) -> Vec<Expression> {
    let (mut open, mut all) = (vec![vec![]], vec![]);
    while let Some(tokens) = open.pop() {
        let mask = model.setting().grammar.allowed(&tokens);
        for (i, &token) in Token::ALL.iter().enumerate() {
            match token {
                _ if mask >> i & 1 == 0 => {}
                Token::End => all.push(Expression::from_tokens(&tokens)),
                token => open.push([tokens.clone(), vec![token]].concat()),
            }
        }
    }
    all
}

#[test]
fn prior_and_guide_sum_to_one_over_all_kernels() {
    for form in [Form::Paper, Form::Distinct, Form::Free] {
        let (model, guide) = networks(&config(form, 3));
        let programs = all_programs(&model);
        let x = series(1);
        let (observations, of) = ([&x], vec![0; programs.len()]);
        let prior = model
            .log_prior(&Rows::new(&observations, &of, &programs))
            .values();
        let total: f64 = prior.iter().map(|l| l.exp()).sum();
        assert!((total - 1.0).abs() < 1e-4, "{form:?}: {total}");
        let encoding = guide.encode(&observations);
        let guided = host(&Guide::log_prob(&guide, &encoding, &of, &programs));
        let total: f64 = guided.iter().map(|&l| f64::from(l).exp()).sum();
        assert!((total - 1.0).abs() < 1e-4, "{form:?}: {total}");
    }
}

#[test]
fn what_the_guide_writes_has_the_probability_that_it_says() {
    let (_, guide) = networks(&config(Form::Distinct, 9));
    let guide = guide.valid();
    let x = [series(1), series(2)];
    let encoding = guide.encode(&[&x[0], &x[1]]);
    let of = [1, 0, 1, 1, 0];
    let mut rngs: Vec<Stream> = (0..5).map(|i| Stream::at([i, 3, 0, 0])).collect();
    let (programs, said): (Vec<Expression>, Vec<f64>) =
        Guide::sample(&guide, &encoding, &of, &mut rngs)
            .into_iter()
            .unzip();
    let scored = host(&Guide::log_prob(&guide, &encoding, &of, &programs));
    for (said, scored) in said.iter().zip(scored) {
        assert!((said - f64::from(scored)).abs() < 1e-4, "{said} {scored}");
    }
}

/// A network whose output layer is random instead of zero.
fn net() -> ParameterNet {
    let device = training_device();
    let net = ParameterNet::new(3, 5, &mut Stream::at([1, 2, 3, 4]), &device);
    let mut weights = export(&net);
    let mut rng = Stream::at([5, 6, 7, 8]);
    let all = weights.values_mut().flat_map(|array| &mut array.values);
    all.for_each(|w| *w += 0.3 * rng.normal() as f32);
    import(net, &weights).unwrap().valid()
}

/// c = f(noise) is triangular, so that log q(c) = log N(noise) - the sum of log of its diagonal's slopes.
#[test]
fn drawn_parameters_have_the_density_of_their_noise() {
    let net = net();
    for layout in [Layout::Used, Layout::Idle] {
        let kernel = |text: &str| -> Covariance { compiled(text, &Windows::wide(), layout) };
        let covariances = [kernel("WN"), kernel("SE*PER2+LIN+WN"), kernel("PER1+SE")];
        let kernels = Kernels::new(covariances.to_vec(), &[0, 1, 2], 2);
        let widest = covariances.iter().map(|c| c.width).max().unwrap();
        let device = training_device().inner();
        let mut rng = Stream::at([9, 0, 0, 0]);
        let context: Vec<f32> = (0..9).map(|_| rng.normal() as f32).collect();
        let context = matrix(context, 3, 3, &device);
        let mut noise = vec![0.0; 6 * widest];
        for row in 0..6 {
            let own = &mut noise[row * widest..][..covariances[row / 2].width];
            own.iter_mut().for_each(|z| *z = rng.normal() as f32);
        }
        let draw = |noise: &[f32]| -> Tensor<2> {
            let noise = matrix(noise.to_vec(), 6, widest, &device);
            net.sample(&kernels, context.clone(), noise).values
        };
        let density = host(&net.log_prob(&kernels, context.clone(), draw(&noise)));
        let own = matrix(noise.clone(), 6, widest, &device);
        let own = host(&net.sample(&kernels, context.clone(), own).log_prob);
        for (own, density) in own.iter().zip(&density) {
            assert!((own - density).abs() < 1e-4 * (1.0 + density.abs()));
        }
        for row in 0..6 {
            let width = covariances[row / 2].width;
            let mut want = 0.0;
            for i in row * widest..row * widest + width {
                let (mut up, mut down) = (noise.clone(), noise.clone());
                up[i] += 0.01;
                down[i] -= 0.01;
                let slope = (host(&draw(&up))[i] - host(&draw(&down))[i]) / (up[i] - down[i]);
                let z = f64::from(noise[i]);
                want -= 0.5 * (z * z + std::f64::consts::TAU.ln()) + f64::from(slope).ln();
            }
            let got = f64::from(density[row]);
            assert!(
                (got - want).abs() < 2e-3 * (1.0 + want.abs()),
                "{row}: {got} {want}"
            );
            let idle = &host(&draw(&noise))[row * widest + width..(row + 1) * widest];
            assert!(idle.iter().all(|&c| c == 0.0));
        }
    }
}

#[test]
fn attached_samples_carry_the_likelihood_gradient() {
    let (model, _) = networks(&config(Form::Distinct, 9));
    let x = series(4);
    let programs = ["SE+WN", "PER2"].map(|t| t.parse::<Expression>().unwrap());
    let raw = vec![0.3, -0.2, 0.5, 0.1, 0.4, -0.6];
    let device = training_device();
    let score = |raw: &[f32]| {
        let c = matrix(raw.to_vec(), 2, 3, &device).require_grad();
        let observations = [&x];
        let rows = Rows {
            pathwise: true,
            ..Rows::new(&observations, &[0, 0], &programs).with_samples(1, Some(c.clone()))
        };
        (model.log_likelihood(&rows), c)
    };
    let (log_prob, c) = score(&raw);
    let gradients = log_prob.tensor.clone().sum().backward();
    let gradient = host(&Tensor::<2>::from_inner(c.grad(&gradients).unwrap()));
    for i in 0..6 {
        let at = |by: f32| {
            let mut moved = raw.clone();
            moved[i] += by;
            score(&moved).0.values().iter().sum::<f64>()
        };
        let numeric = (at(1e-3) - at(-1e-3)) / 2e-3;
        let error = (f64::from(gradient[i]) - numeric).abs();
        assert!(
            error < 1e-2 * (1.0 + numeric.abs()),
            "{i}: {} {numeric}",
            gradient[i]
        );
    }
}

#[test]
fn the_guide_draws_and_scores_continuous_parts_by_observation() {
    let (model, guide) = networks(&config(Form::Distinct, 9));
    let (model, guide) = (model.valid(), guide.valid());
    let x = [series(1), series(2)];
    let encoding = guide.encode(&[&x[0], &x[1]]);
    let programs = ["SE+WN", "SE+WN"].map(|t| t.parse::<Expression>().unwrap());
    let width = model.width_of(&programs[0]);
    let noise = matrix(vec![0.1; 2 * 3 * width], 6, width, &guide.device());
    let c = ContinuousGuide::sample(&guide, &encoding, &[0, 1], &programs, 3, noise).values;
    let scored = ContinuousGuide::log_prob(&guide, &encoding, &[0, 1], &programs, 3, c.clone());
    assert_eq!((c.dims(), scored.dims()), ([6, width], [6]));
    assert!(host(&scored).iter().all(|l| l.is_finite()));
}

#[test]
fn learned_ranges_carry_the_likelihood_gradient() {
    let config = Config {
        learned_periods: true,
        ..config(Form::Distinct, 9)
    };
    let (model, _) = networks(&config);
    let x = series(4);
    let programs = ["PER1+WN", "PER3+SE", "SE"].map(|t| t.parse::<Expression>().unwrap());
    let device = training_device();
    let raw = [0.3, -0.2, 0.5, 0.1, 0.0, 0.4, -0.6, 0.2, 0.3, -0.4];
    let raw = [&raw[..], &[0.1, 0.5, 0.0, 0.0, 0.0]].concat();
    let score = |model: &SeriesModel| {
        let c = matrix(raw.clone(), 3, 5, &device);
        let observations = [&x];
        let rows = Rows::new(&observations, &[0, 0, 0], &programs).with_samples(1, Some(c));
        model.log_likelihood(&rows)
    };
    let moved = |i: usize, by: f32| {
        let mut weights = export(&model);
        let widths = weights.keys().find(|k| k.contains("widths")).cloned();
        weights.get_mut(&widths.unwrap()).unwrap().values[i] += by;
        import(model.clone(), &weights).unwrap()
    };
    let gradients = score(&model).tensor.sum().backward();
    let widths = model.likelihood.as_ref().unwrap().widths();
    let gradient = host(&Tensor::<2>::from_inner(widths.grad(&gradients).unwrap()));
    for (i, &got) in gradient.iter().enumerate() {
        let at = |by: f32| score(&moved(i, by)).values().iter().sum::<f64>();
        let numeric = (at(1e-3) - at(-1e-3)) / 2e-3;
        let error = (f64::from(got) - numeric).abs();
        assert!(error < 1e-2 * (1.0 + numeric.abs()), "{i}: {got} {numeric}");
    }
    assert!(gradient.iter().any(|g| g.abs() > 0.1));
    let fixed = Config {
        range: Some(0.02),
        ..config
    };
    assert_eq!(fixed.check().unwrap_err().setting, "learned_periods");
}
