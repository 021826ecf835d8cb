//! Learning *generative programs*: models p(z, x) in which x is something a person recorded and z is a
//! short program that explains it.
//!
//! A Helmholtz machine is two models that train each other. The [`model::Model`] p(z, x) writes a program
//! and runs it; the [`guide::Guide`] q(z | x) looks at an observation and proposes programs. For programs
//! the guide is rarely good enough by itself, so a [`memory::Memory`] keeps the best programs found for
//! each observation, and both models learn from it (Memoised Wake-Sleep).
//!
//! Every algorithm of that family is data: a list of [`algorithm::Term`]s, each saying where programs come
//! from and which [`estimator`] turns their log-weights into the numbers that multiply grad log p and grad
//! log q. One [`train::Trainer`] runs them all, and knows no domain.
//!
//! The first domain is [`domain::strings`]: a spreadsheet column explained by a probabilistic regular
//! expression. A regex is a distribution here, and its likelihood is exact, summed over every way it can
//! produce a string:
//!
//! ```
//! use helmholtz::domain::strings::{
//!     alphabet::encode, automaton::Automaton, parameters::Parameters, program::Regex,
//! };
//!
//! let program: Regex = r"\u(,\u)*".parse()?;
//! let parameters = Parameters::uniform();
//! let automaton = Automaton::compile(&program, &parameters);
//!
//! // Four capitals of 26, three repetitions and a stop at probability one half.
//! let by_hand = -4.0 * 26f64.ln() - 4.0 * 2f64.ln();
//! assert!((automaton.log_prob(&encode("A,B,J,U")?) - by_hand).abs() < 1e-12);
//! assert_eq!(automaton.log_prob(&encode("a,b")?), f64::NEG_INFINITY);
//! assert_eq!(program.export(), "^[A-Z](?:,[A-Z])*$");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! and the model that ships with the library explains a column in a second:
//!
//! ```
//! use helmholtz::data::{ReadOptions, read_from};
//! use helmholtz::domain::strings::explain::{ExplainOptions, explain};
//! use helmholtz::domain::strings::pretrained::pretrained;
//!
//! let table = "room\nB-101\nB-214\nC-007\nA-330\nB-118\n";
//! let column = &read_from(table.as_bytes(), "rooms.csv", &ReadOptions::default())?.columns[0];
//! let (_, model, guide) = pretrained()?;
//! let explanation = explain(&model, &guide, column, &ExplainOptions::default());
//! let best = regex::Regex::new(&explanation.programs[0].export)?;
//! assert!(best.is_match("C-219"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Sequences have a latent per step. [`filter`] infers it from the present and the past only, by networks that learn to
//! follow the gradient of the step's free energy (amortised variational filtering), and has the exact filter of
//! linear-Gaussian models to compare with.
//!
//! What a domain has to bring is in [`model`] and [`guide`]. The book builds one in 100 lines.

pub use helmholtz_core::{
    algorithm, conform, estimator, evidence, files, filter, guide, machine, memory, model, needs,
    product, program, run, search, train,
};
pub use helmholtz_data as data;
#[cfg(feature = "pictures")]
pub use helmholtz_data::picture;
pub use helmholtz_math::{error, gaussian, laplace, purpose, random};
pub use helmholtz_nn as nn;
pub use helmholtz_nn::dist;

/// Model families: what is particular to a kind of data and its programs.
pub mod domain {
    #[cfg(feature = "automata")]
    pub use helmholtz_automata as automata;
    #[cfg(feature = "characters")]
    pub use helmholtz_characters as characters;
    #[cfg(feature = "clusters")]
    pub use helmholtz_clusters as mixture;
    pub use helmholtz_core::domain::*;
    #[cfg(feature = "scenes")]
    pub use helmholtz_scenes as scenes;
    #[cfg(feature = "sequences")]
    pub use helmholtz_sequences as sequence;
    #[cfg(feature = "strings")]
    pub use helmholtz_strings as strings;
    #[cfg(feature = "timeseries")]
    pub use helmholtz_timeseries as timeseries;
}

/// The domains that come with the library, a line each, as far as their features are on.
pub fn registry() -> product::Registry {
    let registry = product::Registry::new();
    #[cfg(feature = "strings")]
    let registry = registry.with::<domain::strings::StringDomain>();
    #[cfg(feature = "timeseries")]
    let registry = registry.with::<domain::timeseries::SeriesDomain>();
    #[cfg(feature = "sequences")]
    let registry = registry
        .with::<domain::sequence::StreamDomain>()
        .with::<domain::sequence::MusicDomain>()
        .with::<domain::sequence::SpeechDomain>();
    #[cfg(feature = "clusters")]
    let registry = registry.with::<domain::mixture::MixtureDomain>();
    #[cfg(feature = "automata")]
    let registry = registry.with::<domain::automata::AutomataDomain>();
    #[cfg(feature = "characters")]
    let registry = registry.with::<domain::characters::CharacterDomain>();
    #[cfg(feature = "scenes")]
    let registry = registry.with::<domain::scenes::SceneDomain>();
    registry
}

/// The programs of the book, which are tests.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../../docs/book/src/own-model.md")]
    struct OwnModel;
    #[doc = include_str!("../../../docs/book/src/own-stream.md")]
    struct OwnStream;
}
