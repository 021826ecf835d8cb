//! The exact probability of a string under a program, and its gradient.
//!
//! The forward pass carries, for each position of the [`Automaton`], the probability of having
//! generated the string so far and standing there: all parses are summed, in time proportional to
//! the length times the arcs that are alive. The gradient adds the backward pass: expected counts of
//! emissions go through the softmax of their class, and expected uses of arcs are contracted with
//! the arcs' derivatives by the three operator logits.
//!
//! Probabilities of long strings leave the range of an `f64`. Rescaling keeps the total in range,
//! and is all that is needed as a rule. But a path can fall behind the total by more than the range
//! and still be the only one that survives (`a*|.*b` on a long run of a's with a b at its end). The
//! passes notice when they drop anything, and are then repeated with wider numbers, which cannot.

use super::automaton::{Automaton, DifferentiableAutomaton};
use super::mass::{Mass, Wide};
use super::parameters::{COUNT, OPERATORS, Parameters, logit_of};
use super::token::Token;
use super::weight::{Dual, Weight};
use std::ops::Range;

/// Memory for the passes, to be reused from one string to the next.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    narrow: Trellis<f64>,
    wide: Trellis<Wide>,
}

/// A narrow pass dropped a path.
struct Lost;

impl<W: Weight> Automaton<'_, W> {
    /// log p(string | program), summed over all parses; negative infinity if there is none.
    ///
    /// The string is given by the indices of its characters; indices beyond the alphabet are
    /// characters that nothing generates.
    pub fn log_prob(&self, string: &[u8]) -> f64 {
        self.log_prob_with(string, &mut Scratch::default())
    }

    /// As [`Automaton::log_prob`], without allocating once the scratch memory has grown.
    pub fn log_prob_with(&self, string: &[u8], scratch: &mut Scratch) -> f64 {
        let narrow = scratch.narrow.forward(self, string, false);
        narrow.unwrap_or_else(|Lost| {
            scratch
                .wide
                .forward(self, string, false)
                .unwrap_or(f64::NEG_INFINITY)
        })
    }
}

impl DifferentiableAutomaton<'_> {
    /// log p(string | program); its derivatives by the 225 logits are *added* to `gradient`.
    ///
    /// Nothing is added for a string that the program cannot generate.
    pub fn log_prob_gradient(&self, string: &[u8], gradient: &mut [f64; COUNT]) -> f64 {
        self.log_prob_gradient_with(string, gradient, &mut Scratch::default())
    }

    /// As [`Automaton::log_prob_gradient`], without allocating once the scratch memory has grown.
    pub fn log_prob_gradient_with(
        &self,
        string: &[u8],
        gradient: &mut [f64; COUNT],
        scratch: &mut Scratch,
    ) -> f64 {
        let both = scratch.narrow.forward_backward(self, string);
        let (log_prob, counts) = both.unwrap_or_else(|Lost| {
            let both = scratch.wide.forward_backward(self, string);
            both.unwrap_or((f64::NEG_INFINITY, [0.0; COUNT]))
        });
        if log_prob > f64::NEG_INFINITY {
            self.parameters.add_gradient(&counts, gradient);
        }
        log_prob
    }
}

/// The probability that an atom emits a character.
fn emission(parameters: &Parameters, atom: Token, character: u8) -> f64 {
    match atom.as_class() {
        None => f64::from(u8::from(u8::from(atom) == character)),
        Some(class) => parameters
            .emissions(class)
            .get(usize::from(character))
            .copied()
            .unwrap_or(0.0),
    }
}

/// The alive positions after each character, and the buffers to get from one column to another.
#[derive(Clone, Debug, Default)]
struct Trellis<M> {
    /// Alive positions with their masses, column after column.
    alive: Vec<(u16, M)>,
    /// Where each column starts in `alive`.
    columns: Vec<usize>,
    /// For each position, its mass in the column being built.
    next: Vec<M>,
    /// For each position, the mass of generating the rest of the string from there.
    rest: Vec<M>,
}

impl<M: Mass> Trellis<M> {
    /// The log probability. All columns are kept for a backward pass, or only the newest one.
    fn forward<W: Weight>(
        &mut self,
        automaton: &Automaton<'_, W>,
        string: &[u8],
        keep: bool,
    ) -> Result<f64, Lost> {
        self.start(automaton.exits.len());
        let mut log_scale = 0.0;
        let mut column = 0..1;
        for &character in string {
            self.advance(automaton, character, column.clone())?;
            if keep {
                self.columns.push(column.end);
                column = column.end..self.alive.len();
            } else {
                self.alive.drain(column);
                column = 0..self.alive.len();
            }
            if column.is_empty() {
                return Ok(f64::NEG_INFINITY);
            }
            log_scale += rescale(&mut self.alive[column.clone()]);
        }
        let mut total = M::ZERO;
        for &(position, mass) in &self.alive[column] {
            let exit = automaton.exits[usize::from(position)].value();
            if exit > 0.0 {
                total = total.plus(kept(mass.times(exit))?);
            }
        }
        Ok(if total.is_zero() {
            f64::NEG_INFINITY
        } else {
            total.ln() + log_scale
        })
    }

    fn start(&mut self, positions: usize) {
        self.alive.clear();
        self.alive.push((0, M::ONE));
        self.columns.clear();
        self.columns.push(0);
        for buffer in [&mut self.next, &mut self.rest] {
            buffer.clear();
            buffer.resize(positions, M::ZERO);
        }
    }

