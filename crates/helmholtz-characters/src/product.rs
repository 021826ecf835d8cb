//! Characters as people meet them: drawings, and the strokes that drew them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evaluate::{Effort, evaluate};
use super::explain::{Explanation, NOISE, Strip, drawing, explain_with, stack, variations};
use super::read::read;
use super::search::{Budget, thorough};
use super::{Character, CharacterDomain, Config, Drawn, Image, characters, generate};
use helmholtz_core::product::input::Named;
use helmholtz_core::product::text::{first_strong, plain, strong};
use helmholtz_core::product::verb::{EVALUATE, EXPLAIN, SAMPLE};
use helmholtz_core::product::words::{file_name, half_blocks, percent, visible};
use helmholtz_core::product::{
    Answer, Attachment, BUILTIN_SEED, Call, Glimpse, Input, LeftOut, Likely, Nothing, Outcome,
    Product, ProductError, Read, Searching, Sink, Text, Verb,
};

/// Images that are explained before the first is told of.
const TOGETHER: usize = 8;
/// How the names of pictures end that are written: a folder of images does not mean them.
const OURS: [&str; 2] = ["-strokes.png", "-variations.png"];
/// Images up to which pictures of them are drawn.
const MOST_DRAWN: usize = 200;
/// Programs that are told of an image where it is not said how many.
const TOLD: usize = 3;
/// Images in a row of a picture.
const ACROSS: usize = 10;

/// Options of explaining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct ExplainOptions {
    /// Programs to tell of each image [default: 3 of all that were found]
    #[schemars(range(min = 1, max = 1_000_000))]
    programs: Option<usize>,
    /// Variations of each character to draw, as a picture beside the others
    #[schemars(range(min = 0, max = 10_000))]
    variations: usize,
    #[serde(flatten)]
    searching: Searching,
    /// The seed of the search
    seed: u64,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            programs: None,
            variations: 0,
            searching: Searching::default(),
            seed: thorough().seed,
        }
    }
}

/// Options of sampling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct SampleOptions {
    /// How many characters
    #[schemars(range(min = 1, max = 1_000_000), extend("short" = "n"))]
    programs: usize,
    /// Only of this alphabet
    #[schemars(extend("value" = "NAME"))]
    alphabet: Option<String>,
    /// Draw them as a PNG file
    #[schemars(extend("value" = "FILE", "heading" = "Output"))]
    out: Option<PathBuf>,
    /// The seed of the draws
    seed: u64,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self {
            programs: 10,
            alphabet: None,
            out: None,
            seed: 1,
        }
    }
}

impl Product for CharacterDomain {
    const ABOUT: &'static str = "Drawn characters, explained by strokes";
    const OBSERVATIONS: &'static str = "images";

    type Reading = Nothing;

    fn read(input: &Input, _: &Nothing, config: &Config) -> Result<Read<Drawn>, ProductError> {
        let Named { items, account, .. } = images(input, config)?;
        Ok(Read {
            observations: items,
            account,
        })
    }

    fn builtin(config: &Config) -> Read<Drawn> {
        Read::whole(generate(config.size, BUILTIN_SEED), &Input::default())
    }

    fn verbs() -> Vec<Verb<Self>> {
        vec![
            Verb::new(EXPLAIN, "Of PNG, IDX or ZIP files, or folders of PNG files: the strokes that drew each picture", explained)
                .with_examples(&[
                    "explain characters drawing.png --variations 10",
                    "explain characters page-*.png --json",
                ]),
            Verb::new(SAMPLE, "New characters, as strokes and as a picture", sampled)
                .with_examples(&["sample characters -n 20 --out new.png"]),
            Verb::new(EVALUATE, "Bits per pixel of pictures that were held out", evaluated)
                .with_examples(&["evaluate runs/characters-1-mws-mix held-out.zip"]),
        ]
    }

    fn likely(glimpse: &Glimpse) -> Option<Likely> {
        let idx = matches!(&glimpse.bytes[..], [0, 0, 8, 3, ..]);
        let picture = glimpse.extension == "png" && glimpse.bytes.starts_with(&[0x89, b'P']);
        idx.then_some(Likely::Certain)
            .or(picture.then_some(Likely::Possible))
    }
}

/// The images of some files.
fn images(input: &Input, config: &Config) -> Result<Named<Drawn>, ProductError> {
    let mut blank = 0;
    let mut found = input.several(&OURS, |path| {
        let found = read(path, config.size, &OURS).map_err(ProductError::input)?;
        blank += found.blank as u64;
        Ok::<_, ProductError>((found.names, found.images))
    })?;
    if blank > 0 {
        let account = &mut found.account;
        account.rows = account.rows.map(|rows| rows + blank);
        account
            .left_out
            .push(LeftOut::new("images", blank, "they are blank"));
    }
    Ok(found)
}

