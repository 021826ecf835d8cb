//! Formats for clusters of like values, and what becomes of them while the joint of all rows goes up.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use super::alone::alone;
use super::{Search, refusal};
use crate::format::Format;
use crate::matching::{Match, matched};
use crate::prior::of_formats;
use crate::rows::{Scores, explain_by};
use crate::shapes::{Shape, common};

/// Formats of a program while it is searched for.
const MOST_FORMATS: usize = 10;

/// A format under way, with its shape and what it makes of the values.
#[derive(Debug)]
pub(super) struct Fitted {
    shape: Shape,
    pub(super) format: Format,
    log_prior: f64,
    scores: Rc<Scores>,
    members: Vec<usize>,
}

pub(super) type Formats = Vec<Rc<Fitted>>;
/// What two formats have in common, once it was looked for. All that was fitted is kept, so that its place tells which it is.
type Merged = HashMap<[*const Fitted; 2], Formats>;
/// Two formats that a format is split into: that of the usual values, and that of the rest.
pub(super) type Split = (Rc<Fitted>, Rc<Fitted>);
/// Parts that a format may lack by which it is split, at most.
const MOST_SPLITS: usize = 4;

impl Search<'_> {
    fn texts(&self, members: &[usize]) -> Vec<&[char]> {
        let each = members.iter();
        each.map(|v| &self.rows.values[*v][..]).collect()
    }

    /// A format for the shape of some values: what is merged and dropped comes to the same ones by several ways.
    fn fitted(&self, shape: &Shape, members: &[usize]) -> Rc<Fitted> {
        let key = (shape.clone(), members.to_vec());
        if let Some(known) = self.fits.borrow().get(&key) {
            return known.clone();
        }
        let format = shape.format().fitted(&self.texts(members));
        let fitted = Rc::new(Fitted {
            // A format that accepts what it should not costs more.
            log_prior: format.log_prior() + refusal(std::slice::from_ref(&format), self.asked),
            scores: self.scores(&format),
            shape: shape.clone(),
            format,
            members: members.to_vec(),
        });
        self.fits.borrow_mut().insert(key, fitted.clone());
        fitted
    }

    /// Formats for the shapes of values, those with most rows.
    pub(super) fn clusters(&self, shape: &dyn Fn(&[char]) -> Shape) -> Formats {
        let mut clusters: HashMap<Shape, Vec<usize>> = HashMap::new();
        for (v, text) in self.rows.values.iter().enumerate() {
            clusters.entry(shape(text)).or_default().push(v);
        }
        let count = |members: &[usize]| members.iter().map(|v| self.rows.counts[*v]).sum::<u64>();
        let mut clusters: Vec<(Shape, Vec<usize>)> = clusters.into_iter().collect();
        clusters.sort_by(|a, b| count(&b.1).cmp(&count(&a.1)).then_with(|| a.cmp(b)));
        clusters.truncate(MOST_FORMATS);
        clusters
            .iter()
            .map(|(shape, members)| self.fitted(shape, members))
            .collect()
    }

    fn log_joint(&self, formats: &[Rc<Fitted>]) -> f64 {
        // Different ways lead to the same formats, in another order. Each has scores of its own, which are kept.
        let mut key: Vec<*const Scores> = formats.iter().map(|f| Rc::as_ptr(&f.scores)).collect();
        key.sort_unstable();
        if let Some(known) = self.joints.borrow().get(&key) {
            return *known;
        }
        let scores: Vec<&Scores> = formats.iter().map(|f| &*f.scores).collect();
        let log_prior = of_formats(formats.iter().map(|f| f.log_prior));
        let log_joint = log_prior + explain_by(&scores, self.rows, &self.foreign).log_prob;
        self.joints.borrow_mut().insert(key, log_joint);
        log_joint
    }

    /// The program that formats are the beginning of, and where merges lead while they help; best last.
    pub(super) fn improved(&self, mut formats: Formats) -> Vec<Formats> {
        let mut best = self.log_joint(&formats);
        let mut course = vec![formats.clone()];
        let mut merged = Merged::new();
        while !self.is_over() {
            let better = |step| self.likeliest(step).filter(|next| next.0 > best);
            let changed = better(self.changed(&formats, &mut merged));
            let Some(next) = changed.or_else(|| better(self.stricter(&formats))) else {
                return course;
            };
            (best, formats) = next;
            course.push(formats.clone());
        }
        course
    }

    /// The likeliest of some programs.
    fn likeliest(&self, all: Vec<Formats>) -> Option<(f64, Formats)> {
        let scored = all.into_iter().map(|next| (self.log_joint(&next), next));
        scored.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Some formats, one of them without values that it alone is wider for.
    fn stricter(&self, formats: &[Rc<Fitted>]) -> Vec<Formats> {
        let mut all = vec![];
        for (i, fitted) in formats.iter().enumerate() {
            let texts: Vec<&[char]> = self.texts(&fitted.members);
            for odd in alone(&fitted.format, &texts) {
                let members = fitted.members.iter().enumerate();
                let members = members.filter(|(k, _)| !odd.contains(k)).map(|(_, v)| *v);
                let mut next = formats.to_vec();
                next[i] = self.fitted(&fitted.shape, &members.collect::<Vec<_>>());
                all.push(next);
            }
        }
        all
    }

    /// All that can be made of some formats in a step: two become one, or one is left out.
    fn changed(&self, formats: &[Rc<Fitted>], merged: &mut Merged) -> Vec<Formats> {
        let mut all = vec![];
        let without = |gone: &[usize]| -> Formats {
            let left = formats
                .iter()
                .enumerate()
                .filter(|(k, _)| !gone.contains(k));
            left.map(|(_, f)| f.clone()).collect()
        };
        for i in 0..formats.len() {
            if formats.len() > 1 {
                all.push(without(&[i]));
            }
            for (usual, rest) in self.splits(&formats[i]).iter() {
                for some in [vec![usual.clone()], vec![usual.clone(), rest.clone()]] {
                    all.push([without(&[i]), some].concat());
                }
            }
            for j in i + 1..formats.len() {
                let (a, b) = (&formats[i], &formats[j]);
                let key = [a, b].map(Rc::as_ptr);
                let both = merged.entry(key).or_insert_with(|| self.merged(a, b));
                for one in both {
                    let mut next = without(&[i, j]);
                    next.push(one.clone());
                    all.push(next);
                }
            }
        }
        all
    }

    /// A format fitted to those of its values that are as long as most of them, or that have or lack some part as most do, and
    /// to the rest.
    fn splits(&self, fitted: &Rc<Fitted>) -> Rc<Vec<Split>> {
        if let Some(known) = self.splits.borrow().get(&Rc::as_ptr(fitted)) {
            return known.clone();
        }
        let lengths = fitted.members.iter().map(|v| self.rows.values[*v].len());
        let mut sets = vec![usual(&lengths.collect::<Vec<usize>>())];
        let parts = fitted.format.0.iter().enumerate();
        let loose = parts
            .filter(|(_, part)| part.count.least == 0)
            .map(|(k, _)| k);
        let loose: Vec<usize> = loose.take(MOST_SPLITS).collect();
        if !loose.is_empty() {
            let texts = self.texts(&fitted.members);
            let found = texts.iter().map(|text| matched(&fitted.format, text));
            let found: Vec<Option<Vec<Match>>> = found.collect();
            sets.extend(loose.into_iter().map(|k| {
                let is_there = |parts: &Option<Vec<Match>>| {
                    let span = parts.as_ref().map(|parts| parts[k].span());
                    span.is_some_and(|(start, end)| end > start)
                };
                usual(&found.iter().map(is_there).collect::<Vec<bool>>())
            }));
        }
        let each = sets.into_iter().flatten().map(|(most, rest)| {
            let of = |some: Vec<usize>| {
                let members: Vec<usize> = some.into_iter().map(|k| fitted.members[k]).collect();
                self.fitted(&fitted.shape, &members)
            };
            (of(most), of(rest))
        });
        let splits = Rc::new(each.collect::<Vec<Split>>());
        self.splits
            .borrow_mut()
            .insert(Rc::as_ptr(fitted), splits.clone());
        splits
    }

    /// What two formats have in common, fitted to the values of both.
    fn merged(&self, a: &Fitted, b: &Fitted) -> Vec<Rc<Fitted>> {
        let mut members = [&a.members[..], &b.members].concat();
        members.sort_unstable();
        members.dedup();
        common(&a.shape, &b.shape)
            .iter()
            .map(|shape| self.fitted(shape, &members))
            .collect()
    }
}

/// The places of what stands most often among some, if that is more than half of them, and those of the rest, if there are such.
fn usual<T: Copy + Eq + Ord + Hash>(all: &[T]) -> Option<(Vec<usize>, Vec<usize>)> {
    let mut often: HashMap<T, usize> = HashMap::new();
    all.iter()
        .for_each(|one| *often.entry(*one).or_default() += 1);
    let most = often
        .into_iter()
        .max_by_key(|(one, count)| (*count, *one))?
        .0;
    let (usual, rest): (Vec<usize>, Vec<usize>) = (0..all.len()).partition(|k| all[*k] == most);
    (!rest.is_empty() && usual.len() > rest.len()).then_some((usual, rest))
}
