//! Drawing programs, step by step.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Language;
use crate::guide::Proposal;
use helmholtz_math::distinct::distinct;
use helmholtz_math::matmul::{Matrix, matmul};
use helmholtz_math::random::Stream;
use helmholtz_nn::{Linear, Numbers, OwnedLstm, draw, masked_softmax, numbers};

/// A network in the course of writing several programs; those that are equal so far share a row.
pub trait Writer {
    /// Reads one symbol per row and returns the logits of the next, `[rows, symbols]`.
    fn read(&mut self, symbols: &[u8]) -> Vec<f32>;

    /// Goes on with the given rows in the given order: several times with one from which programs part,
    /// not at all with one whose programs are finished.
    fn select(&mut self, rows: &[usize]);
}

/// A recurrent network with one output layer.
pub struct LstmWriter<'a> {
    /// Its weights.
    pub lstm: &'a OwnedLstm,
    /// `[hidden, symbols]`.
    pub output: &'a [f32],
    /// `[symbols]`.
    pub bias: &'a [f32],
    /// Per row, where its part of the network's table begins.
    pub tables: Vec<usize>,
    /// Hidden states, `[rows, hidden]`.
    pub h: Vec<f32>,
    /// Cells, `[rows, hidden]`.
    pub c: Vec<f32>,
}

impl Writer for LstmWriter<'_> {
    fn read(&mut self, symbols: &[u8]) -> Vec<f32> {
        let (n, width) = (symbols.len(), self.lstm.hidden());
        let both = symbols.iter().zip(&self.tables);
        let read: Vec<usize> = both.map(|(&s, table)| table + usize::from(s)).collect();
        self.lstm.step(&read, &mut self.h, &mut self.c);
        let mut logits = self.bias.repeat(n);
        let states = Matrix::new(&self.h, n, width);
        let output = Matrix::new(self.output, width, self.bias.len());
        matmul(&mut logits, states, output, true);
        logits
    }

    fn select(&mut self, rows: &[usize]) {
        let width = self.lstm.hidden();
        self.h = select_rows(&self.h, width, rows);
        self.c = select_rows(&self.c, width, rows);
        self.tables = rows.iter().map(|&r| self.tables[r]).collect();
    }
}

/// Programs that one worker writes together.
const SHARD: usize = 64;

/// A recurrent network with one output layer as numbers, for drawing.
pub struct Pen {
    lstm: OwnedLstm,
    output: Numbers,
    bias: Numbers,
    hidden: Vec<f32>,
    cell: Vec<f32>,
}

impl Pen {
    /// One that starts from a state of zeros.
    pub fn new(lstm: OwnedLstm, output: &Linear) -> Self {
        let zeros = vec![0.0; lstm.hidden()];
        Self {
            lstm,
            output: numbers(&output.weight.val()),
            bias: numbers(&output.bias.val()),
            hidden: zeros.clone(),
            cell: zeros,
        }
    }

    /// The same from another state, `[hidden]` each.
    pub fn starting(self, hidden: Vec<f32>, cell: Vec<f32>) -> Self {
        Self {
            hidden,
            cell,
            ..self
        }
    }

    /// Draws a program per stream with its log-probability. Program i is written by table `of[i]` of the network; a
    /// table has a row for each symbol.
    pub fn write<L: Language>(
        &self,
        language: &L,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<L::Program>> {
        let shards = of.par_chunks(SHARD).zip(rngs.par_chunks_mut(SHARD));
        let written = shards.map(|(of, rngs)| {
            let (tables, rows) = distinct(of.iter().copied());
            let writer = LstmWriter {
                lstm: &self.lstm,
                output: &self.output,
                bias: &self.bias,
                h: self.hidden.repeat(tables.len()),
                c: self.cell.repeat(tables.len()),
                tables: tables.into_iter().map(|t| t * L::SYMBOLS).collect(),
            };
            write(writer, language, &rows, rngs)
        });
        written.collect::<Vec<_>>().concat()
    }
}

/// The given rows of a matrix, in the given order; a row may be given several times.
pub fn select_rows(matrix: &[f32], width: usize, rows: &[usize]) -> Vec<f32> {
    let mut selected = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        selected.extend_from_slice(&matrix[row * width..][..width]);
    }
    selected
}

