//! Small worlds in which everything can be computed exactly, run under every algorithm.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod jumps;
mod patterns;
mod still;
mod walk;

use helmholtz_core::train::{Control, Learner, Limits, Observer, Report, StopReason, Trainer};
use helmholtz_math::random::Stream;
use helmholtz_nn::Param;
use helmholtz_nn::matrix;
use helmholtz_nn::tensor::Device;

/// A parameter of normal numbers with the given standard deviation.
fn parameter(
    rows: usize,
    columns: usize,
    scale: f64,
    rng: &mut Stream,
    device: &Device,
) -> Param<2> {
    let values = (0..rows * columns)
        .map(|_| (rng.normal() * scale) as f32)
        .collect();
    Param::from_tensor(matrix(values, rows, columns, device))
}

/// Remembers the reports.
#[derive(Default)]
struct Listen(Vec<Report>);

impl<L> Observer<L> for Listen {
    type Error = ();

    fn after_step(&mut self, _: u64, report: &Report, _: &L) -> Result<Control, ()> {
        self.0.push(report.clone());
        Ok(Control::Continue)
    }

    fn finish(&mut self, _: u64, _: &L, _: StopReason) -> Result<(), ()> {
        Ok(())
    }
}

/// Runs to step `steps`.
fn run<L: Learner>(trainer: &mut Trainer<L>, steps: u64) -> Vec<Report> {
    let idle = std::sync::atomic::AtomicBool::new(false);
    let mut listen = Listen::default();
    let limits = Limits {
        steps,
        time: None,
        interrupt: &idle,
    };
    trainer.run(&limits, &mut listen).unwrap();
    listen.0
}
