//! Answers as data: for machines, for people, and what goes with them. Whatever an answer does not cover or doubts
//! stands in it, first.

use std::ops::ControlFlow;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ProductError;
use super::input::Input;
use super::text::{Text, plain};
use crate::search::Trust;

/// Where answers go, one by one, as soon as each is there. `Break` asks the verb to end.
pub type Sink<'a> = dyn FnMut(Answer) -> ControlFlow<()> + 'a;

/// Sends answers until one cannot be made or the sink has enough.
///
/// # Errors
/// The first of the answers'.
pub fn send(
    sink: &mut Sink<'_>,
    mut answers: impl Iterator<Item = Result<Answer, ProductError>>,
) -> Result<(), ProductError> {
    let sent = answers.try_for_each(|answer| match answer.map(&mut *sink) {
        Ok(ControlFlow::Continue(())) => ControlFlow::Continue(()),
        Ok(ControlFlow::Break(())) => ControlFlow::Break(None),
        Err(error) => ControlFlow::Break(Some(error)),
    });
    match sent {
        ControlFlow::Break(Some(error)) => Err(error),
        _ => Ok(()),
    }
}

/// An answer about one thing: a column, a series, a picture, a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// What it is about.
    pub name: String,
    /// What of that it does not cover.
    pub left_out: Vec<LeftOut>,
    /// What may be wrong with it.
    pub doubts: Vec<String>,
    /// The answer for machines, an object with fixed keys.
    pub data: Map<String, Value>,
    /// The answer for people, without what is left out and doubted.
    pub text: Text,
    /// The answer as rows of a table; where there are none, the numbers and words of `data` are one.
    pub rows: Vec<Map<String, Value>>,
    /// Pictures, pages and other files that go with it.
    pub files: Vec<Attachment>,
}

/// A file that goes with an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// What it is, in a word, such as `picture`.
    pub what: &'static str,
    /// Where it was asked for, or a name for it in the current folder.
    pub path: PathBuf,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// A part of the input that is not covered, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// What it is: a column, a file, a kind of values.
    pub what: String,
    /// Why it is left out.
    pub reason: String,
    /// How many rows, values or files.
    pub count: u64,
    /// Some of the rows, or lines of the file, counted from 1; all of them where `count` says as many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
}

impl LeftOut {
    /// So many of something, because of a reason.
    pub fn new(what: impl Into<String>, count: u64, reason: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            reason: reason.into(),
            count,
            rows: vec![],
        }
    }
}

/// What was read, and what of it was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// The files, by name.
    pub files: Vec<String>,
    /// Rows, pictures or recordings that are in them, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Those that were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<u64>,
    /// What was not, and why.
    pub left_out: Vec<LeftOut>,
    /// What was guessed in reading: an encoding, what separates cells, whether there is a header.
    /// It is said beside the answers ([`Outcome::remarks`]).
    #[serde(skip)]
    pub remarks: Vec<String>,
}

/// How a verb ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What was read.
    pub input: Account,
    /// What is to be said beside the answers.
    pub remarks: Vec<String>,
    /// Files that go with all answers together.
    pub files: Vec<Attachment>,
    /// What a check came to.
    pub verdict: Verdict,
}

/// What a check came to; other verbs are done when they end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Done, or nothing was found.
    #[default]
    Done,
    /// Something was found.
    Findings,
    /// It could not be judged.
    Unjudged,
}

impl Answer {
    /// An answer about `name`, for machines.
    ///
    /// # Errors
    /// When the data are no object, or cannot be written as JSON.
    pub fn of(name: impl Into<String>, data: &impl Serialize) -> Result<Self, ProductError> {
        let name = name.into();
        let Value::Object(data) = serde_json::to_value(data)? else {
            return Err(ProductError::unfit(name, "an answer has to be an object"));
        };
        Ok(Self {
            name,
            data,
            ..Self::default()
        })
    }

