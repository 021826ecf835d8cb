//! What is near a program: it with a wider part, with a format for what is foreign, or without one of its formats.

use std::rc::Rc;

use super::{Search, TOLD, refusal};
use crate::format::{Format, Program};
use crate::rows::{Explained, Scores, explain_by};
use crate::variants::{Variant, for_foreign, wider};

/// Programs so much less probable than the best, in nats, are not looked at further.
const NEAR: f64 = 15.0;
/// Rounds of trying wider programs than the best.
const ROUNDS: usize = 4;

/// A program with what its formats make of the values.
#[derive(Clone, Debug)]
pub(super) struct Scored {
    pub(super) program: Program,
    scores: Vec<Rc<Scores>>,
    pub(super) log_joint: f64,
    pub(super) explained: Explained,
}

impl Search<'_> {
    /// The programs near the best of some, and what is near it with a part that is wider.
    pub(super) fn near(&self, programs: Vec<Program>) -> Vec<Program> {
        let programs = programs.into_iter();
        let mut scored: Vec<Scored> = programs.map(|p| self.program(p)).collect();
        for _ in 0..ROUNDS {
            let best = scored
                .iter()
                .max_by(|a, b| a.log_joint.total_cmp(&b.log_joint));
            let Some(best) = best.cloned().filter(|_| !self.is_over()) else {
                break;
            };
            let mut better = false;
            for next in self.variants(&best) {
                if next.log_joint > best.log_joint - NEAR
                    && scored.iter().all(|s| s.program != next.program)
                {
                    better |= next.log_joint > best.log_joint;
                    scored.push(next);
                }
            }
            if !better {
                break;
            }
        }
        let best = scored
            .iter()
            .map(|s| s.log_joint)
            .fold(f64::NEG_INFINITY, f64::max);
        scored.retain(|s| s.log_joint > best - NEAR);
        scored.sort_by(|a, b| b.log_joint.total_cmp(&a.log_joint));
        scored.truncate(TOLD);
        scored.into_iter().map(|s| s.program).collect()
    }

    pub(super) fn program(&self, program: Program) -> Scored {
        let scores = program.0.iter().map(|f| self.scores(f)).collect();
        self.scored(program, scores)
    }

    /// Fits the days of a program to all values, where they are better so.
    pub(super) fn date(&self, scored: &mut Scored) {
        let of = |b: usize| -> Vec<&[char]> {
            let own = scored.explained.format_of.iter().zip(&self.rows.values);
            let own = own.filter(|(of, _)| **of == Some(b));
            own.map(|(_, value)| &value[..]).collect()
        };
        let formats = scored.program.0.iter().enumerate();
        let dated: Vec<Option<Format>> = formats.map(|(b, f)| f.dated(&of(b))).collect();
        if dated.iter().all(Option::is_none) {
            return;
        }
        let formats = dated.into_iter().zip(&scored.program.0);
        let formats = formats.map(|(dated, format)| dated.unwrap_or_else(|| format.clone()));
        let dated = self.program(Program(formats.collect()));
        if dated.log_joint > scored.log_joint {
            *scored = dated;
        }
    }

    /// Adds what is better than the best and has values that this calls foreign, as long as there is such.
    pub(super) fn amend(&self, all: &mut Vec<Scored>) {
        for _ in 0..ROUNDS {
            let best = all
                .iter()
                .max_by(|a, b| a.log_joint.total_cmp(&b.log_joint));
            let Some(best) = best.filter(|_| !self.is_over()) else {
                return;
            };
            let odd = self.odd(best);
            let mut wide = wider(&best.program);
            wide.retain(|(_, format)| odd.iter().any(|value| format.accepts(value)));
            let next = self.instead(best, wide);
            let next = next
                .into_iter()
                .max_by(|a, b| a.log_joint.total_cmp(&b.log_joint));
            match next.filter(|next| next.log_joint > best.log_joint) {
                Some(next) => all.push(next),
                None => return,
            }
        }
    }

    /// The values that a program calls foreign.
    fn odd(&self, by: &Scored) -> Vec<&[char]> {
        let odd = by.explained.format_of.iter().zip(&self.rows.values);
        let odd = odd.filter(|(of, _)| of.is_none());
        odd.map(|(_, v)| &v[..]).collect()
    }

    fn scored(&self, program: Program, scores: Vec<Rc<Scores>>) -> Scored {
        let all: Vec<&Scores> = scores.iter().map(|s| &**s).collect();
        let explained = explain_by(&all, self.rows, &self.foreign);
        let prior = program.log_prior() + refusal(&program.0, self.asked);
        Scored {
            log_joint: prior + explained.log_prob,
            explained,
            program,
            scores,
        }
    }

    /// A program with each of some formats at its place, and with one for what is foreign.
    fn instead(&self, from: &Scored, mut all: Vec<Variant>) -> Vec<Scored> {
        let new = for_foreign(&self.odd(from)).into_iter();
        all.extend(new.map(|format| (from.program.0.len(), format)));
        let each = all.into_iter().map(|(b, format)| {
            let (mut program, mut scores) = (from.program.clone(), from.scores.clone());
            let score = self.scores(&format);
            match program.0.get_mut(b) {
                Some(place) => (*place, scores[b]) = (format, score),
                None => {
                    program.0.push(format);
                    scores.push(score);
                }
            }
            self.scored(program, scores)
        });
        each.collect()
    }

    /// What differs from a program in a part, it with a format for what is foreign, and it without one of its formats.
    fn variants(&self, from: &Scored) -> Vec<Scored> {
        let each = self.instead(from, wider(&from.program));
        let fewer = (0..from.program.0.len()).filter(|_| from.program.0.len() > 1);
        let fewer = fewer.map(|b| {
            let (mut program, mut scores) = (from.program.clone(), from.scores.clone());
            program.0.remove(b);
            scores.remove(b);
            self.scored(program, scores)
        });
        each.into_iter().chain(fewer).collect()
    }
}
