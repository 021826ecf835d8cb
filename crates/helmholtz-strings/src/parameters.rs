//! The learned parameters phi of the evaluator: 225 numbers shared by all programs (paper, Fig. 7).
//!
//! Each class has a softmax over its members, so `\d` may come to prefer zeros; `*` and `+` share a
//! probability to continue, `?` has one of being present and `|` one of taking its left branch. All
//! are trained as unconstrained logits, laid out in one vector: the 222 class logits in the order of
//! [`Class::ALL`], members ascending, then the three operators. The likelihood returns gradients with
//! respect to that vector, so an optimiser needs no knowledge of what the numbers mean.

use super::alphabet::{CHARACTERS, Class};

/// The number of parameters.
pub const COUNT: usize = 225;

/// The index of the first operator logit.
pub(super) const OPERATORS: usize = COUNT - 3;

/// Beyond this, a larger logit changes nothing: it keeps every operator probability inside (0, 1),
/// without which nested repeats of possibly empty bodies would divide by zero.
const LARGEST_OPERATOR_LOGIT: f64 = 30.0;

/// The operators that have a learned probability, in the order of their logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `*` and `+`: the probability to continue.
    Repeat,
    /// `?`: the probability that the item is present.
    Maybe,
    /// `|`: the probability of the left branch.
    Either,
}

/// The probabilities behind the 225 logits.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// One row per class: the probability of each of the 96 characters, zero outside the class.
    emissions: [[f64; CHARACTERS]; 6],
    /// For each operator its probability and the complement, both to full precision.
    operators: [[f64; 2]; 3],
}

/// The index of the first logit of a class.
pub(super) const fn offset(class: Class) -> usize {
    [0, 96, 106, 108, 170, 196][class as usize]
}

/// The index of the logit of a character in a class.
pub(super) fn logit_of(class: Class, character: u8) -> Option<usize> {
    class.rank(character).map(|rank| offset(class) + rank)
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

impl Parameters {
    /// Probabilities from logits: a softmax for each class, a logistic function for each operator.
    pub fn from_logits<T: Copy + Into<f64>>(logits: &[T; COUNT]) -> Self {
        let mut emissions = [[0.0; CHARACTERS]; 6];
        for (class, row) in Class::ALL.into_iter().zip(&mut emissions) {
            softmax(class, &logits[offset(class)..][..class.size()], row);
        }
        let operators = [0, 1, 2].map(|operator| {
            let logit: f64 = logits[OPERATORS + operator].into();
            let logit = logit.clamp(-LARGEST_OPERATOR_LOGIT, LARGEST_OPERATOR_LOGIT);
            [sigmoid(logit), sigmoid(-logit)]
        });
        Self {
            emissions,
            operators,
        }
    }

    /// The untrained parameters: uniform classes, every operator at one half.
    pub fn uniform() -> Self {
        Self::from_logits(&[0.0; COUNT])
    }

    /// The probability of each of the 96 characters under a class.
    pub fn emissions(&self, class: Class) -> &[f64; CHARACTERS] {
        &self.emissions[class as usize]
    }

    /// An operator's probability and its complement.
    pub fn operator(&self, operator: Operator) -> [f64; 2] {
        self.operators[operator as usize]
    }

    /// The derivative of an operator's probability by its logit.
    pub(super) fn operator_slope(&self, operator: Operator) -> f64 {
        let [probability, complement] = self.operator(operator);
        probability * complement
    }

    /// Adds the gradient of a likelihood whose classes emitted with these expected counts.
    ///
    /// For one class with N expected emissions, d log p / d logit c = count of c - N times the
    /// probability of c: the softmax chain rule. Operator entries are passed on as they are.
    pub(super) fn add_gradient(&self, counts: &[f64; COUNT], gradient: &mut [f64; COUNT]) {
        for class in Class::ALL {
            let logits = offset(class)..offset(class) + class.size();
            let total: f64 = counts[logits.clone()].iter().sum();
            if total == 0.0 {
                continue;
            }
            let row = self.emissions(class);
            for (logit, character) in logits.zip(class.members()) {
                gradient[logit] += counts[logit] - total * row[usize::from(character)];
            }
        }
        for operator in OPERATORS..COUNT {
            gradient[operator] += counts[operator];
        }
    }
}

/// Writes the softmax of a class's logits to its row of the emission table.
fn softmax<T: Copy + Into<f64>>(class: Class, logits: &[T], row: &mut [f64; CHARACTERS]) {
    let largest = logits
        .iter()
        .map(|&l| l.into())
        .fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for (character, &logit) in class.members().zip(logits) {
        let weight = (logit.into() - largest).exp();
        row[usize::from(character)] = weight;
        total += weight;
    }
    row.iter_mut().for_each(|weight| *weight /= total);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logits_are_laid_out_without_gaps() {
        let logits: Vec<usize> = Class::ALL
            .into_iter()
            .flat_map(|class| class.members().filter_map(move |c| logit_of(class, c)))
            .collect();
        assert!(logits.into_iter().eq(0..OPERATORS));
        assert_eq!(logit_of(Class::Digit, 0), None);
    }

    #[test]
    fn classes_are_distributions_over_their_members() {
        let mut logits = [0f32; COUNT];
        logits
            .iter_mut()
            .enumerate()
            .for_each(|(i, l)| *l = (i as f32 * 0.7).sin() * 3.0);
        let parameters = Parameters::from_logits(&logits);
        for class in Class::ALL {
            let row = parameters.emissions(class);
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!((0..96).all(|c| (row[usize::from(c)] > 0.0) == class.contains(c)));
        }
    }

    #[test]
    fn extreme_operator_logits_stay_inside_the_unit_interval() {
        let parameters = Parameters::from_logits(&[1e30; COUNT]);
        let [repeat, stop] = parameters.operator(Operator::Repeat);
        assert!(repeat < 1.0 && stop > 0.0);
        assert_eq!(Parameters::uniform().operator(Operator::Either), [0.5, 0.5]);
    }
}
