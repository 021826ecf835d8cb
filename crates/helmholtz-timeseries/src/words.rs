//! Kernels in plain English.

use super::covariance::{Covariance, Parameter, Values};
use super::expression::{Kernel, Leaf};
use super::scale::Scale;

/// What turns parameters into the user's units: a unit of model time, and of standardised values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units<'a> {
    /// Time of the user per unit of model time.
    pub(super) time: f64,
    /// The name of a unit of the user's time, in the plural; empty for steps.
    pub(super) name: &'a str,
    /// The scale of the values.
    pub(super) scale: Scale,
    /// The standard deviation that they were divided by there.
    pub(super) deviation: f64,
    /// What the straight line rises by in a unit of model time, standardised.
    pub(super) rise: f64,
}

/// A sentence for each outermost summand, the line last where there is one: in the order of
/// [`super::forecast::Posterior::components`].
pub(super) fn sentences(
    kernel: &Kernel,
    covariance: &Covariance,
    values: &Values,
    units: Units<'_>,
) -> Vec<String> {
    let reader = Reader {
        parameters: &covariance.parameters,
        values: &values.values,
        units,
    };
    let mut first = 0;
    let (mut each, mut line) = (vec![], None);
    for term in kernel.terms() {
        let leaves = term.leaves();
        let own = first..first + leaves.len();
        first = own.end;
        match term {
            Kernel::Leaf(Leaf::Line) => line = Some(reader.leaf(Leaf::Line, own.start)),
            Kernel::Leaf(leaf) => each.push(reader.leaf(*leaf, own.start)),
            _ => each.push(reader.product(&leaves, own.start)),
        }
    }
    each.into_iter().chain(line).collect()
}

struct Reader<'a> {
    parameters: &'a [Parameter],
    values: &'a [f64],
    units: Units<'a>,
}

/// Periodic kernels rougher than this have sharp features.
const ROUGH: f64 = 0.5;

impl Reader<'_> {
    /// A parameter of a base kernel, by the remainder of its place.
    fn value(&self, leaf: usize, wanted: impl Fn(usize) -> bool) -> Option<f64> {
        let both = self.parameters.iter().zip(self.values);
        let mut own = both.filter(|(p, _)| p.leaf == leaf && wanted(p.place));
        own.next().map(|(_, value)| *value)
    }

    fn time(&self, time: f64) -> String {
        let own = number(time * self.units.time);
        match self.units.name {
            "" => format!("{own} steps"),
            name => format!("{own} {name}"),
        }
    }

    /// The standard deviation of a base kernel, in the user's units; of logarithms, as a share of the value.
    fn size(&self, leaf: usize) -> String {
        let variance = self.value(leaf, |place| place < 2 || place % 3 == 0);
        let size = variance.unwrap_or(1.0).sqrt() * self.units.deviation;
        match self.units.scale {
            Scale::Linear => number(size),
            Scale::Log => format!("{} %", number(100.0 * size.exp_m1())),
        }
    }

    /// What a straight line does in the user's unit of time.
    fn line(&self) -> String {
        let rise = self.units.rise * self.units.deviation / self.units.time;
        let every = match self.units.name {
            "" => "step",
            name => name.trim_end_matches('s'),
        };
        let (up, by) = (rise >= 0.0, number(rise.abs()));
        let share = number(100.0 * rise.exp_m1().abs());
        match (self.units.scale, up) {
            (Scale::Linear, true) => format!("a straight line, rising by {by} a {every}"),
            (Scale::Linear, false) => format!("a straight line, falling by {by} a {every}"),
            (Scale::Log, true) => format!("steady growth by {share} % a {every}"),
            (Scale::Log, false) => format!("steady decline by {share} % a {every}"),
        }
    }

    fn leaf(&self, leaf: Leaf, at: usize) -> String {
        let size = self.size(at);
        match leaf {
            Leaf::White => format!("noise of standard deviation {size}, new at every value"),
            Leaf::Constant => format!("a constant level, of the order of {size}"),
            Leaf::Line => self.line(),
            Leaf::Smooth => {
                let over = self.time(self.length(at));
                format!("smooth changes of about {size} over about {over}")
            }
            Leaf::Periodic(_) => self.pattern(at, &format!(" of about {size}")),
        }
    }

    fn length(&self, at: usize) -> f64 {
        self.value(at, |place| place == 2).unwrap_or(0.0).sqrt()
    }

    /// `size` stands behind what the pattern is called.
    fn pattern(&self, at: usize, size: &str) -> String {
        let period = self
            .value(at, |place| place > 2 && place % 3 == 1)
            .unwrap_or(0.0);
        let rough = self
            .value(at, |place| place > 2 && place % 3 == 2)
            .unwrap_or(1.0);
        let sharp = if rough < ROUGH {
            " with sharp features"
        } else {
            ""
        };
        let every = self.time(period);
        format!("a pattern{size}{sharp} that repeats every {every}")
    }

    /// Products: patterns that change their shape, and products of patterns.
    fn product(&self, leaves: &[Leaf], first: usize) -> String {
        let size = format!(" of about {}", self.size(first));
        let (mut patterns, mut changes) = (vec![], vec![]);
        for (i, leaf) in leaves.iter().enumerate() {
            match leaf {
                Leaf::Periodic(_) if patterns.is_empty() => {
                    patterns.push(self.pattern(first + i, &size));
                }
                Leaf::Periodic(_) => patterns.push(self.pattern(first + i, "")),
                Leaf::Smooth => changes.push(self.time(self.length(first + i))),
                _ => {}
            }
        }
        let patterns = patterns.join(" times ");
        match changes.first() {
            Some(over) if patterns.is_empty() => format!("smooth changes{size} over about {over}"),
            Some(over) => format!("{patterns}, its shape changing over about {over}"),
            None => patterns,
        }
    }
}

