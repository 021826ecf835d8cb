//! What can go wrong in the library, in types.

use thiserror::Error;

/// A saved state that cannot be used.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum StateError {
    /// A named array is not there.
    #[error("`{name}` is missing: the state belongs to another model or version")]
    Missing {
        /// The array's name.
        name: String,
    },
    /// A named array has another shape than the model expects.
    #[error(
        "`{name}` has shape {found:?}, the model expects {expected:?}: were its sizes changed?"
    )]
    Shape {
        /// The array's name.
        name: String,
        /// The model's shape.
        expected: Vec<usize>,
        /// The state's shape.
        found: Vec<usize>,
    },
    /// A named array holds NaN or an infinity.
    #[error("`{name}` holds a number that is not finite: the state is damaged")]
    NotFinite {
        /// The array's name.
        name: String,
    },
    /// The settings that the state goes with make no sense.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The memories do not fit the data or break an invariant.
    #[error("the memory is not usable: {0}")]
    Memory(String),
}

/// A setting that makes no sense, with the reason.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{setting}: {reason}")]
pub struct SettingError {
    /// The setting's name.
    pub setting: String,
    /// Why it cannot be, and what can.
    pub reason: String,
}

impl SettingError {
    /// A refusal of `setting`, because of `reason`.
    pub fn new(setting: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            setting: setting.into(),
            reason: reason.into(),
        }
    }

    /// The same of a setting that stands in a table.
    pub fn within(self, table: &str) -> Self {
        Self {
            setting: format!("{table}.{}", self.setting),
            ..self
        }
    }
}