    /// An answer in numbers, with the same in words.
    ///
    /// # Errors
    /// As [`Answer::of`].
    pub fn measured<T: Serialize + std::fmt::Display>(value: &T) -> Result<Self, ProductError> {
        let mut text = Text::default();
        for line in value.to_string().trim_end().lines() {
            text.line([plain(line)]);
        }
        Ok(Self::of("", value)?.with_text(text))
    }

    /// The same, told first of all that the input had and it does not cover.
    #[must_use]
    pub fn covering(mut self, input: &Account) -> Self {
        self.left_out.extend(input.left_out.iter().cloned());
        self
    }

    /// The same with words for people.
    #[must_use]
    pub fn with_text(self, text: Text) -> Self {
        Self { text, ..self }
    }

    /// The same with a doubt, if there is one.
    #[must_use]
    pub fn with_doubt(mut self, doubt: Option<&str>) -> Self {
        self.doubts.extend(doubt.map(str::to_owned));
        self
    }

    /// The same with doubts where the search was cut short, or has probably missed the truth.
    #[must_use]
    pub fn trusting(self, trust: &Trust) -> Self {
        let percent = super::words::percent(trust.not_found);
        let doubt = format!(
            "the search has probably ({percent}) not found what is true; all that is said goes by the best of what it found"
        );
        let cut =
            "the search was cut short by its bound of time or memory; longer ones may find more";
        self.with_doubt(trust.agreement.cut.then_some(cut))
            .with_doubt((trust.not_found > 0.5).then_some(&doubt))
    }

    /// The same with rows for a table.
    ///
    /// # Errors
    /// When a row is no object, or cannot be written as JSON.
    pub fn with_rows<R: Serialize>(
        self,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Self, ProductError> {
        let rows = rows
            .into_iter()
            .map(|row| match serde_json::to_value(row)? {
                Value::Object(row) => Ok(row),
                _ => Err(ProductError::unfit(&self.name, "a row has to be an object")),
            });
        Ok(Self {
            rows: rows.collect::<Result<_, _>>()?,
            ..self
        })
    }

    /// The rows for a table: its own, or one of the numbers and words of its data.
    pub fn table(&self) -> Vec<Map<String, Value>> {
        if !self.rows.is_empty() {
            return self.rows.clone();
        }
        let flat = |v: &Value| !v.is_object() && !v.is_array();
        let one = self.data.iter().filter(|(_, value)| flat(value));
        vec![one.map(|(k, v)| (k.clone(), v.clone())).collect()]
    }
}

impl Account {
    /// So many observations of some files, of which nothing was left out.
    pub fn whole(input: &Input, count: usize) -> Self {
        Self {
            files: input.names(),
            rows: Some(count as u64),
            read: Some(count as u64),
            left_out: vec![],
            remarks: vec![],
        }
    }
}

impl Outcome {
    /// The same with something to be said.
    #[must_use]
    pub fn with_remark(mut self, remark: impl Into<String>) -> Self {
        self.remarks.push(remark.into());
        self
    }

    /// The same with what was guessed in reading said first.
    #[must_use]
    pub fn with_remarks_of_reading(mut self) -> Self {
        let guessed = std::mem::take(&mut self.input.remarks);
        self.remarks.splice(0..0, guessed);
        self
    }

    /// The end of a verb that read this.
    pub fn of(input: Account) -> Self {
        Self {
            input,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_search_did_not_do_is_doubted() {
        let doubts = |cut: bool, not_found: f64| {
            let mut trust = Trust::default();
            (trust.agreement.cut, trust.not_found) = (cut, not_found);
            Answer::of("x", &serde_json::json!({}))
                .unwrap()
                .trusting(&trust)
                .doubts
        };
        assert_eq!(doubts(false, 0.4), Vec::<String>::new());
        assert!(doubts(true, 0.4)[0].contains("cut short"));
        assert!(doubts(false, 0.9)[0].contains("90%"));
        assert_eq!(doubts(true, 0.9).len(), 2);
    }
}