/// Three digits, without needless zeros.
pub(super) fn number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    if !(1e-4..1e7).contains(&x.abs()) {
        return format!("{x:.2e}");
    }
    let digits = (2 - x.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{x:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::covariance::Layout;
    use super::super::covariance::tests::compiled;
    use super::super::expression::Expression;
    use super::super::window::Windows;
    use super::*;

    fn read(text: &str, scale: Scale) -> Vec<String> {
        let covariance = compiled(text, &Windows::wide(), Layout::Used);
        let values = covariance.values(&vec![0.0; covariance.width]);
        let kernel = text.parse::<Expression>().unwrap().kernel().unwrap();
        let units = Units {
            time: 30.0,
            name: "months",
            scale,
            deviation: 10.0,
            rise: -6.0,
        };
        sentences(&kernel, &covariance, &values, units)
    }

    #[test]
    fn every_summand_has_its_sentence_with_the_line_last() {
        let said = read("LIN+WN+SE*PER3+SE", Scale::Linear);
        assert_eq!(said.len(), 4);
        assert!(
            said[0].starts_with("noise of standard deviation 1.19"),
            "{said:?}"
        );
        assert!(
            said[1]
                .starts_with("a pattern of about 5.62 that repeats every 27.5 months, its shape"),
            "{said:?}"
        );
        assert!(
            said[2].starts_with("smooth changes of about 5.62 over about"),
            "{said:?}"
        );
        assert_eq!(said[3], "a straight line, falling by 2 a month");
        let said = read("LIN+WN", Scale::Log);
        assert_eq!(said[1], "steady decline by 86.5 % a month");
        assert!(
            said[0].starts_with("noise of standard deviation 2"),
            "{said:?}"
        );
        assert!(said[0].ends_with(" %, new at every value"), "{said:?}");
    }

    #[test]
    fn numbers_have_three_digits() {
        let texts = [0.0, 1234.5, 12.0, 0.012_345, -3.0, 1.5e-9].map(number);
        assert_eq!(texts, ["0", "1234", "12", "0.0123", "-3", "1.50e-9"]);
    }
}
