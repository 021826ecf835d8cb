//! How long to look.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::algorithm::learning::in_range;
use helmholtz_math::error::SettingError;

/// The most restarts, and the most of anything else in a round of one.
const MOST_RESTARTS: usize = 1000;
const MOST: usize = 1_000_000;

/// How long to look, and how widely.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// Searches that do not know of each other. In the last third of the rounds they are one, which proposes as much as all
    /// of them.
    pub restarts: usize,
    /// Programs that each of them keeps, best first, and edits.
    pub members: usize,
    /// Programs of the guide at the beginning, per restart.
    pub first: usize,
    /// Rounds after that, at most.
    pub rounds: usize,
    /// Programs of the guide in every round, per restart.
    pub guided: usize,
    /// Members that are edited in every round, per restart.
    pub edits: usize,
    /// Of the new programs of a restart's round, how many are scored: those that look best when they are screened; all if not
    /// given.
    pub scored: Option<usize>,
    /// Rounds without a better program after which a restart ends; it goes on if not given.
    pub patience: Option<usize>,
    /// Programs that are screened over all restarts before no further round begins.
    pub evaluations: Option<u64>,
    /// Seconds after which no round begins. An answer then depends on the machine.
    pub seconds: Option<f64>,
    /// The seed of all proposals.
    pub seed: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            restarts: 4,
            members: 30,
            first: 50,
            rounds: 100,
            guided: 0,
            edits: 20,
            scored: None,
            patience: None,
            evaluations: None,
            seconds: None,
            seed: 1,
        }
    }
}

impl Budget {
    /// Refuses what cannot find anything, or takes more memory than there is.
    ///
    /// # Errors
    /// Names the setting.
    pub fn check(&self) -> Result<(), SettingError> {
        in_range("restarts", self.restarts, MOST_RESTARTS)?;
        in_range("members", self.members, MOST)?;
        in_range("scored", self.scored.unwrap_or(1), MOST)?;
        in_range("patience", self.patience.unwrap_or(1), usize::MAX)?;
        let each = [
            ("first", self.first),
            ("guided", self.guided),
            ("edits", self.edits),
        ];
        for (name, value) in each {
            in_range(name, value.max(1), MOST)?;
        }
        match (self.seconds, self.evaluations) {
            (Some(seconds), _) if self.time().is_none() => {
                let reason = format!("{seconds}; choose a time above 0");
                Err(SettingError::new("seconds", reason))
            }
            (_, Some(0)) => Err(SettingError::new("evaluations", "choose at least 1")),
            _ => Ok(()),
        }
    }

    /// Rounds in which restarts do not know of each other.
    pub(super) fn apart(&self) -> usize {
        match self.restarts {
            0 | 1 => self.rounds,
            _ => self.rounds - self.rounds / 3,
        }
    }

    /// The time that there is.
    pub(super) fn time(&self) -> Option<Duration> {
        let seconds = self.seconds.filter(|s| *s > 0.0)?;
        Duration::try_from_secs_f64(seconds).ok()
    }
}