/// Draws a program per stream, with its log-probability. Program `i` starts from row `rows[i]`.
pub fn write<L: Language>(
    mut writer: impl Writer,
    language: &L,
    rows: &[usize],
    rngs: &mut [Stream],
) -> Vec<(L::Program, f64)> {
    let mut drafts: Vec<Draft<L>> = rows.iter().map(|&r| Draft::new(language, r)).collect();
    let masks = language.all_masks();
    let mut symbols = vec![L::END; rows.iter().max().map_or(0, |r| r + 1)];
    while !symbols.is_empty() {
        let logits = writer.read(&symbols);
        let mut choices: Vec<Option<Choice>> = symbols.iter().map(|_| None).collect();
        let active = drafts.iter_mut().zip(rngs.iter_mut());
        for (draft, rng) in active.filter(|(d, _)| !d.finished) {
            let logits = &logits[draft.row * L::SYMBOLS..][..L::SYMBOLS];
            let choice = choices[draft.row].get_or_insert_with(|| {
                let mask = language.mask(&draft.state);
                Choice::new(logits, masks.row(mask))
            });
            draft.extend(language, choice, rng);
        }
        let from;
        (from, symbols) = part(&mut drafts);
        writer.select(&from);
    }
    drafts.into_iter().map(|d| d.finish(language)).collect()
}

/// Gives each program under way the row of those that are equal to it so far. Returns, per new row, the
/// row that it comes from and the symbol that was written.
fn part<L: Language>(drafts: &mut [Draft<L>]) -> (Vec<usize>, Vec<u8>) {
    let (mut from, mut symbols) = (vec![], vec![]);
    let mut rows: HashMap<(usize, u8), usize> = HashMap::new();
    for draft in drafts.iter_mut().filter(|d| !d.finished) {
        let (row, symbol) = (draft.row, draft.last());
        draft.row = *rows.entry((row, symbol)).or_insert_with(|| {
            from.push(row);
            symbols.push(symbol);
            symbols.len() - 1
        });
    }
    (from, symbols)
}

/// The next symbol's distribution, after one beginning.
struct Choice {
    probabilities: Vec<f32>,
    /// Log-probabilities up to the constant `total`.
    logits: Vec<f32>,
    total: f32,
}

impl Choice {
    fn new(logits: &[f32], mask: &[f32]) -> Self {
        let mut probabilities = logits.to_vec();
        Self {
            total: masked_softmax(&mut probabilities, mask),
            probabilities,
            logits: logits.to_vec(),
        }
    }
}

/// A program under way.
struct Draft<L: Language> {
    /// Its row of the network.
    row: usize,
    symbols: Vec<u8>,
    state: L::State,
    log_prob: f64,
    finished: bool,
}

impl<L: Language> Draft<L> {
    fn new(language: &L, row: usize) -> Self {
        Self {
            row,
            symbols: vec![],
            state: language.start(),
            log_prob: 0.0,
            finished: false,
        }
    }

    fn last(&self) -> u8 {
        self.symbols.last().copied().unwrap_or(L::END)
    }

    /// Draws the next symbol.
    fn extend(&mut self, language: &L, choice: &Choice, rng: &mut Stream) {
        if !choice.total.is_finite() {
            // Weights so large that the network overflows: give up instead of writing for ever.
            self.log_prob = f64::NEG_INFINITY;
            self.finished = true;
            return;
        }
        let chosen = draw(&choice.probabilities, rng);
        self.log_prob += f64::from(choice.logits[chosen] - choice.total);
        let symbol = chosen as u8;
        if symbol == L::END {
            self.finished = true;
        } else {
            language.push(&mut self.state, symbol);
            self.symbols.push(symbol);
        }
    }

    /// The mask admits programs only, so reading back cannot fail; if it did, a program of probability
    /// zero would stand in.
    fn finish(self, language: &L) -> (L::Program, f64) {
        match language.program(&self.symbols) {
            Some(program) => (program, self.log_prob),
            None => (language.stand_in(), f64::NEG_INFINITY),
        }
    }
}
