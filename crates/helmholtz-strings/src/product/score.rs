//! Strings scored under a program that is written by hand.

use serde::Serialize;

use crate::StringDomain;
use crate::alphabet::encode;
use crate::automaton::Automaton;
use crate::parameters::Parameters;
use crate::program::Regex;
use helmholtz_core::product::text::{faint, plain};
use helmholtz_core::product::verb::Role;
use helmholtz_core::product::words::{WIDEST, probability, shortened, visible};
use helmholtz_core::product::{Answer, Input, Nothing, Outcome, ProductError, Sink, Text, Verb};

/// A string in JSON.
#[derive(Serialize)]
struct Scored<'a> {
    string: &'a str,
    /// Minus infinity is null.
    log_prob: f64,
}

pub(super) fn verb(role: Role) -> Verb<StringDomain> {
    let help = "All ways to read a string are summed. The parameters are the untrained ones: uniform classes, every \
                operator at one half. Programs are literals, classes . \\d \\s \\w \\l \\u, operators * + ? | and brackets. \
                Put -- before strings that look like an option";
    Verb::without_model(role, help, scored).with_examples(&[
        r"score strings '\d\d\d-\d+' 555-1234 5551234",
        r"score strings --json '\u\l+( \u\l+)?' Ada 'Ada Lovelace'",
    ])
}

fn scored(input: &Input, _: &Nothing, sink: &mut Sink<'_>) -> Result<Outcome, ProductError> {
    let Some((program, strings)) = input.words.split_first() else {
        return Err(ProductError::unfit(
            "score",
            "there is no program; write one",
        ));
    };
    let place = || format!("`{}`", visible(program));
    let regex = Regex::parse(program).map_err(|e| ProductError::unfit(place(), e))?;
    let parameters = Parameters::uniform();
    let automaton = Automaton::compile(&regex, &parameters);
    let mut outcome = Outcome::default();
    outcome
        .remarks
        .extend(looks_foreign(program).map(|remark| format!("{}: {remark}", place())));
    let width = strings
        .iter()
        .map(|s| visible(s).chars().count().min(WIDEST));
    let width = width.fold("string".len(), usize::max);
    for (i, string) in strings.iter().enumerate() {
        let (log_prob, doubt) = match encode(string) {
            Ok(indices) => (automaton.log_prob(&indices), None),
            Err(outside) => (f64::NEG_INFINITY, Some(outside)),
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
        if let Some(outside) = doubt {
            let remark = format!("{name}: {outside}; its probability is zero");
            outcome.remarks.push(remark);
        }
        let answer = Answer::of("", &Scored { string, log_prob })?;
        if sink(answer.with_text(text)).is_break() {
            break;
        }
    }
    Ok(outcome)
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
