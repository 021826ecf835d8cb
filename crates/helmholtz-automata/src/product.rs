//! Automata as people meet them: images of 64 by 64 cells, and the rule that drew each.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evaluate::evaluate;
use super::explain::{self, Explanation, Kind, explain, render};
use super::training::{BUILTIN_IMAGES, Fantasy, TRUE_NOISE, fantasies, generate};
use super::{AutomataDomain, Config, Counts, Image, read_png, read_png_file};
use helmholtz_core::product::input::Named;
use helmholtz_core::product::text::{first_strong, plain, strong};
use helmholtz_core::product::verb::{EVALUATE, EXPLAIN, SAMPLE};
use helmholtz_core::product::words::{half_blocks, percent};
use helmholtz_core::product::{
    Answer, Attachment, BUILTIN_SEED, Call, Glimpse, Input, Likely, Loaded, Nothing, Outcome,
    Product, ProductError, Read, Sink, Text, Verb, send,
};
use helmholtz_data::files::Folder;

/// How the name of a continuation ends. Such pictures are ours, so a folder of images does not mean them.
const CONTINUED: &str = "-continued.png";
/// Noise from which an image is not explained.
const UNEXPLAINED: f64 = 0.3;

/// Options of explaining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct ExplainOptions {
    /// How many times the image is continued, for the probability of every cell to come
    #[schemars(range(min = 1, max = 1_000_000))]
    futures: usize,
    /// The seed of that
    seed: u64,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        let explain::ExplainOptions { futures, seed, .. } = explain::ExplainOptions::default();
        Self { futures, seed }
    }
}

/// Options of sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct SampleOptions {
    /// How many rules, with an image each
    #[schemars(range(min = 1, max = 1_000_000), extend("short" = "n"))]
    programs: usize,
    /// The seed of the draws
    seed: u64,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self {
            programs: 10,
            seed: 1,
        }
    }
}

impl Product for AutomataDomain {
    const ABOUT: &'static str = "Images that an automaton drew, explained by its rule";
    const OBSERVATIONS: &'static str = "images";

    type Reading = Nothing;

    fn read(input: &Input, _: &Nothing, config: &Config) -> Result<Read<Counts>, ProductError> {
        let Named { items, account, .. } = images(input)?;
        let counts = items
            .iter()
            .map(|(_, image)| Counts::of(image, config.neighbours));
        Ok(Read {
            observations: counts.collect(),
            account,
        })
    }

    fn builtin(config: &Config) -> Read<Counts> {
        let drawn = generate(BUILTIN_IMAGES, config.neighbours, TRUE_NOISE, BUILTIN_SEED);
        let count = |(_, image): (_, Image)| Counts::of(&image, config.neighbours);
        Read::whole(drawn.into_iter().map(count).collect(), &Input::default())
    }

    fn shipped() -> Result<Loaded<Self>, ProductError> {
        Loaded::untrained(Config::default())
    }

    fn verbs() -> Vec<Verb<Self>> {
        vec![
            Verb::new(EXPLAIN, "Of PNG files of 64 x 64 pixels in black and white, or a folder of them: the rule that \
                                drew each, how sure that is, and how the image goes on", explained)
                .with_examples(&["explain automata picture.png", "explain automata folder --json"]),
            Verb::new(SAMPLE, "Rules of the prior, and an image of each", sampled),
            Verb::new(EVALUATE, "The exact negative log-likelihood of images, beside the least possible", evaluated)
                .with_examples(&["evaluate runs/automata-1-mws folder"]),
        ]
    }

    fn likely(glimpse: &Glimpse) -> Option<Likely> {
        // A picture of this size in two colours is hardly anything else.
        let image = (glimpse.extension == "png").then(|| read_png(&glimpse.bytes[..]));
        matches!(image, Some(Ok(_))).then_some(Likely::Certain)
    }
}

/// The images of some files and folders, with where each is from.
fn images(input: &Input) -> Result<Named<(PathBuf, Image)>, ProductError> {
    input.several(&[CONTINUED], |path| {
        let files = files(path)?;
        let names = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        let read = |file: PathBuf| match read_png_file(&file) {
            Ok(image) => Ok((file, image)),
            Err(error) => Err(ProductError::input(error)),
        };
        Ok((
            names,
            files.into_iter().map(read).collect::<Result<_, _>>()?,
        ))
    })
}

