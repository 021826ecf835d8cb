//! What an answer about a column doubts, in its first lines.

use helmholtz_core::product::words::{WIDEST, percent, shortened, visible};

use crate::columns::Explanation;
use crate::columns::accents::Accents;
use crate::columns::days::{Day, Days, Turned};
use crate::columns::numbers::Numbers;
use crate::explain::Surprise;

/// Values that are named in a doubt.
const NAMED: usize = 3;

/// What may be wrong.
pub(super) fn doubts(explanation: &Explanation) -> Vec<String> {
    let cut = "the search was cut short by its bound of time; longer ones may find more";
    let mut doubts: Vec<String> = explanation
        .cut
        .then(|| cut.to_owned())
        .into_iter()
        .collect();
    if explanation.not_found > 0.5 {
        doubts.push(few(explanation));
    }
    let accepted = &explanation.accepted_all_the_same;
    if !accepted.is_empty() {
        let values = some_of(accepted, |v| shortened(&visible(v), WIDEST));
        doubts.push(format!(
            "no better program refuses what does not belong: {values}"
        ));
    }
    let besides = "are of no format, and may belong all the same";
    doubts.extend(of_values(&explanation.besides, besides));
    let unlike = "fit, and are unlike nearly all others";
    doubts.extend(of_values(&explanation.unlike, unlike));
    if let Some(numbers) = &explanation.numbers {
        doubts.extend(of_numbers(numbers));
    }
    doubts.extend(explanation.days.iter().flat_map(of_days));
    doubts.extend(explanation.accents.as_ref().map(of_accents));
    doubts
}

/// That rows are too few to tell.
fn few(explanation: &Explanation) -> String {
    let rows = match explanation.values {
        1 => "1 value is".to_owned(),
        many => format!("{many} values are"),
    };
    let missed = percent(explanation.not_found);
    format!(
        "{rows} few: what is true is probably ({missed}) none of the programs that were found, and all that is said goes by the best of these"
    )
}

/// What of some days is in doubt.
fn of_days(days: &Days) -> Vec<String> {
    let told = |what: String, odd: &[Day]| {
        let each = some_of(odd, |day| placed(&day.value, day.line));
        (!odd.is_empty()).then(|| format!("{what}: {each}"))
    };
    let far = "far from all other days, and perhaps for days that nobody knew";
    let which = days.which.iter();
    let exceptions =
        which.filter_map(|which| told(format!("no {which}, as all others are"), &days.exceptions));
    let turned = days.turned.iter().map(turned_told);
    let century = days.century.iter().map(|(first, last)| {
        format!("years have two digits, and were taken for {first} to {last}")
    });
    told(far.into(), &days.far)
        .into_iter()
        .chain(exceptions)
        .chain(turned)
        .chain(century)
        .collect()
}

/// That days and months may be the other way round.
fn turned_told(turned: &Turned) -> String {
    let Turned { format, rows, .. } = turned;
    let values = if *rows == 1 {
        "1 value".to_owned()
    } else {
        format!("{rows} values")
    };
    match turned.stands {
        true => format!("{values} may be {format} as well, and some are"),
        false => format!("{values} may be {format} as well, and none tells which"),
    }
}

/// That letters are written in two ways.
fn of_accents(accents: &Accents) -> String {
    let values = match accents.apart {
        1 => "1 value takes".to_owned(),
        many => format!("{many} values take"),
    };
    let line = accents
        .line
        .map_or(String::new(), |n| format!(" (line {n})"));
    format!(
        "{values} letters and accents apart (NFD) where others do not, such as {}{line}: they look alike and are not equal",
        visible(&accents.example)
    )
}

/// What is said of some values.
fn of_values(values: &[Surprise], said: &str) -> Option<String> {
    let rows: u64 = values.iter().map(|value| value.count).sum();
    let some = if rows == 1 { "value" } else { "values" };
    let said = match rows {
        1 => said.replace("are ", "is ").replace("fit,", "fits,"),
        _ => said.to_owned(),
    };
    let each = some_of(values, |value| placed(&value.value, value.line));
    (rows > 0).then(|| format!("{rows} {some} {said}: {each}"))
}

/// A value with its line.
fn placed(value: &str, line: Option<u64>) -> String {
    let line = line.map_or(String::new(), |n| format!(" (line {n})"));
    shortened(&visible(value), WIDEST) + &line
}

/// The first of some things, and how many more there are.
fn some_of<T>(all: &[T], told: impl Fn(&T) -> String) -> String {
    let first: Vec<String> = all.iter().take(NAMED).map(told).collect();
    match all.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn of_numbers(numbers: &Numbers) -> Vec<String> {
    let values = match numbers.lost_digits {
        1 => "1 value was probably a code that lost digits".to_owned(),
        n => format!("{n} values were probably codes that lost digits"),
    };
    let lost = numbers.lost_example.iter().map(|example| {
        format!("{values}, such as {example}; read the column as text where it comes from")
    });
    let ambiguous = "its marks may be of decimals or of thousands: all stand before three digits";
    let ambiguous = numbers.ambiguous.then(|| ambiguous.to_owned());
    lost.chain(ambiguous).collect()
}
