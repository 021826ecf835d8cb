//! Programs from the prior, and what they generate.

use helmholtz_nn::Module;
use serde::Serialize;

use super::Ready;
use crate::model::Model;
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
    let stream = |purpose: Purpose, i: usize, j: usize| {
        Stream::at([draws.seed, i as u64, j as u64, purpose.tag()])
    };
    let each = (0..draws.programs).flat_map(|i| {
        let mut rngs = [stream(Purpose::Latent, i, 0)];
        let latents = model.sample_latent(&mut rngs);
        latents.into_iter().map(move |z| (i, z)).collect::<Vec<_>>()
    });
    let fantasies = each.map(|(i, z)| {
        let latents = vec![z; draws.samples];
        let rngs = (0..draws.samples).map(|j| stream(Purpose::Observation, i, j));
        let mut rngs: Vec<Stream> = rngs.collect();
        let drawn = model.sample_observation(&latents, &mut rngs);
        let program = latents.first().map(|z| z.0.to_string()).unwrap_or_default();
        let samples: Vec<String> = drawn.iter().flatten().map(D::name).collect();
        let failed = drawn.len() - samples.len();
        let mut text = Text::default();
        text.line([strong(program.as_str())]);
        for sample in &samples {
            text.line([plain(format!("    {sample}"))]);
        }
        let doubt =
            (failed > 0).then(|| format!("{failed} of {} draws are no observations", drawn.len()));
        let fantasy = Fantasy {
            program,
            samples,
            failed,
        };
        Ok(Answer::of("", &fantasy)?
            .with_text(text)
            .with_doubt(doubt.as_deref()))
    });
    send(sink, fantasies)?;
    Ok(Outcome::default())
}
