//! Programs from the prior, and what they generate.

use helmholtz_nn::Module;
use serde::Serialize;

use super::Ready;
use crate::model::{Latent, Model};
use crate::product::text::{plain, strong};
use crate::product::{Answer, Call, Draws, Outcome, ProductError, Sink, Text, send};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// A program that was drawn, and what it generated.
#[derive(Serialize)]
struct Fantasy {
    program: String,
    samples: Vec<String>,
    /// Draws that are no possible observations.
    failed: usize,
}

pub(super) fn sampled<D: Ready>(
    call: &Call<'_, D>,
    draws: &Draws,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let model = call.loaded.networks.0.valid();
    let fantasies = (0..draws.programs).flat_map(|i| {
        let mut rngs = [stream(draws, Purpose::Latent, (i, 0))];
        let latents = model.sample_latent(&mut rngs).into_iter();
        let drawn = latents.map(|z| fantasy::<D>(&model, z, draws, i));
        drawn.collect::<Vec<_>>()
    });
    send(sink, fantasies.map(told))?;
    Ok(Outcome::default())
}

/// The stream of sample j of program i.
fn stream(draws: &Draws, purpose: Purpose, (i, j): (usize, usize)) -> Stream {
    Stream::at([draws.seed, i as u64, j as u64, purpose.tag()])
}

/// What a program generates.
fn fantasy<D: Ready>(
    model: &D::Model,
    z: Latent<<D::Model as Model>::Discrete>,
    draws: &Draws,
    i: usize,
) -> Fantasy {
    let program = z.0.to_string();
    let rngs = (0..draws.samples).map(|j| stream(draws, Purpose::Observation, (i, j)));
    let mut rngs: Vec<Stream> = rngs.collect();
    let drawn = match draws.samples {
        0 => vec![],
        n => model.sample_observation(&vec![z; n], &mut rngs),
    };
    let samples: Vec<String> = drawn.iter().flatten().map(D::name).collect();
    Fantasy {
        program,
        failed: drawn.len() - samples.len(),
        samples,
    }
}

fn told(fantasy: Fantasy) -> Result<Answer, ProductError> {
    let mut text = Text::default();
    text.line([strong(fantasy.program.as_str())]);
    for sample in &fantasy.samples {
        text.line([plain(format!("    {sample}"))]);
    }
    let (failed, all) = (fantasy.failed, fantasy.failed + fantasy.samples.len());
    let doubt = (failed > 0).then(|| format!("{failed} of {all} draws are no observations"));
    Ok(Answer::of("", &fantasy)?
        .with_text(text)
        .with_doubt(doubt.as_deref()))
}
