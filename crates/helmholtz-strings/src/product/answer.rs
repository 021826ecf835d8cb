//! What is told of a column.

use serde::Serialize;
use serde_json::json;

use crate::explain::{Explained, Explanation, Surprise};
use helmholtz_core::product::text::{faint, plain, strong};
use helmholtz_core::product::words::{WIDEST, percent, shortened, visible, wrap};
use helmholtz_core::product::{Answer, LeftOut, ProductError, Text};
use helmholtz_data::{Reason, Skipped};

/// Where text is wrapped, in characters, beside the margin.
const WIDTH: usize = 66;
/// Values that do not belong that are shown; JSON has all.
const SHOWN: usize = 20;

/// A column in a table.
#[derive(Serialize)]
struct Row<'a> {
    regex: Option<&'a str>,
    export: Option<&'a str>,
    weight: Option<f64>,
    not_found: f64,
    values: u64,
    distinct: usize,
    left_out: u64,
    outliers: usize,
}

pub(super) fn answer(explanation: &Explanation) -> Result<Answer, ProductError> {
    let best = explanation.programs.first();
    let row = Row {
        regex: best.map(|b| b.regex.as_str()),
        export: best.map(|b| b.export.as_str()),
        weight: best.map(|b| b.weight),
        not_found: explanation.trust.not_found,
        values: explanation.values,
        distinct: explanation.distinct,
        left_out: explanation.left_out.rows,
        outliers: explanation.outliers.len(),
    };
    let mut answer = Answer::of(&explanation.name, explanation)?
        .with_text(text(explanation))
        .trusting(&explanation.trust)
        .with_rows([row])?;
    answer.left_out = left_out(&explanation.left_out.skipped);
    // Reasons and counts stand in the list that every answer has; this is the share.
    answer
        .data
        .insert("left_out_share".into(), json!(explanation.left_out.share));
    answer.data.shift_remove("left_out");
    Ok(answer)
}

/// What was skipped, a reason each, with the lines of the first few.
pub(super) fn left_out(skipped: &Skipped) -> Vec<LeftOut> {
    let kinds = [
        (skipped.empty, "empty", Reason::Empty),
        (skipped.too_long, "too long for the model", Reason::TooLong),
        (
            skipped.outside_vocabulary,
            "with characters that the model does not know",
            Reason::OutsideVocabulary(' '),
        ),
        (
            skipped.beyond_limit,
            "beyond the limit of distinct values",
            Reason::BeyondLimit,
        ),
        (skipped.ragged, "in rows of another width", Reason::Ragged),
        (
            skipped.cut,
            "told by their first 4096 characters",
            Reason::Cut,
        ),
    ];
    let seen = kinds.into_iter().filter(|kind| kind.0 > 0);
    seen.map(|(count, why, reason)| {
        let kind = std::mem::discriminant(&reason);
        let same = skipped.examples.iter();
        let same = same.filter(|e| std::mem::discriminant(&e.reason) == kind);
        let example = same.clone().next().filter(|_| reason != Reason::Empty);
        let example = example.map(|e| format!(", such as {}", e.text));
        let rows = same.filter_map(|e| e.line).collect();
        LeftOut {
            rows,
            ..LeftOut::new(
                "values",
                count,
                why.to_owned() + &example.unwrap_or_default(),
            )
        }
    })
    .collect()
}

/// The best program with its export below, then runners-up, samples and outliers, each part named.
fn text(explanation: &Explanation) -> Text {
    let mut text = Text::default();
    text.title(&explanation.name, covered(explanation));
    if let Some((best, others)) = explanation.programs.split_first() {
        text.item(percent(best.weight), [strong(&best.regex)]);
        text.item("", [faint(&best.export)]);
        for Explained { regex, weight, .. } in others {
            text.item(percent(*weight), [plain(regex)]);
        }
        let shown = explanation.programs.iter().map(|p| p.weight);
        text.beside(shown.sum(), &explanation.trust);
    }
    let samples: Vec<String> = explanation.samples.iter().map(|s| visible(s)).collect();
    text.items("samples", wrap(&samples, WIDTH));
    text.items("outliers", foreign_values(&explanation.outliers));
    text
}

/// How much of a column is explained, and what share is not.
fn covered(explanation: &Explanation) -> String {
    let (values, distinct) = (explanation.values, explanation.distinct);
    let (share, rows) = (explanation.left_out.share, explanation.left_out.rows);
    let size = format!("({values} values, {distinct} distinct)");
    match rows {
        _ if explanation.is_nothing() => {
            format!("nothing to explain: none of {rows} values can be read")
        }
        0 => size,
        _ => format!(
            "{size}  {} of {} not covered",
            percent(share),
            values + rows
        ),
    }
}

/// Values that do not belong, aligned, each with how surely, where it stands, and its log-probability as the next row.
pub(super) fn foreign_values(outliers: &[Surprise]) -> Vec<String> {
    let listed = outliers.iter().take(SHOWN);
    let names = listed
        .clone()
        .map(|o| shortened(&visible(&o.value), WIDEST));
    let names: Vec<String> = names.collect();
    let width = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
    let describe = |(outlier, name): (&Surprise, &String)| {
        let place = match (outlier.line, outlier.count) {
            (None, 1) => String::new(),
            (None, n) => format!(", {n} times"),
            (Some(line), 1) => format!(", line {line}"),
            (Some(line), n) => format!(", {n} times, first in line {line}"),
        };
        let foreign = percent(outlier.outlier_probability);
        let log = outlier.log_prob;
        format!("{name:width$}  {foreign} foreign{place}, log-probability {log:.1}")
    };
    let more = outliers.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("and {more} more"));
    listed.zip(&names).map(describe).chain(more).collect()
}
