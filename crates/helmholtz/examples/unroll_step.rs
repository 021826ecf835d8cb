//! The CPU time of a step of Adam through a recurrent network unrolled over a clip, as one line of JSON.
//!
//! At each of 25 steps, 16 rows: two layers of 1,024 units read the observation (88) and the last state, normalised over
//! both, and an LSTM of 256 reads them. The loss is the mean square of all states; gradients go through all steps.
//!
//! `unroll_step [UPDATES=20]`

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;

use helmholtz::nn::Module;
use helmholtz::nn::tensor::{Device, Tensor, TensorData};
use helmholtz::nn::{
    Activation, Adam, Gradients, Lstm, Mlp, Rates, host, layer_norm, training_device,
};
use helmholtz::random::Stream;

mod usage;
use usage::{cpu_seconds, peak_mib};

const STEPS: usize = 25;
const ROWS: usize = 16;
const SEEN: usize = 88;
const WIDTH: usize = 1024;
const HIDDEN: usize = 256;

#[derive(Clone, Debug, Module)]
struct Network {
    layers: Mlp,
    lstm: Lstm,
}

impl Network {
    fn new(rng: &mut Stream, device: &Device) -> Self {
        Self {
            layers: Mlp::new(SEEN + HIDDEN, (WIDTH, 2), Activation::Relu, rng, device),
            lstm: Lstm::new(WIDTH, HIDDEN, rng, device),
        }
    }

    /// The mean square of all states.
    fn loss(&self, clip: &[Tensor<2>]) -> Tensor<1> {
        let zeros = Tensor::zeros([ROWS, HIDDEN], &clip[0].device());
        let mut state = (zeros.clone(), zeros);
        let mut states = Vec::with_capacity(STEPS);
        for x in clip {
            let seen = layer_norm(Tensor::cat(vec![x.clone(), state.0.clone()], 1));
            let read = self.lstm.project(self.layers.forward(seen));
            state = self.lstm.step(read, Some(state));
            states.push(state.0.clone());
        }
        Tensor::cat(states, 0).powi_scalar(2).mean()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let updates: u32 = std::env::args().nth(1).map_or(Ok(20), |n| n.parse())?;
    let (device, rng) = (training_device(), &mut Stream::at([1, 0, 0, 0]));
    let mut network = Network::new(rng, &device);
    let mut observed = || {
        let numbers: Vec<f32> = (0..ROWS * SEEN).map(|_| rng.normal() as f32).collect();
        Tensor::from_data(TensorData::new(numbers, [ROWS, SEEN]), &device)
    };
    let clip: Vec<Tensor<2>> = (0..STEPS).map(|_| observed()).collect();
    let rates = Rates {
        model: 1e-4,
        guide: 1e-4,
        likelihood: 1e-4,
    };
    let (mut adam, mut loss, mut start) = (Adam::default(), 0.0, 0.0);
    // The first two are not counted.
    for update in 0..updates + 2 {
        if update == 2 {
            start = cpu_seconds()?;
        }
        let energy = network.loss(&clip);
        loss = host(&energy)[0];
        let mut gradients = Gradients::of(&energy);
        drop(energy);
        network = adam.step(network, "model", &mut gradients, &rates, 1.0);
    }
    let ms = 1e3 * (cpu_seconds()? - start) / f64::from(updates);
    println!(
        r#"{{"ms":{ms:.2},"peak_mib":{:.0},"loss":{loss:.5}}}"#,
        peak_mib()?
    );
    Ok(())
}
