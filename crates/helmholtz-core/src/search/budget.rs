//! How long to look.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use helmholtz_math::error::SettingError;

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
    /// Of the new programs of a restart's round, how many are scored: those that look best when they are screened.
    pub scored: usize,
    /// Rounds without a better program after which a restart ends.
    pub patience: usize,
    /// Programs that are screened, at most, over all restarts.
    pub evaluations: u64,
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
            scored: usize::MAX,
            patience: usize::MAX,
            evaluations: u64::MAX,
            seconds: None,
            seed: 1,
        }
    }
}

impl Budget {
    /// Refuses what cannot find anything.
    ///
    /// # Errors
    /// Names the setting.
    pub fn check(&self) -> Result<(), SettingError> {
        let least = [
            ("restarts", self.restarts),
            ("members", self.members),
            ("scored", self.scored),
        ];
        let none = least.into_iter().find(|(_, value)| *value == 0);
        let none = none.map(|(name, _)| (name, "choose at least 1"));
        let time = self.seconds.is_some_and(|s| !(s > 0.0));
        let late = time.then_some(("seconds", "choose a time above 0"));
        match none.or(late) {
            Some((name, reason)) => Err(SettingError::new(name, reason)),
            None => Ok(()),
        }
    }

    /// Rounds in which restarts do not know of each other.
    pub(super) fn apart(&self) -> usize {
        match self.restarts {
            1 => self.rounds,
            _ => self.rounds - self.rounds / 3,
        }
    }

    /// The time that there is.
    pub(super) fn time(&self) -> Option<Duration> {
        let seconds = self.seconds?;
        Duration::try_from_secs_f64(seconds).ok()
    }
}
