//! What is ready for any domain that learns by wake and sleep: verbs that explain, sample and evaluate ([`verbs`]), and
//! settings for networks of one size ([`Config`]).

mod config;
mod evaluate;
mod explain;
mod sample;

pub use config::Config;

use std::fmt::Display;
use std::path::Path;

use super::answer::{Account, LeftOut};
use super::error::Cause;
use super::verb::{EVALUATE, EXPLAIN, SAMPLE};
use super::{Input, Product, ProductError, Read, Verb};
use crate::guide::Guide;
use crate::model::Model;
use evaluate::evaluated;
use explain::explained;
use sample::sampled;

/// A domain for which they are ready: what they have to know beside model, guide and files.
pub trait Ready:
    Product<Networks = (Self::Model, Self::Guide), Datum = <Self::Model as Model>::Observation>
{
    /// Its model. Programs are told by their text.
    type Model: Model<Discrete: Display>;
    /// Its guide.
    type Guide: Guide<Self::Model>;

    /// What an observation is called in an answer.
    fn name(observation: &Self::Datum) -> String;

    /// What a program says about an observation beside its text, such as what comes next.
    fn note(_program: &<Self::Model as Model>::Discrete, _observation: &Self::Datum) -> String {
        String::new()
    }
}

/// The verbs.
pub fn verbs<D: Ready>() -> Vec<Verb<D>> {
    vec![
        Verb::new(EXPLAIN, EXPLAIN.about, explained::<D>),
        Verb::new(SAMPLE, SAMPLE.about, sampled::<D>),
        Verb::new(
            EVALUATE,
            "A lower bound of the log evidence of held-out data, by importance sampling from the guide",
            evaluated::<D>,
        ),
    ]
}

/// Observations, and the lines that are none, with the reason.
pub type Lines<T> = (Vec<T>, Vec<(u64, String)>);

/// The observations of some files, of which a reader says what it could not use: lines, and of several files those that
/// cannot be read at all, are left out and told.
///
/// # Errors
/// When no file can be read.
pub fn read_lines<T>(
    input: &Input,
    mut read: impl FnMut(&Path) -> Result<Lines<T>, Cause>,
) -> Result<Read<T>, ProductError> {
    let named = |file: &Path| Ok::<_, Cause>((file.display().to_string(), read(file)?));
    let (files, mut left_out) = input.each(named).map_err(ProductError::Input)?;
    let (mut observations, mut lines) = (vec![], 0);
    for (file, (values, refused)) in files {
        lines += values.len() + refused.len();
        observations.extend(values);
        let Some((_, reason)) = refused.first() else {
            continue;
        };
        let what = match input.files.len() {
            1 => "of the lines".to_owned(),
            _ => format!("of the lines of {file}"),
        };
        left_out.push(LeftOut {
            rows: refused.iter().map(|r| r.0).collect(),
            ..LeftOut::new(what, refused.len() as u64, reason.clone())
        });
    }
    let account = Account {
        files: input.names(),
        rows: Some(lines as u64),
        read: Some(observations.len() as u64),
        left_out,
        remarks: vec![],
    };
    Ok(Read {
        observations,
        account,
    })
}

#[cfg(test)]
mod tests;
