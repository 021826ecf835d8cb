//! A domain as a person meets it: what its files are, what can be asked of it, with which options, and what it answers.
//!
//! [`Product`] stands next to [`Domain`]: a domain that implements both has everything that a command line, a Python
//! module or a page needs, and those know no domain's name. A verb is a value, a [`Verb`]: a name, options that are a
//! plain struct ([`options`]), and a function that sends [`Answer`]s to a sink. So an option that a verb does not have
//! cannot be given to it, and an endless stream of answers flows.

pub mod answer;
pub mod error;
mod first_steps;
pub mod input;
pub mod options;
mod proposer;
pub mod ready;
pub mod registry;
pub mod settings;
pub mod text;
pub mod training;
pub mod verb;
pub mod words;

pub use answer::{Account, Answer, Attachment, LeftOut, Outcome, Sink, Verdict, send};
pub use error::ProductError;
pub use input::{Extent, Glimpse, Input, Likely};
pub use options::{Draws, Nothing, Options};
pub use proposer::{Offered, Searching};
pub use ready::Ready;
pub use registry::{AnyProduct, Registry};
pub use schemars;
pub use text::Text;
pub use verb::{Call, Loaded, Source, Verb};

use crate::domain::{Domain, pretrained};

/// The seed of built-in data: they stay the same when the seed of training changes.
pub const BUILTIN_SEED: u64 = 0;

/// A domain that people can use.
pub trait Product: Domain + Sized + 'static {
    /// In a line, what is explained by what.
    const ABOUT: &'static str;
    /// What an observation is called, in the plural.
    const OBSERVATIONS: &'static str;
    /// Settings that have a flag of their own in training, beside those that every domain has.
    const FLAGS: &'static [Flag] = &[];

    /// How its files are read.
    type Reading: Options;

    /// The observations of some files, as they are learned from.
    ///
    /// # Errors
    /// When a file cannot be read, or nothing of it can be used.
    fn read(
        input: &Input,
        reading: &Self::Reading,
        config: &Self::Config,
    ) -> Result<Read<Self::Datum>, ProductError>;

    /// The observations that come with the library.
    fn builtin(config: &Self::Config) -> Read<Self::Datum>;

    /// The model that is used where the domain's name stands for a run.
    ///
    /// # Errors
    /// When none comes with the domain.
    fn shipped() -> Result<Loaded<Self>, ProductError> {
        if Self::SHIPPED.is_none() {
            let name = Self::NAME;
            let reason = format!(
                "no model of `{name}` comes with the program; make one with `train {name}` and name its folder"
            );
            return Err(ProductError::Missing { reason });
        }
        let (config, networks) = pretrained::<Self>()?;
        Ok(Loaded::shipped(config, networks))
    }

    /// What can be asked.
    fn verbs() -> Vec<Verb<Self>>;

    /// How likely a file is one of this domain, for files that are named without one.
    fn likely(_: &Glimpse) -> Option<Likely> {
        None
    }
}

/// A setting with a flag of its own.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The flag, without hyphens.
    pub name: &'static str,
    /// The setting, as in `filtering.iterations`.
    pub key: &'static str,
    /// A sentence on what it does.
    pub help: &'static str,
    /// What it takes.
    pub takes: Taken,
}

/// What the flag of a setting takes.
#[derive(Clone, Copy, Debug)]
pub enum Taken {
    /// A whole number.
    Count,
    /// One of some words.
    Word(&'static [&'static str]),
    /// Nothing: where it is given, the setting has this value.
    Nothing(bool),
}

/// Observations, and what was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    /// The observations.
    pub observations: Vec<T>,
    /// Where they are from, and what was left out.
    pub account: Account,
}

impl<T> Read<T> {
    /// Observations of which nothing was left out.
    pub fn whole(observations: Vec<T>, input: &Input) -> Self {
        let account = Account::whole(input, observations.len());
        Self {
            observations,
            account,
        }
    }
}
