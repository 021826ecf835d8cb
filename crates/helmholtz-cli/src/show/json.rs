//! Answers for programs: one object with all of them, or an object a line. `docs/book/src/json.md` is the contract.

use std::io::{self, Write};

use helmholtz::product::schemars::{self, JsonSchema, schema_for};
use helmholtz::product::{Account, Answer, LeftOut, Outcome};
use serde_json::{Map, Value, json};

use super::{Form, Question};

/// The name and number of the form of these objects; raised when a key changes its meaning or goes away.
const SCHEMA: &str = "helmholtz/answers/2";

/// One object, written as answers come.
pub(crate) struct Json<'a> {
    question: Question<'a>,
    begun: bool,
}

impl<'a> Json<'a> {
    pub(crate) fn new(question: Question<'a>) -> Self {
        Self {
            question,
            begun: false,
        }
    }

    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.begun {
            return write!(out, ",\n    ");
        }
        self.begun = true;
        writeln!(out, "{{")?;
        for (key, value) in head(self.question) {
            writeln!(out, "  {}: {value},", Value::from(key))?;
        }
        write!(out, "  \"answers\": [\n    ")
    }
}

impl Form for Json<'_> {
    fn answer(&mut self, out: &mut dyn Write, answer: &Answer) -> io::Result<()> {
        self.begin(out)?;
        write!(out, "{}", indented(&whole(answer), 4)?)
    }

    fn end(&mut self, out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
        match self.begun {
            true => write!(out, "\n  ],\n")?,
            false => {
                self.begin(out)?;
                writeln!(out, "],")?;
            }
        }
        let input = indented(&json!(outcome.input), 2)?;
        writeln!(out, "  \"input\": {input},")?;
        writeln!(
            out,
            "  \"remarks\": {}\n}}",
            indented(&json!(outcome.remarks), 2)?
        )
    }
}

/// An object a line: every answer, and at last what was read.
pub(crate) struct Lines<'a>(pub(crate) Question<'a>);

impl Form for Lines<'_> {
    fn answer(&mut self, out: &mut dyn Write, answer: &Answer) -> io::Result<()> {
        writeln!(out, "{}", whole(answer))?;
        out.flush()
    }

    fn end(&mut self, out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
        let mut last: Map<String, Value> = head(self.0).into_iter().collect();
        last.insert("input".into(), json!(outcome.input));
        last.insert("remarks".into(), json!(outcome.remarks));
        writeln!(out, "{}", Value::Object(last))
    }
}

/// The answers to a question, as `--output json` writes them. `jsonl` writes the answers a line each, and at last the
/// rest.
#[derive(JsonSchema)]
#[schemars(title = "Answers of helmholtz", inline)]
#[allow(
    dead_code,
    reason = "the schema is made of it; what is written is written as answers come"
)]
struct Envelope {
    /// The form, and its number, which is raised when a key changes its meaning or goes away
    #[schemars(extend("const" = SCHEMA))]
    schema: String,
    /// The version of the program
    version: String,
    /// What was asked, such as `explain`
    verb: String,
    /// Of what kind of data, such as `strings`
    domain: String,
    /// One for each column, series, picture or step
    answers: Vec<OneAnswer>,
    /// What was read
    input: Account,
    /// What is to be said beside the answers
    remarks: Vec<String>,
}

/// An answer has these keys beside those of its domain.
#[derive(JsonSchema)]
#[schemars(rename = "Answer")]
#[allow(dead_code, reason = "as above")]
struct OneAnswer {
    /// What it is about
    name: String,
    /// What of that it does not cover
    left_out: Vec<LeftOut>,
    /// Why it may be wrong
    doubts: Vec<String>,
    /// Pictures, pages and tables that were written
    files: Vec<String>,
}

/// The JSON schema of answers.
pub(crate) fn schema() -> Value {
    schema_for!(Envelope).to_value()
}

/// What every object begins with.
fn head(question: Question<'_>) -> [(String, Value); 4] {
    [
        ("schema".into(), SCHEMA.into()),
        ("version".into(), env!("CARGO_PKG_VERSION").into()),
        ("verb".into(), question.verb.into()),
        ("domain".into(), question.domain.into()),
    ]
}

/// An answer with its name, what it leaves out and doubts, and the files that were written.
fn whole(answer: &Answer) -> Value {
    let mut all = Map::new();
    all.insert("name".into(), answer.name.clone().into());
    all.insert("left_out".into(), json!(answer.left_out));
    all.insert("doubts".into(), json!(answer.doubts));
    all.extend(answer.data.iter().map(|(k, v)| (k.clone(), v.clone())));
    let files = answer.files.iter().map(|f| f.path.display().to_string());
    all.insert("files".into(), files.collect());
    Value::Object(all)
}

fn indented(value: &Value, by: usize) -> io::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(by))))
}
