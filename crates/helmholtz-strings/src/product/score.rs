//! Strings scored under a program that is written by hand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::explaining::Language;
use crate::StringDomain;
use crate::alphabet::encode;
use crate::automaton::Automaton;
use crate::parameters::Parameters;
use crate::program::Regex;
use helmholtz_columns::format::Program;
use helmholtz_columns::names::Name;
use helmholtz_columns::syntax::unknown_names;
use helmholtz_core::product::text::{faint, plain};
use helmholtz_core::product::verb::Role;
use helmholtz_core::product::words::{WIDEST, probability, shortened, visible};
use helmholtz_core::product::{Answer, Input, Outcome, ProductError, Sink, Text, Verb};
use helmholtz_math::logsumexp;

/// A string in JSON.
#[derive(Serialize)]
struct Scored<'a> {
    string: &'a str,
    /// Minus infinity is null.
    log_prob: f64,
}

/// Options of scoring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct ScoreOptions {
    /// The language of the program
    #[schemars(extend("value" = "LANGUAGE"))]
    language: Language,
}

pub(super) fn verb(role: Role) -> Verb<StringDomain> {
    let help = "All ways to read a string are summed; of several formats each is as likely. Programs are what explain tells: \
                characters, classes such as [0-9] and \\p{Lu}, counts such as {2,3}, (?:of|these), and names such as <yyyy-mm-dd>. \
                With --language paper they are literals, classes . \\d \\s \\w \\l \\u, operators * + ? | and brackets, \
                by uniform classes and every operator at one half. Put -- before strings that look like an option";
    Verb::without_model(role, help, scored).with_examples(&[
        "score strings '[0-9]{3}-[0-9]+' 555-1234 5551234",
        "score strings --json '<yyyy-mm-dd>' 2026-02-28 2026-02-29",
        r"score strings --language paper '\u\l+( \u\l+)?' Ada 'Ada Lovelace'",
    ])
}

/// ln of the probability of a string, or why there is none.
type Score<'p> = dyn Fn(&str) -> Result<f64, String> + 'p;

/// Steps of scoring a string, which take about half a minute.
const MOST_STEPS: f64 = 5e9;

/// By formats, each as likely.
fn by_formats(program: &str) -> Result<Box<Score<'_>>, ProductError> {
    let parsed: Result<Program, _> = program.parse();
    let parsed = parsed.map_err(|e| {
        let reason = format!("{e} (`--language paper` reads that of the paper)");
        ProductError::unfit(format!("`{}`", visible(program)), reason)
    })?;
    let each = -(parsed.0.len().max(1) as f64).ln();
    Ok(Box::new(move |string| {
        let text: Vec<char> = string.chars().collect();
        if parsed.0.iter().map(|f| f.steps(text.len())).sum::<f64>() > MOST_STEPS {
            return Err("too long for counts within counts, so it was not scored".to_owned());
        }
        let logs: Vec<f64> = parsed.0.iter().map(|f| each + f.log_prob(&text)).collect();
        Ok(logsumexp(&logs))
    }))
}

/// By the language of the paper.
fn by_the_paper(program: &str) -> Result<Box<Score<'_>>, ProductError> {
    let place = || format!("`{}`", visible(program));
    let regex = Regex::parse(program).map_err(|e| ProductError::unfit(place(), e))?;
    let parameters = Parameters::uniform();
    Ok(Box::new(move |string| {
        let refused = |outside| format!("{outside}; its probability is zero");
        let indices = encode(string).map_err(refused)?;
        Ok(Automaton::compile(&regex, &parameters).log_prob(&indices))
    }))
}

fn scored(
    input: &Input,
    options: &ScoreOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let Some((program, strings)) = input.words.split_first() else {
        return Err(ProductError::unfit(
            "score",
            "there is no program; write one",
        ));
    };
    let score = match options.language {
        Language::Columns => by_formats(program)?,
        Language::Paper => by_the_paper(program)?,
    };
    let mut outcome = Outcome::default();
    let remark = match options.language {
        Language::Paper => looks_foreign(program).map(str::to_owned),
        Language::Columns => nameless(program),
    };
    let remark = remark.map(|remark| format!("`{}`: {remark}", visible(program)));
    outcome.remarks.extend(remark);
    let width = strings
        .iter()
        .map(|s| visible(s).chars().count().min(WIDEST));
    let width = width.fold("string".len(), usize::max);
    for (i, string) in strings.iter().enumerate() {
        let (log_prob, doubt) = match score(string) {
            Ok(log_prob) => (log_prob, None),
            Err(reason) => (f64::NEG_INFINITY, Some(reason)),
        };
        let mut text = Text::default();
        if i == 0 {
            text.line([faint(format!(
                "{:width$}  {:>10}  {:>10}",
                "string", "log p", "p"
            ))]);
        }
        let (name, p) = (shortened(&visible(string), WIDEST), probability(log_prob));
        text.line([plain(format!("{name:width$}  {log_prob:>10.4}  {p:>10}"))]);
        if let Some(doubt) = doubt {
            let remark = format!("{name}: {doubt}");
            outcome.remarks.push(remark);
        }
        let answer = Answer::of("", &Scored { string, log_prob })?;
        if sink(answer.with_text(text)).is_break() {
            break;
        }
    }
    Ok(outcome)
}

/// A remark on what looks like a name and is none.
fn nameless(program: &str) -> Option<String> {
    let unknown = unknown_names(program);
    (!unknown.is_empty()).then(|| {
        format!(
            "{} is no name and stands for its characters; the names are {}",
            visible(&unknown.join(", ")),
            Name::all()
                .map(|name| name.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        )
    })
}

/// A remark on a program that means something else in the dialects people know.
fn looks_foreign(regex: &str) -> Option<&'static str> {
    let plain = regex.replace(r"\\", "");
    let inside = |open, close| {
        let (_, rest) = plain.split_once(open)?;
        rest.split_once(close).map(|(inside, _)| inside)
    };
    let counts = |inside: &&str| {
        !inside.is_empty() && inside.chars().all(|c| c.is_ascii_digit() || c == ',')
    };
    if inside('[', ']').is_some() {
        Some(
            "`[...]` is no class here but its characters; the classes are . \\d \\s \\w \\l \\u, and (a|b|c) chooses",
        )
    } else if inside('{', '}').filter(counts).is_some() {
        Some("`{n}` is no count here but its characters; write the item n times")
    } else if plain.starts_with('^') || plain.ends_with('$') {
        Some("`^` and `$` are characters here; a program always generates the whole string")
    } else {
        None
    }
}
