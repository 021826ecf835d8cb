//! The recognition network of string concepts, in the style of RobustFill (Devlin et al., 2017).
//!
//! One encoder reads each string; one decoder per string writes the program, attending over its own
//! string at every step; an element-wise maximum joins the decoders. So the guide is invariant to the
//! order of the strings and takes any number of them. The token written is fed to every decoder.

use std::ops::Range;

use helmholtz_nn::tensor::{Device, Tensor};
use helmholtz_nn::{Module, Param};
use rayon::prelude::*;

use super::alphabet::CHARACTERS;
use super::config::Config;
use super::data::Strings;
use super::grammar::Grammar;
use super::model::StringModel;
use super::program::Regex;
use super::token::Token;
use helmholtz_core::domain::Settings as _;
use helmholtz_core::guide::{Guide, Proposal};
use helmholtz_core::program::{Script, Writer, select_rows, write};
use helmholtz_math::distinct::distinct;
use helmholtz_math::error::SettingError;
use helmholtz_math::matmul::{Matrix, matmul};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;
use helmholtz_math::simd::tanh_in_place;
use helmholtz_nn::{
    AttendKernel, Forest, Input, Linear, Numbers, OwnedLstm, Packed, Reading, TokenLstm, apply,
    attention, numbers, pool, uniform_parameter,
};

/// The symbol after the last character of a string.
const STRING_END: u8 = CHARACTERS as u8;
/// Programs that one worker writes together.
const SHARD: usize = 64;
/// q(z | X).
#[derive(Clone, Debug, Module)]
pub struct StringGuide {
    encoder: TokenLstm,
    decoder: TokenLstm,
    /// The encoder's initial hidden state.
    encoder_hidden: Param<2>,
    encoder_cell: Param<2>,
    /// The decoder's initial cell; its initial hidden state is the encoder's last.
    decoder_cell: Param<2>,
    key: Param<2>,
    value: Param<2>,
    combine: Linear,
    output: Linear,
    #[module(skip)]
    grammar: Grammar,
    width: usize,
}

/// Observations as the encoder read them.
pub struct Encoding {
    /// The encoder's states, `[characters, hidden]`, the string's end included.
    states: Tensor<2>,
    keys: Tensor<2>,
    values: Tensor<2>,
    /// The characters of each string.
    strings: Packed,
    /// The strings of each observation.
    strings_of: Packed,
}

/// The copies of the decoder: one per string of each observation that programs are scored for.
struct Copies {
    /// The copies of each tree of programs.
    of: Packed,
    /// The characters of each copy's string.
    characters: Vec<Range<usize>>,
}

impl Copies {
    fn new(encoding: &Encoding, of: &[usize]) -> Self {
        let strings = |o: usize| encoding.strings_of.range(o);
        Self {
            of: Packed::new(of.iter().map(|&o| strings(o).len())),
            characters: of
                .iter()
                .flat_map(|&o| strings(o))
                .map(|s| encoding.strings.range(s))
                .collect(),
        }
    }

    /// Where each copy's decoder starts: at the encoder's state after the string's end.
    fn starts(&self) -> Vec<usize> {
        self.characters.iter().map(|c| c.end - 1).collect()
    }
}

