//! Hand-written distributions over kernels, for pre-training and for data.

use super::expression::{Expression, Kernel, Leaf, Range};
use super::grammar::{Form, Grammar};
use helmholtz_math::random::Stream;

/// Draws a kernel that the grammar can write: of the paper's probabilistic grammar, or where kernels are
/// distinct of one for series that people record.
pub fn sample_kernel(grammar: Grammar, rng: &mut Stream) -> Expression {
    loop {
        let kernel = match grammar.form() {
            Form::Distinct => recorded(rng),
            Form::Paper | Form::Free => context_free(rng, DEEPEST),
        };
        let expression = kernel.map(Expression::from);
        if let Some(expression) = expression.filter(|e| grammar.accepts(e)) {
            return expression;
        }
    }
}

/// The deepest derivation (the authors' program).
const DEEPEST: usize = 20;

fn periodic(rng: &mut Stream) -> Leaf {
    let ranges = [Range::First, Range::Second, Range::Third, Range::Fourth];
    Leaf::Periodic(ranges[rng.below(ranges.len())])
}

/// The probabilistic context-free grammar of the paper's synthetic series, with the production
/// probabilities of the authors' program: brackets, sum and product 0.1 each, WN, SE, PER and C 0.175 each.
/// `None` when the derivation is too deep.
fn context_free(rng: &mut Stream, depth: usize) -> Option<Kernel> {
    let deeper = depth.checked_sub(1)?;
    let both = |rng: &mut Stream| -> Option<Vec<Kernel>> {
        (0..2).map(|_| context_free(rng, deeper)).collect()
    };
    Some(match rng.uniform() {
        u if u < 0.1 => context_free(rng, deeper)?,
        u if u < 0.2 => Kernel::Sum(both(rng)?),
        u if u < 0.3 => Kernel::Product(both(rng)?),
        u if u < 0.475 => Kernel::Leaf(Leaf::White),
        u if u < 0.65 => Kernel::Leaf(Leaf::Smooth),
        u if u < 0.825 => Kernel::Leaf(periodic(rng)),
        _ => Kernel::Leaf(Leaf::Constant),
    })
}

/// Structure, most often with noise and sometimes with a line.
fn recorded(rng: &mut Stream) -> Option<Kernel> {
    let leaf = Kernel::Leaf;
    let mut terms = vec![];
    let parts = [0.05, 0.55, 0.3, 0.1];
    for _ in 0..rng.categorical(&parts).unwrap_or(1) {
        terms.push(match rng.uniform() {
            u if u < 0.5 => leaf(Leaf::Smooth),
            u if u < 0.75 => leaf(periodic(rng)),
            u if u < 0.95 => Kernel::Product(vec![leaf(Leaf::Smooth), leaf(periodic(rng))]),
            _ => Kernel::Product(vec![leaf(periodic(rng)), leaf(periodic(rng))]),
        });
    }
    for (extra, probability) in [
        (Leaf::White, 0.7),
        (Leaf::Line, 0.25),
        (Leaf::Constant, 0.1),
    ] {
        if rng.uniform() < probability {
            terms.push(leaf(extra));
        }
    }
    (!terms.is_empty()).then_some(Kernel::Sum(terms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_kernels_come_with_their_probabilities() {
        let grammar = Grammar::new(Form::Paper, 60).unwrap();
        let draws = 4_000;
        let count = |wanted: &str| {
            let hits = (0..draws).filter(|&i| {
                sample_kernel(grammar, &mut Stream::at([i, 0, 0, 0])).to_string() == wanted
            });
            hits.count() as f64 / draws as f64
        };
        // A bracket around a kernel is the kernel: p = 0.175 (1 + 0.1 + 0.01 + ...).
        for (name, p) in [("WN", 0.175 / 0.9), ("PER2", 0.175 / 4.0 / 0.9)] {
            let standard_error = (p * (1.0 - p) / draws as f64).sqrt();
            assert!((count(name) - p).abs() < 4.0 * standard_error, "{name}");
        }
    }

    #[test]
    fn every_form_has_kernels_within_its_limit() {
        for form in [Form::Paper, Form::Distinct, Form::Free] {
            for most in [1, 3, 9] {
                let grammar = Grammar::new(form, most).unwrap();
                for i in 0..100 {
                    let drawn = sample_kernel(grammar, &mut Stream::at([i, 1, 0, 0]));
                    assert!(grammar.accepts(&drawn) && drawn.kernel().is_ok());
                }
            }
        }
    }
}
