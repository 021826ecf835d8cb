//! A trained model: of a run folder, or the one that comes with the program.

use std::path::Path;

use anyhow::Result;
use helmholtz::domain::strings::pretrained::pretrained;
use helmholtz::domain::strings::training::restore;
use helmholtz::domain::strings::{Config, StringGuide, StringModel};
use helmholtz::run::{Refused, RunFolder};

use crate::STRINGS;
use crate::output::note;

/// A model of string concepts with its guide.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) model: StringModel,
    pub(crate) guide: StringGuide,
}

impl Loaded {
    /// From a run folder, or by the domain's name; a folder of that name is reached as `./strings`.
    pub(crate) fn open(run: &Path) -> Result<Self> {
        if run == Path::new(STRINGS) {
            let (config, model, guide) = pretrained()?;
            return Ok(Self {
                config,
                model,
                guide,
            });
        }
        let run = RunFolder::open(run)?;
        let config: Config = run.config(STRINGS)?;
        let found = run.newest(|state| restore(&config, state))?;
        describe_refused(&found.refused, found.step);
        let (model, guide) = found.value;
        Ok(Self {
            config,
            model,
            guide,
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