fn explained(
    call: &Call<'_, CharacterDomain>,
    options: &ExplainOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let config = &call.loaded.config;
    let Named {
        names,
        items,
        account,
    } = images(call.input, config)?;
    let images = characters(config, &items)?;
    let drawn = images.len() <= MOST_DRAWN;
    let mut outcome = Outcome::of(account);
    if !drawn {
        let remark =
            format!("no pictures of more than {MOST_DRAWN} images; explain fewer for those");
        outcome.remarks.push(remark);
    }
    let told = Told { call, options };
    call.input.extent.expect(images.len());
    'all: for (names, images) in names.chunks(TOGETHER).zip(images.chunks(TOGETHER)) {
        let each = names.iter().zip(images).zip(told.explanations(images));
        for ((name, image), explained) in each {
            let (explanation, refused) = explained?;
            let mut answer = told.answer(name, image, &explanation, drawn)?;
            answer.left_out.extend(refused);
            if sink(answer).is_break() {
                break 'all;
            }
        }
    }
    Ok(outcome)
}

/// An explanation, and what a proposer said that are no strokes.
type Heard = (Explanation, Option<LeftOut>);

/// How images are told of.
struct Told<'a> {
    call: &'a Call<'a, CharacterDomain>,
    options: &'a ExplainOptions,
}

impl Told<'_> {
    /// How many programs are told.
    fn count(&self) -> usize {
        self.options.programs.unwrap_or(TOLD)
    }

    fn explanations(&self, images: &[Character]) -> Vec<Result<Heard, ProductError>> {
        let each = images.par_iter();
        each.map(|image| self.explanation(image)).collect()
    }

    /// The explanation of an image, and what a proposer said that are no strokes.
    fn explanation(&self, image: &Character) -> Result<Heard, ProductError> {
        let (model, guide) = &self.call.loaded.networks;
        let asked = BTreeMap::from([("image", &image.image)]);
        let searching = &self.options.searching;
        let offered = searching.ask(&asked, |line| model.parse(line))?;
        let mut budget = Budget {
            members: self.count().max(thorough().members),
            seed: self.options.seed,
            seconds: searching.seconds(self.call.input.until),
            ..thorough()
        };
        if offered.programs.is_some() {
            (budget.first, budget.guided) = (0, 0);
        }
        let strokes = offered.programs.unwrap_or_default();
        let config = &self.call.loaded.config;
        let mut explanation = explain_with(
            config,
            (model, guide),
            image,
            &budget,
            (&strokes, self.call.confidence(searching)),
        );
        let most = self.options.programs.unwrap_or(usize::MAX);
        explanation.programs.truncate(most);
        Ok((explanation, offered.left_out))
    }

    fn answer(
        &self,
        name: &str,
        character: &Character,
        explanation: &Explanation,
        drawn: bool,
    ) -> Result<Answer, ProductError> {
        let mut answer = Answer::of(name, explanation)?
            .with_text(self.text(name, character, explanation))
            .trusting(&explanation.trust)
            .with_rows(explanation.programs.iter().map(|p| Row {
                strokes: p.strokes.to_string(),
                weight: p.weight,
                log_joint: p.log_joint,
                class: p.label.as_deref(),
            }))?;
        // A coin for every pixel.
        let pixels = character.image.ink().len() as f64;
        if explanation.bound < -pixels * std::f64::consts::LN_2 {
            answer
                .doubts
                .push("no strokes explain this picture better than chance".into());
        }
        if drawn {
            answer.files = self.pictures(name, character, explanation)?;
        }
        Ok(answer)
    }

    /// The picture with the programs drawn over it, and the strokes of the best.
    fn pictures(
        &self,
        name: &str,
        character: &Character,
        explanation: &Explanation,
    ) -> Result<Vec<Attachment>, ProductError> {
        let Some(best) = explanation.programs.first() else {
            return Ok(vec![]);
        };
        let (model, program) = (&self.call.loaded.networks.0, &best.strokes.0);
        let (renderer, image) = (model.renderer(), &character.image);
        let told = explanation.programs.iter().take(self.count());
        let strips = told.map(|p| Strip::of(&renderer, image, &p.strokes.0));
        let strips: Vec<Strip> = strips.collect();
        let file = |ending: &str, bytes: Vec<u8>| Attachment {
            what: "picture",
            path: PathBuf::from(format!("{}{ending}", file_name(name))),
            bytes,
        };
        let strokes = stack(&strips).map_err(ProductError::input)?;
        let lines = drawing(&renderer, image, program).into_bytes();
        let mut pictures = vec![file(OURS[0], strokes), file("-strokes.svg", lines)];
        let ExplainOptions {
            variations: count,
            seed,
            ..
        } = self.options.clone();
        if count > 0 {
            let varied = variations(model, program, count, NOISE, seed);
            pictures.push(file(OURS[1], rows(&varied)?));
        }
        Ok(pictures)
    }

    fn text(&self, name: &str, character: &Character, explanation: &Explanation) -> Text {
        let mut text = Text::default();
        text.title(name, "");
        if let Some(best) = explanation.programs.first() {
            let renderer = self.call.loaded.networks.0.renderer();
            let drawn = renderer.aligned(&best.strokes.0, &character.image);
            beside(&mut text, &character.image, &drawn);
        }
        self.programs(&mut text, explanation);
        if explanation.labels.len() > 1 {
            let each = explanation.labels.iter().take(TOLD);
            let each = each.map(|(label, p)| format!("{} {}", visible(label), percent(*p)));
            text.item("class", [plain(each.collect::<Vec<_>>().join(", "))]);
        }
        text.item(
            "log p(x) >=",
            [plain(format!("{:.1} nats", explanation.bound))],
        );
        text
    }

    /// Programs with their weights, and how much the others have that were found.
    fn programs(&self, text: &mut Text, explanation: &Explanation) {
        let (programs, most) = (&explanation.programs, self.count());
        for (i, program) in programs.iter().take(most).enumerate() {
            let label = program
                .label
                .as_ref()
                .map(|l| format!("  class {}", visible(l)));
            let strokes = first_strong(i, program.strokes.to_string());
            text.item(
                percent(program.weight),
                [strokes, plain(label.unwrap_or_default())],
            );
        }
        let shown = programs.iter().take(most).map(|p| p.weight);
        text.beside(shown.sum(), &explanation.trust);
    }
}

