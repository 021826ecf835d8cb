//! What can be asked of a domain, as a value.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::answer::{Outcome, Sink};
use super::error::ProductError;
use super::input::Input;
use super::options::{Field, Options, fields, read};
use super::{Product, Searching};
use crate::domain::Domain;
use crate::run::{Refused, RunFolder};
use crate::search::{Confidence, Tried};

/// The name of a verb, what it does in every domain, and what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// What it is given beside options.
    pub takes: Takes,
}

/// What a verb is given beside options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// Files, at least one.
    Files,
    /// Words, the first of which is called so, and the others so.
    Words(&'static str, &'static str),
}

/// Explain files by programs.
pub const EXPLAIN: Role = Role {
    name: "explain",
    about: "Explain files by programs",
    takes: Takes::Files,
};
/// Ask whether new data fit what was learned.
pub const CHECK: Role = Role {
    name: "check",
    about: "Ask whether new data fit what was learned",
    takes: Takes::Files,
};
/// Show what a model believes before it sees data.
pub const SAMPLE: Role = Role {
    name: "sample",
    about: "Draw from the prior: programs, and data that they generate",
    takes: Takes::Nothing,
};
/// Measure a model on held-out data.
pub const EVALUATE: Role = Role {
    name: "evaluate",
    about: "Measure a model on held-out data",
    takes: Takes::Files,
};
/// Follow a stream.
pub const FILTER: Role = Role {
    name: "filter",
    about: "Follow a stream step by step, as it arrives",
    takes: Takes::Files,
};
/// Score by hand.
pub const SCORE: Role = Role {
    name: "score",
    about: "The exact probability of data under a program that you write",
    takes: Takes::Words("PROGRAM", "DATA"),
};

/// A trained model with its guide and settings.
pub struct Loaded<D: Domain> {
    /// The settings.
    pub config: D::Config,
    /// Model and guide.
    pub networks: D::Networks,
    /// Where it was learned, unless it comes with the domain.
    pub run: Option<RunFolder>,
    /// What is to be said about it.
    pub remarks: Vec<String>,
}

impl<D: Domain> Loaded<D> {
    /// A model that comes with its domain.
    pub fn shipped(config: D::Config, networks: D::Networks) -> Self {
        Self {
            config,
            networks,
            run: None,
            remarks: vec![],
        }
    }

    /// A model as its settings make it.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn untrained(config: D::Config) -> Result<Self, ProductError> {
        let networks = D::networks(&config)?;
        Ok(Self::shipped(config, networks))
    }

    /// The model of a run folder, from its newest checkpoint that can be used.
    ///
    /// # Errors
    /// When there is no such run, or no checkpoint of it can be used.
    pub fn of_run(run: RunFolder) -> Result<Self, ProductError> {
        let config: D::Config = run.settings::<D>()?;
        let found = run.newest_weights(|state| D::restore(&config, state))?;
        Ok(Self {
            config,
            networks: found.value,
            run: Some(run),
            remarks: passed_over(&found.refused, found.step),
        })
    }
}

/// Says which checkpoints could not be used, and from which step the one is that was.
pub fn passed_over(refused: &[Refused], step: u64) -> Vec<String> {
    let say = |r: &Refused| {
        let (path, reason) = (r.path.display(), &r.reason);
        format!("{path}: {reason}; using the checkpoint of step {step}")
    };
    refused.iter().map(say).collect()
}

/// Which model is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The one that comes with the domain.
    #[default]
    Shipped,
    /// That of a run folder.
    Run(PathBuf),
}

impl Source {
    fn load<D: Product>(&self) -> Result<Loaded<D>, ProductError> {
        match self {
            Self::Shipped => D::shipped(),
            Self::Run(path) => Loaded::of_run(RunFolder::open(path)?),
        }
    }
}

/// What is asked, of which model.
pub struct Call<'a, D: Domain> {
    /// The model.
    pub loaded: &'a Loaded<D>,
    /// What it is asked about.
    pub input: &'a Input,
}

impl<D: Product> Call<'_, D> {
    /// Whether the model is the one that comes with the domain.
    pub fn is_shipped(&self) -> bool {
        self.loaded.run.is_none()
    }

    /// How far to trust a search: what was learned of the model that ships and its guide says nothing of others.
    pub fn confidence(&self, searching: &Searching) -> &'static Confidence
    where
        D: Tried,
    {
        match self.is_shipped() && searching.proposer.is_none() {
            true => D::confidence(),
            false => Confidence::cautious(),
        }
    }
}

/// A verb with its options taken away, as values by name.
type Run = dyn Fn(&Source, &Input, Map<String, Value>, &mut Sink<'_>) -> Result<Outcome, ProductError>
    + Send
    + Sync;

/// Something that can be asked of a domain.
#[derive(Clone)]
pub struct Verb<D: Domain> {
    /// Its name, and what it does in every domain.
    pub role: Role,
    /// What it does in this one, and with which files: a sentence or two.
    pub help: &'static str,
    /// Command lines to learn from, after the name of the program.
    pub examples: &'static [&'static str],
    options: fn() -> Vec<Field>,
    run: Arc<Run>,
    kind: std::marker::PhantomData<fn(D)>,
}

impl<D: Product> Verb<D> {
    /// A verb that asks a model.
    pub fn new<O: Options + 'static>(
        role: Role,
        help: &'static str,
        run: impl Fn(&Call<'_, D>, &O, &mut Sink<'_>) -> Result<Outcome, ProductError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self::erased::<O>(
            role,
            help,
            Arc::new(move |source, input, given, sink| {
                let options = read::<O>(given)?;
                let loaded = source.load::<D>()?;
                let call = Call {
                    loaded: &loaded,
                    input,
                };
                let mut outcome = run(&call, &options, sink)?;
                outcome.remarks.splice(0..0, loaded.remarks.clone());
                Ok(outcome.with_remarks_of_reading())
            }),
        )
    }

    /// A verb that needs no model.
    pub fn without_model<O: Options + 'static>(
        role: Role,
        help: &'static str,
        run: impl Fn(&Input, &O, &mut Sink<'_>) -> Result<Outcome, ProductError> + Send + Sync + 'static,
    ) -> Self {
        Self::erased::<O>(
            role,
            help,
            Arc::new(move |_, input, given, sink| {
                let outcome = run(input, &read::<O>(given)?, sink)?;
                Ok(outcome.with_remarks_of_reading())
            }),
        )
    }

    fn erased<O: Options>(role: Role, help: &'static str, run: Arc<Run>) -> Self {
        Self {
            role,
            help,
            examples: &[],
            options: fields::<O>,
            run,
            kind: std::marker::PhantomData,
        }
    }

    /// The same with command lines to learn from.
    pub fn with_examples(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }

    /// Its options.
    pub fn options(&self) -> Vec<Field> {
        (self.options)()
    }

    /// Does it.
    ///
    /// # Errors
    /// When an option or the input does not fit, or the model cannot be had.
    pub fn run(
        &self,
        source: &Source,
        input: &Input,
        options: Map<String, Value>,
        sink: &mut Sink<'_>,
    ) -> Result<Outcome, ProductError> {
        (self.run)(source, input, options, sink)
    }
}