    /// Appends the column that follows `column` when `character` is emitted.
    fn advance<W: Weight>(
        &mut self,
        automaton: &Automaton<'_, W>,
        character: u8,
        column: Range<usize>,
    ) -> Result<(), Lost> {
        let new = self.alive.len();
        for k in column {
            let (position, mass) = self.alive[k];
            for arc in automaton.arcs_from(position) {
                let probability = emission(automaton.parameters, arc.atom, character);
                if probability > 0.0 {
                    let moved = kept(mass.times(arc.weight.value()).times(probability))?;
                    let target = &mut self.next[usize::from(arc.to)];
                    if target.is_zero() {
                        self.alive.push((arc.to, M::ZERO));
                    }
                    *target = target.plus(moved);
                }
            }
        }
        for (position, mass) in &mut self.alive[new..] {
            *mass = std::mem::replace(&mut self.next[usize::from(*position)], M::ZERO);
        }
        Ok(())
    }

    /// The log probability, and the expected counts: of each class's emissions, and of the uses of
    /// arcs times their log derivatives by the three operator logits.
    fn forward_backward(
        &mut self,
        automaton: &DifferentiableAutomaton<'_>,
        string: &[u8],
    ) -> Result<(f64, [f64; COUNT]), Lost> {
        let mut counts = [0.0; COUNT];
        let log_prob = self.forward(automaton, string, true)?;
        if log_prob > f64::NEG_INFINITY {
            for emitted in (0..=string.len()).rev() {
                self.retreat(automaton, string, emitted, &mut counts)?;
            }
        }
        Ok((log_prob, counts))
    }

    /// Adds the counts of the column after `emitted` characters, and moves `rest` to that column.
    fn retreat(
        &mut self,
        automaton: &DifferentiableAutomaton<'_>,
        string: &[u8],
        emitted: usize,
        counts: &mut [f64; COUNT],
    ) -> Result<(), Lost> {
        let end = self
            .columns
            .get(emitted + 1)
            .copied()
            .unwrap_or(self.alive.len());
        let column = &self.alive[self.columns[emitted]..end];
        let mut total = [M::ZERO; 4];
        for &(position, mass) in column {
            let onward = self.onward(automaton, position, string.get(emitted).copied())?;
            self.next[usize::from(position)] = onward[0];
            for (total, part) in total.iter_mut().zip(onward) {
                *total = total.plus(mass.product(part));
            }
        }
        // Every parse passes through this column once, so the total is the string's probability in
        // this column's scale, and dividing by it gives posterior expectations.
        if total[0].product(M::ONE.times(1e-28)).is_lost() {
            return Err(Lost);
        }
        for (direction, slope) in total[1..].iter().enumerate() {
            counts[OPERATORS + direction] += slope.over(total[0]);
        }
        if let Some(&character) = emitted.checked_sub(1).and_then(|last| string.get(last)) {
            for &(position, mass) in column {
                let class = automaton.atoms[usize::from(position)].as_class();
                if let Some(logit) = class.and_then(|class| logit_of(class, character)) {
                    let through = mass.product(self.next[usize::from(position)]);
                    counts[logit] += through.over(total[0]);
                }
            }
        }
        rescale_rest(column, &mut self.next);
        std::mem::swap(&mut self.next, &mut self.rest);
        Ok(())
    }

    /// The mass of generating the rest of the string from a position (by its next character, or by
    /// ending here) and its derivatives.
    fn onward(
        &self,
        automaton: &DifferentiableAutomaton<'_>,
        position: u16,
        character: Option<u8>,
    ) -> Result<[M; 4], Lost> {
        let Some(character) = character else {
            return Ok(automaton.exits[usize::from(position)]
                .0
                .map(|part| M::ONE.times(part)));
        };
        let mut onward = [M::ZERO; 4];
        for arc in automaton.arcs_from(position) {
            let rest = self.rest[usize::from(arc.to)];
            let probability = emission(automaton.parameters, arc.atom, character);
            if probability > 0.0 && !rest.is_zero() {
                let rest = rest.times(probability);
                kept(rest.times(arc.weight.value()))?;
                let Dual(weight) = arc.weight;
                for (onward, part) in onward.iter_mut().zip(weight) {
                    *onward = onward.plus(rest.times(part));
                }
            }
        }
        Ok(onward)
    }
}

fn kept<M: Mass>(product: M) -> Result<M, Lost> {
    if product.is_lost() {
        Err(Lost)
    } else {
        Ok(product)
    }
}

/// Scales a column up to a total of one if it has become small; returns the log of the old total.
fn rescale<M: Mass>(column: &mut [(u16, M)]) -> f64 {
    let total = column
        .iter()
        .fold(M::ZERO, |total, (_, mass)| total.plus(*mass));
    if !total.is_small() {
        return 0.0;
    }
    column
        .iter_mut()
        .for_each(|(_, mass)| *mass = M::ONE.times(mass.over(total)));
    total.ln()
}

/// The same for the masses of the rest of the string, whose scale cancels.
fn rescale_rest<M: Mass>(column: &[(u16, M)], rest: &mut [M]) {
    let total = column
        .iter()
        .fold(M::ZERO, |total, (p, _)| total.plus(rest[usize::from(*p)]));
    if total.is_small() && !total.is_zero() {
        for (position, _) in column {
            let mass = &mut rest[usize::from(*position)];
            *mass = M::ONE.times(mass.over(total));
        }
    }
}

#[cfg(test)]
mod tests;