/// A program in a table.
#[derive(Serialize)]
struct Row<'a> {
    strokes: String,
    weight: f64,
    log_joint: f64,
    class: Option<&'a str>,
}

/// Two images side by side, without the rows in which neither has ink.
fn beside(text: &mut Text, seen: &Image, drawn: &Image) {
    let both = seen.rows().into_iter().zip(drawn.rows());
    let rows: Vec<String> = both.map(|(a, b)| format!("{a}..{b}")).collect();
    let inked = |row: &String| row.contains('#');
    let first = rows.iter().position(inked).unwrap_or(0);
    let last = rows.iter().rposition(inked).map_or(0, |last| last + 1);
    for rows in rows[first..last.max(first)].chunks(2) {
        text.line([plain(format!("    {}", half_blocks(rows)))]);
    }
}

/// Images in rows, as PNG.
fn rows(images: &[Image]) -> Result<Vec<u8>, ProductError> {
    let strips = images
        .chunks(ACROSS)
        .map(|row| Strip::of_images(row.iter()));
    stack(&strips.collect::<Vec<_>>()).map_err(ProductError::input)
}

/// A new character.
#[derive(Serialize)]
struct Invented {
    strokes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alphabet: Option<String>,
    image: Vec<String>,
}

impl Invented {
    fn text(&self) -> Text {
        let of = self.alphabet.as_ref().map(|a| format!("  {}", visible(a)));
        let mut text = Text::default();
        text.line([strong(&self.strokes), plain(of.unwrap_or_default())]);
        for rows in self.image.chunks(2) {
            text.line([plain(format!("    {}", half_blocks(rows)))]);
        }
        text
    }
}

fn sampled(
    call: &Call<'_, CharacterDomain>,
    options: &SampleOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let (model, config) = (&call.loaded.networks.0, &call.loaded.config);
    let label = options.alphabet.as_deref();
    let label = label.map(|name| alphabet(config, name)).transpose()?;
    let programs = model.programs(label, options.programs, options.seed);
    let renderer = model.renderer();
    let images = programs.iter().map(|p| renderer.unmapped(&p.strokes.0));
    let images: Vec<Image> = images.collect();
    let mut picture = match &options.out {
        Some(path) => Some(Attachment {
            what: "picture",
            path: path.clone(),
            bytes: rows(&images)?,
        }),
        None => None,
    };
    let last = programs.len().saturating_sub(1);
    for (i, (program, image)) in programs.iter().zip(&images).enumerate() {
        let invented = Invented {
            strokes: program.strokes.to_string(),
            alphabet: config.labels.get(usize::from(program.label)).cloned(),
            image: image.rows(),
        };
        let mut answer = Answer::of("", &invented)?.with_text(invented.text());
        answer.files.extend(picture.take_if(|_| i == last));
        if sink(answer).is_break() {
            break;
        }
    }
    Ok(Outcome::default())
}

/// The number of an alphabet.
fn alphabet(config: &Config, wanted: &str) -> Result<u16, ProductError> {
    let known = config.labels.iter().position(|l| l == wanted);
    let reason = match known {
        Some(number) => return Ok(number as u16),
        None if config.labels.is_empty() => "this model knows no alphabets".into(),
        None => {
            let names = config.labels.join(", ");
            format!("there is no `{wanted}`; choose from {names}")
        }
    };
    Err(ProductError::option("alphabet", reason))
}

fn evaluated(
    call: &Call<'_, CharacterDomain>,
    _: &Nothing,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let config = &call.loaded.config;
    let read = CharacterDomain::read(call.input, &Nothing {}, config)?;
    let images = characters(config, &read.observations)?;
    let (model, guide) = &call.loaded.networks;
    let evaluation = evaluate(model, guide, &images, &Effort::default());
    let _ = sink(Answer::measured(&evaluation)?.covering(&read.account));
    Ok(Outcome::of(read.account))
}