impl StringGuide {
    /// A guide with random weights drawn by the configuration's seed.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(config: &Config, device: &Device) -> Result<Self, SettingError> {
        config.check()?;
        let (hidden, width) = (config.sizes.guide, config.sizes.width);
        let mut rng = Stream::at([config.learning.seed, 0, 0, Purpose::GuideWeights.tag()]);
        let scale = (1.0 / hidden as f64).sqrt();
        let rng = &mut rng;
        Ok(Self {
            encoder: TokenLstm::new(CHARACTERS + 1, hidden, rng, device),
            decoder: TokenLstm::new(Token::COUNT, hidden, rng, device),
            encoder_hidden: uniform_parameter(1, hidden, 0.0, rng, device),
            encoder_cell: uniform_parameter(1, hidden, 0.0, rng, device),
            decoder_cell: uniform_parameter(1, hidden, 0.0, rng, device),
            key: uniform_parameter(hidden, hidden, scale, rng, device),
            value: uniform_parameter(hidden, width, scale, rng, device),
            combine: Linear::new(hidden, width, rng, device),
            output: Linear::new(width, Token::COUNT, rng, device),
            grammar: config.grammar()?,
            width,
        })
    }

    /// The decoders' joint state at every step of the script, `[steps, width]`. The script's groups are
    /// observations.
    fn decode(&self, encoding: &Encoding, script: &Script) -> Tensor<2> {
        let copies = Copies::new(encoding, &script.groups);
        let owners: Vec<usize> = (0..copies.of.len())
            .flat_map(|tree| std::iter::repeat_n(tree, copies.of.length(tree)))
            .collect();
        let (trees, forest) = (script.forest.trees(), script.forest.copies(&owners));
        let tokens = owners
            .iter()
            .flat_map(|&tree| &script.read[trees.range(tree)])
            .copied()
            .collect();
        let steps = forest.trees().clone();
        let reading = Reading {
            forest,
            tokens,
            start_hidden: copies.starts(),
            start_cell: vec![0; owners.len()],
        };
        let hidden =
            self.decoder
                .forward(reading, encoding.states.clone(), self.decoder_cell.val());
        let kernel = AttendKernel {
            hidden: self.decoder.hidden(),
            width: self.width,
            trees: trees.clone(),
            copies: steps,
            copies_of: copies.of,
            characters: copies.characters,
        };
        let base = self.combine.forward(hidden.clone());
        let inputs = [base, hidden, encoding.keys.clone(), encoding.values.clone()];
        apply(kernel, inputs.map(Input::from))
    }

    fn weights(&self) -> Weights {
        Weights {
            decoder: self.decoder.weights(),
            cell: numbers(&self.decoder_cell.val()),
            combine: numbers(&self.combine.weight.val()),
            combine_bias: numbers(&self.combine.bias.val()),
            output: numbers(&self.output.weight.val()),
            output_bias: numbers(&self.output.bias.val()),
            width: self.width,
        }
    }
}

/// What the decoder needs to write, as numbers.
struct Weights {
    decoder: OwnedLstm,
    cell: Numbers,
    combine: Numbers,
    combine_bias: Numbers,
    output: Numbers,
    output_bias: Numbers,
    width: usize,
}

/// An encoding as numbers.
struct Read {
    states: Numbers,
    keys: Numbers,
    values: Numbers,
}

/// The decoders of a shard of programs in the course of writing.
struct GuideWriter<'a> {
    weights: &'a Weights,
    read: &'a Read,
    /// The characters of each copy, by row of the writing.
    copies: Vec<Vec<Range<usize>>>,
    h: Vec<f32>,
    c: Vec<f32>,
}

impl<'a> GuideWriter<'a> {
    fn new(weights: &'a Weights, read: &'a Read, copies: Vec<Vec<Range<usize>>>) -> Self {
        let hidden = weights.decoder.hidden();
        let last = copies.iter().flatten().map(|c| c.end - 1);
        let h: Vec<f32> = last
            .flat_map(|at| &read.states[at * hidden..][..hidden])
            .copied()
            .collect();
        let c = weights.cell.repeat(h.len() / hidden);
        Self {
            weights,
            read,
            copies,
            h,
            c,
        }
    }

    /// The joined state of each row, `[rows, width]`.
    fn join(&self) -> Vec<f32> {
        let (w, hidden) = (self.weights.width, self.weights.decoder.hidden());
        let rows = self.h.len() / hidden;
        let mut base = self.weights.combine_bias.repeat(rows);
        let combine = Matrix::new(&self.weights.combine, hidden, w);
        matmul(&mut base, Matrix::new(&self.h, rows, hidden), combine, true);
        let mut joined = vec![f32::NEG_INFINITY; self.copies.len() * w];
        let mut winner = vec![0.0; w];
        let mut row = 0;
        for (copies, joined) in self.copies.iter().zip(joined.chunks_exact_mut(w)) {
            for c in copies {
                let state = &self.h[row * hidden..][..hidden];
                let keys = &self.read.keys[c.start * hidden..c.end * hidden];
                let a = attention(state, keys, hidden);
                let values = Matrix::new(&self.read.values[c.start * w..c.end * w], c.len(), w);
                let own = &mut base[row * w..][..w];
                matmul(own, Matrix::new(&a, 1, c.len()), values, true);
                pool(joined, &mut winner, own, 0);
                row += 1;
            }
        }
        tanh_in_place(&mut joined);
        joined
    }
}

