//! What can be said of whole recordings.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{filter_of, fitting, usual};
use crate::drawing::drawing;
use crate::explain::{Explanation, explain};
use crate::{Config, Medium, Recording, Sequences};
use helmholtz_core::product::input::extension;
use helmholtz_core::product::text::plain;
use helmholtz_core::product::words::{percent, spark};
use helmholtz_core::product::{
    Account, Answer, Attachment, Call, Outcome, ProductError, Sink, Text,
};
use helmholtz_data::svg::{escape, page_of};

/// Recordings on a page.
const PICTURES: usize = 20;

/// Options of explaining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ExplainOptions {
    /// The seed of the samples
    seed: u64,
    /// Write a page with pictures; a name that ends with .svg is one picture
    #[schemars(extend("value" = "FILE", "heading" = "Output"))]
    html: Option<PathBuf>,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            html: None,
        }
    }
}

pub(super) fn explained<M: Medium + 'static>(
    call: &Call<'_, Sequences<M>>,
    options: &ExplainOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let config = &call.loaded.config;
    let filter = filter_of(call.loaded, None, options.seed);
    let usual = usual(call.loaded, None, &*filter)?;
    let recordings = fitting::<M>(call.input, config)?;
    let mut outcome = Outcome::of(Account::whole(call.input, recordings.len()));
    let mut pictures = vec![];
    call.input.extent.expect(recordings.len());
    for (i, recording) in recordings.iter().enumerate() {
        let explanation = explain(&*filter, config, recording, &usual);
        if options.html.is_some() && i < PICTURES {
            pictures.push(picture(recording, &explanation, config));
        }
        let mut answer = answer(&explanation)?;
        if i + 1 == recordings.len() {
            answer
                .files
                .extend(options.html.as_ref().map(|path| page(path, &pictures)));
        }
        if sink(answer).is_break() {
            return Ok(outcome);
        }
    }
    if options.html.is_some() && recordings.len() > PICTURES {
        let remark = format!("the page shows the first {PICTURES} of {}", M::RECORDINGS);
        outcome.remarks.push(remark);
    }
    Ok(outcome)
}

/// A recording's name and its picture.
fn picture(recording: &Recording, explanation: &Explanation, config: &Config) -> (String, String) {
    (
        explanation.name.clone(),
        drawing(recording, &explanation.steps, config),
    )
}

/// A page of recordings, or one picture if the file is to be an SVG.
fn page(path: &std::path::Path, pictures: &[(String, String)]) -> Attachment {
    let text = match extension(path) == "svg" {
        true => pictures.first().map(|p| p.1.clone()).unwrap_or_default(),
        false => {
            let each = pictures.iter();
            let each = each.map(|(name, drawn)| format!("<h2>{}</h2>\n{drawn}\n", escape(name)));
            let title = path.file_stem().unwrap_or_default().to_string_lossy();
            page_of(&title, &each.collect::<String>())
        }
    };
    Attachment {
        what: "page",
        path: path.to_owned(),
        bytes: text.into_bytes(),
    }
}

fn answer(explanation: &Explanation) -> Result<Answer, ProductError> {
    let Explanation {
        name,
        free_energy,
        kl,
        surprising,
        steps,
    } = explanation;
    let mut text = Text::default();
    text.title(name, format!("({} steps)", steps.len()));
    let cost = format!("{free_energy:.3} nats a step, of which {kl:.3} tell of the latent");
    text.item("free energy", [plain(cost)]);
    let energies = steps.iter().flatten().map(|f| f.energy.free_energy());
    text.item("by step", [plain(spark(&energies.collect::<Vec<_>>()))]);
    text.items(
        "surprising",
        surprising.iter().map(|s| {
            let usual = s
                .surprise
                .map(|p| format!(", more than {} of usual steps", percent(p)));
            format!(
                "step {}: {:.1} nats{}",
                s.t,
                s.free_energy,
                usual.unwrap_or_default()
            )
        }),
    );
    Answer::of(name, explanation)?
        .with_text(text)
        .with_rows(surprising)
}