/// An image, or all PNG files of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, ProductError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let folder = Folder::open(path, &["png"], &[CONTINUED]).map_err(ProductError::input)?;
    match folder.files() {
        [] => Err(ProductError::unfit(
            path.display(),
            "there are no .png files; name a folder that holds some",
        )),
        files => Ok(files.to_vec()),
    }
}

fn explained(
    call: &Call<'_, AutomataDomain>,
    options: &ExplainOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let asked = explain::ExplainOptions {
        // Without a run of one's own the noise is that of greatest likelihood for the image.
        noise: (!call.is_shipped()).then(|| call.loaded.networks.0.noise()),
        seed: options.seed,
        futures: options.futures,
    };
    let Named {
        names,
        items,
        account,
    } = images(call.input)?;
    for (name, (file, image)) in names.iter().zip(&items) {
        let explanation = explain(image, &asked)?;
        let mut answer = Answer::of(name, &explanation)?.with_text(text(name, &explanation));
        answer = answer.with_rows(explanation.kinds.iter().map(Row::of))?;
        if explanation
            .kinds
            .first()
            .is_some_and(|k| k.noise > UNEXPLAINED)
        {
            answer
                .doubts
                .push("no rule explains this image well".into());
        }
        answer.files.push(Attachment {
            what: "continued",
            path: continued(file),
            bytes: render(image, &explanation).map_err(ProductError::input)?,
        });
        if sink(answer).is_break() {
            break;
        }
    }
    Ok(Outcome::of(account))
}

/// Where the continuation of an image is written: `a.png` becomes `a-continued.png` in the current folder.
fn continued(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    PathBuf::from(format!("{stem}{CONTINUED}"))
}

/// A kind of rules in a table.
#[derive(Serialize)]
struct Row<'a> {
    rule: &'a str,
    neighbours: usize,
    probability: f64,
    noise: f64,
    entropy: f64,
    undetermined: usize,
}

impl<'a> Row<'a> {
    fn of(kind: &'a Kind) -> Self {
        Self {
            rule: &kind.name,
            neighbours: kind.neighbours.count(),
            probability: kind.probability,
            noise: kind.noise,
            entropy: kind.entropy,
            undetermined: kind.undetermined.len(),
        }
    }
}

fn text(name: &str, explanation: &Explanation) -> Text {
    let mut text = Text::default();
    text.title(name, "");
    for (i, kind) in explanation.kinds.iter().enumerate() {
        let unseen = match kind.undetermined.len() {
            0 => String::new(),
            n => format!(", {n} bits undetermined: their neighbourhoods do not occur"),
        };
        let (neighbours, noise) = (kind.neighbours.count(), 100.0 * kind.noise);
        let rest = format!(
            ", {neighbours} neighbours, noise {noise:.2}%, entropy {:.4} nats{unseen}",
            kind.entropy
        );
        text.item(
            percent(kind.probability),
            [first_strong(i, &kind.name), plain(rest)],
        );
    }
    text
}

fn sampled(
    call: &Call<'_, AutomataDomain>,
    options: &SampleOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let drawn = fantasies(&call.loaded.networks.0, options.programs, options.seed);
    send(sink, drawn.iter().map(invented))?;
    Ok(Outcome::default())
}

fn invented(fantasy: &Fantasy) -> Result<Answer, ProductError> {
    let mut text = Text::default();
    text.line([strong(&fantasy.rule)]);
    for rows in fantasy.image.chunks(2) {
        text.line([plain(format!("    {}", half_blocks(rows)))]);
    }
    Ok(Answer::of("", fantasy)?.with_text(text))
}

fn evaluated(
    call: &Call<'_, AutomataDomain>,
    _: &Nothing,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let read = AutomataDomain::read(call.input, &Nothing {}, &call.loaded.config)?;
    let noise = call.loaded.networks.0.noise();
    let _ = sink(Answer::measured(&evaluate(noise, &read.observations))?.covering(&read.account));
    Ok(Outcome::of(read.account))
}
