//! A trained model: of a run folder, or the one that comes with the program.

use std::path::Path;

use anyhow::Result;
use helmholtz::domain::Domain;
use helmholtz::run::{Refused, RunFolder};

use crate::output::note;

/// A model with its guide and settings.
pub(crate) struct Loaded<D: Domain> {
    pub(crate) config: D::Config,
    pub(crate) networks: D::Networks,
    /// Where it was learned, unless it comes with the program.
    pub(crate) run: Option<RunFolder>,
}

impl<D: Domain> Loaded<D> {
    /// A model that comes with the program.
    pub(crate) fn shipped(config: D::Config, networks: D::Networks) -> Self {
        Self {
            config,
            networks,
            run: None,
        }
    }

    /// A model as its settings make it.
    pub(crate) fn untrained(config: D::Config) -> Result<Self> {
        let networks = D::networks(&config)?;
        Ok(Self::shipped(config, networks))
    }

    /// From a run folder, or by the domain's name; a folder of that name is reached as `./strings`.
    pub(crate) fn open(run: &Path, shipped: impl FnOnce() -> Result<Self>) -> Result<Self> {
        if run == Path::new(D::NAME) {
            return shipped();
        }
        let run = RunFolder::open(run)?;
        let config: D::Config = run.config(D::NAME)?;
        let found = run.newest(|state| D::restore(&config, state))?;
        describe_refused(&found.refused, found.step);
        Ok(Self {
            config,
            networks: found.value,
            run: Some(run),
        })
    }
}

/// Says which checkpoints could not be used, and from which step the one is that was.
pub(crate) fn describe_refused(refused: &[Refused], step: u64) {
    for Refused { path, reason } in refused {
        note(&format!(
            "{}: {reason}; using the checkpoint of step {step}",
            path.display()
        ));
    }
}