impl Writer for GuideWriter<'_> {
    fn read(&mut self, tokens: &[u8]) -> Vec<f32> {
        let each = self.copies.iter().zip(tokens);
        let tokens: Vec<usize> = each
            .flat_map(|(copies, &t)| std::iter::repeat_n(t.into(), copies.len()))
            .collect();
        self.weights.decoder.step(&tokens, &mut self.h, &mut self.c);
        let (n, w) = (self.copies.len(), self.weights.width);
        let mut logits = self.weights.output_bias.repeat(n);
        let output = Matrix::new(&self.weights.output, w, Token::COUNT);
        matmul(&mut logits, Matrix::new(&self.join(), n, w), output, true);
        logits
    }

    fn select(&mut self, rows: &[usize]) {
        let copies = Packed::new(self.copies.iter().map(Vec::len));
        let copy_rows: Vec<usize> = rows.iter().flat_map(|&r| copies.range(r)).collect();
        let width = self.weights.decoder.hidden();
        self.h = select_rows(&self.h, width, &copy_rows);
        self.c = select_rows(&self.c, width, &copy_rows);
        self.copies = rows.iter().map(|&r| self.copies[r].clone()).collect();
    }
}

impl Guide<StringModel> for StringGuide {
    type Encoding = Encoding;

    fn encode(&self, observations: &[&Strings]) -> Encoding {
        let all: Vec<&[u8]> = observations.iter().flat_map(|x| x.iter()).collect();
        let strings = Packed::new(all.iter().map(|s| s.len() + 1));
        let tokens = all
            .iter()
            .flat_map(|s| s.iter().copied().chain([STRING_END]))
            .collect();
        let reading = Reading {
            forest: Forest::chains(strings.clone()),
            tokens,
            start_hidden: vec![0; all.len()],
            start_cell: vec![0; all.len()],
        };
        let states =
            self.encoder
                .forward(reading, self.encoder_hidden.val(), self.encoder_cell.val());
        Encoding {
            keys: states.clone().matmul(self.key.val()),
            values: states.clone().matmul(self.value.val()),
            states,
            strings,
            strings_of: Packed::new(observations.iter().map(|x| x.len())),
        }
    }

    fn detach(encoding: &Encoding) -> Encoding {
        Encoding {
            states: encoding.states.clone().inner(),
            keys: encoding.keys.clone().inner(),
            values: encoding.values.clone().inner(),
            strings: encoding.strings.clone(),
            strings_of: encoding.strings_of.clone(),
        }
    }

    fn sample(
        &self,
        encoding: &Encoding,
        of: &[usize],
        rngs: &mut [Stream],
    ) -> Vec<Proposal<Regex>> {
        let (weights, read) = (
            self.weights(),
            Read {
                states: numbers(&encoding.states),
                keys: numbers(&encoding.keys),
                values: numbers(&encoding.values),
            },
        );
        let copies = |&o: &usize| -> Vec<Range<usize>> {
            encoding
                .strings_of
                .range(o)
                .map(|s| encoding.strings.range(s))
                .collect()
        };
        let written: Vec<Vec<Proposal<Regex>>> = of
            .par_chunks(SHARD)
            .zip(rngs.par_chunks_mut(SHARD))
            .map(|(of, rngs)| {
                let (observations, rows) = distinct(of.iter().copied());
                let copies = observations.iter().map(copies).collect();
                let writer = GuideWriter::new(&weights, &read, copies);
                write(writer, &self.grammar, &rows, rngs)
            })
            .collect();
        written.concat()
    }

    fn log_prob(&self, encoding: &Encoding, of: &[usize], programs: &[Regex]) -> Tensor<1> {
        let script = Script::new(programs, of, &self.grammar);
        let joined = self.decode(encoding, &script);
        script.log_prob(self.output.forward(joined))
    }
}

#[cfg(test)]
mod tests;
