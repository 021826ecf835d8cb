//! Scenes as people meet them: pictures of towers, and the blocks that they are built of.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evaluate::{PARTICLES, evaluate};
use super::explain::{Explanation, Invented, Parse, UNWORTHY, explain, invented};
use super::read::read;
use super::search::Search;
use super::{
    Arrangement, BUILTIN_SCENES, Config, Image, MOST_ROWS, NotAScene, Picture, Scene, SceneDomain,
    SceneModel, Stacks, generate, images,
};
use helmholtz_core::model::ModelExt;
use helmholtz_core::product::input::{Named, extension};
use helmholtz_core::product::text::{first_strong, plain, strong};
use helmholtz_core::product::verb::{EVALUATE, EXPLAIN, SAMPLE};
use helmholtz_core::product::words::{file_name, mark, percent};
use helmholtz_core::product::{
    Answer, Attachment, BUILTIN_SEED, Call, Flag, Glimpse, Input, LeftOut, Likely, Nothing,
    Outcome, Product, ProductError, Read, Searching, Sink, Taken, Text, Verb,
};

/// How the names of pictures end that are written: a folder of scenes does not mean them.
const OURS: [&str; 1] = ["-parses.png"];
/// Pictures up to which parses of them are drawn.
const MOST_DRAWN: usize = 200;
/// A picture of which more is left over is not explained.
const BADLY: f64 = 0.2;
/// Parses that are told of a picture.
const TOLD: usize = 3;

/// Options of explaining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct ExplainOptions {
    /// Parses to tell of each picture [default: up to 3 that are not improbable]
    #[schemars(range(min = 1, max = 1_000))]
    programs: Option<usize>,
    #[serde(flatten)]
    searching: Searching,
    /// The seed of the search
    seed: u64,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            programs: None,
            searching: Searching::default(),
            seed: Search::default().budget.seed,
        }
    }
}

/// Options of sampling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct SampleOptions {
    /// How many scenes
    #[schemars(range(min = 1, max = 1_000_000), extend("short" = "n"))]
    programs: usize,
    /// Write them, as a .png, or as .jsonl with what they show
    #[schemars(extend("value" = "FILE", "heading" = "Output"))]
    out: Option<PathBuf>,
    /// The seed of the draws
    seed: u64,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self {
            programs: 10,
            out: None,
            seed: 1,
        }
    }
}

/// Options of evaluating.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct EvaluateOptions {
    /// The particles of the bound
    #[schemars(range(min = 1, max = 1_000_000))]
    particles: usize,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self {
            particles: PARTICLES,
        }
    }
}

impl Product for SceneDomain {
    const ABOUT: &'static str =
        "Pictures of towers, explained by the blocks that they are built of";
    const OBSERVATIONS: &'static str = "scenes";
    const FLAGS: &'static [Flag] = &[Flag {
        name: "no-color",
        key: "colour",
        help: "All blocks have one colour, and differ in size alone",
        takes: Taken::Nothing(false),
    }];

    type Reading = Nothing;

    fn read(input: &Input, _: &Nothing, config: &Config) -> Result<Read<Scene>, ProductError> {
        let Named { items, account, .. } = scenes(input, config)?;
        Ok(Read {
            observations: items,
            account,
        })
    }

    fn builtin(config: &Config) -> Read<Scene> {
        let scenes = generate(config, Arrangement::Paper, BUILTIN_SCENES, BUILTIN_SEED);
        Read::whole(scenes, &Input::default())
    }

    fn verbs() -> Vec<Verb<Self>> {
        vec![
            Verb::new(EXPLAIN, "Of square PNG files on white, folders of them, or .jsonl: which blocks stand where, and \
                                what is not certain", explained)
                .with_examples(&["explain scenes towers.png", "explain scenes folder --json"]),
            Verb::new(SAMPLE, "Scenes of the prior, in words and as pictures", sampled)
                .with_examples(&["sample scenes -n 20 --out scenes.jsonl"]),
            Verb::new(EVALUATE, "log p(x) by importance sampling, the kinds of blocks, and where it is known what \
                                 pictures show, how much of it is right", evaluated)
                .with_examples(&["evaluate runs/scenes-1-hmws held-out.jsonl"]),
        ]
    }

    fn likely(glimpse: &Glimpse) -> Option<Likely> {
        let line = glimpse.bytes.starts_with(b"{\"image\"");
        (line.then_some(Likely::Certain))
            .or(coloured_square(&glimpse.bytes).then_some(Likely::Possible))
    }
}

/// Whether bytes begin a PNG file of a square with colours.
fn coloured_square(bytes: &[u8]) -> bool {
    let png = bytes.starts_with(&[0x89, b'P', b'N', b'G']) && bytes.len() > 25;
    // The header: width and height at 16 and 20, the kind of colour at 25; 2 and 6 have red, green and blue.
    png && bytes[16..20] == bytes[20..24] && matches!(bytes[25], 2 | 6)
}

/// The scenes of some files.
fn scenes(input: &Input, config: &Config) -> Result<Named<Scene>, ProductError> {
    input.several(&OURS, |path| {
        let found = read(path, config, &OURS).map_err(ProductError::input)?;
        Ok((found.names, found.scenes))
    })
}

fn explained(
    call: &Call<'_, SceneDomain>,
    options: &ExplainOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let config = &call.loaded.config;
    let Named {
        names,
        items,
        account,
    } = scenes(call.input, config)?;
    let drawn = items.len() <= MOST_DRAWN;
    let mut outcome = Outcome::of(account);
    if !drawn {
        let remark =
            format!("no pictures of more than {MOST_DRAWN} scenes; explain fewer for those");
        outcome.remarks.push(remark);
    }
    call.input.extent.expect(items.len());
    for (name, image) in names.iter().zip(images(config, &items)?) {
        let (explanation, refused) = explanation(call, options, &image)?;
        let mut answer = answer(name, &explanation, options)?;
        answer.left_out.extend(refused);
        if drawn {
            answer
                .files
                .push(picture(call, (name, &image), worth(&explanation, options))?);
        }
        if sink(answer).is_break() {
            break;
        }
    }
    Ok(outcome)
}

fn explanation(
    call: &Call<'_, SceneDomain>,
    options: &ExplainOptions,
    image: &Image,
) -> Result<(Explanation, Option<LeftOut>), ProductError> {
    let (model, guide) = &call.loaded.networks;
    let mut search = Search::default();
    search.budget.seed = options.seed;
    search.budget.seconds = options.searching.seconds(call.input.until);
    search.confidence = call.confidence(&options.searching);
    let scene = Scene {
        image: image.clone(),
        truth: None,
    };
    let offered = options
        .searching
        .ask(&scene, |line| read_stacks(model, line))?;
    if let Some(stacks) = offered.programs {
        search.budget.first = 0;
        search.offered = stacks;
    }
    let mut explanation = explain(&call.loaded.config, (model, guide), image, &search);
    if options.programs.is_some() {
        explanation.parses.truncate(told(options));
    }
    Ok((explanation, offered.left_out))
}

/// Stacks of the model from text.
fn read_stacks(model: &SceneModel, text: &str) -> Result<Stacks, String> {
    let stacks: Stacks = text.parse().map_err(|e: NotAScene| e.to_string())?;
    match model.is_admissible(&stacks) {
        true => Ok(stacks),
        false => Err(format!(
            "`{text}` is no scene of the model: it has other cells, kinds or heights"
        )),
    }
}

/// How many parses are told.
fn told(options: &ExplainOptions) -> usize {
    options.programs.unwrap_or(TOLD).clamp(1, MOST_ROWS)
}

/// The parses that are told and drawn: where it is not said how many, those that are not improbable.
fn worth<'a>(
    explanation: &'a Explanation,
    options: &ExplainOptions,
) -> impl Iterator<Item = &'a Parse> {
    let all = options.programs.is_some();
    let parses = explanation.parses.iter().take(told(options)).enumerate();
    let kept = parses.take_while(move |(i, p)| all || *i == 0 || p.weight > UNWORTHY);
    kept.map(|(_, parse)| parse)
}

/// What was seen and what it may be, from three sides.
fn picture<'a>(
    call: &Call<'_, SceneDomain>,
    (name, image): (&str, &Image),
    parses: impl Iterator<Item = &'a Parse>,
) -> Result<Attachment, ProductError> {
    let (config, model) = (&call.loaded.config, &call.loaded.networks.0);
    let mut picture = Picture::new(config.size);
    for parse in parses {
        let shown: [(&Stacks, &[f64]); 1] = [(&parse.stacks, &parse.positions)];
        picture.add(config, model, Some(image), &shown);
    }
    Ok(Attachment {
        what: "picture",
        path: PathBuf::from(format!("{}{}", file_name(name), OURS[0])),
        bytes: picture.png().map_err(ProductError::input)?,
    })
}

/// A parse in a table.
#[derive(Serialize)]
struct Row<'a> {
    words: &'a str,
    weight: f64,
    log_joint: f64,
    approximate: Option<&'a str>,
}

fn answer(
    name: &str,
    explanation: &Explanation,
    options: &ExplainOptions,
) -> Result<Answer, ProductError> {
    let rows = worth(explanation, options).map(|p| Row {
        words: &p.words,
        weight: p.weight,
        log_joint: p.log_joint,
        approximate: p.approximate.as_deref(),
    });
    let mut answer = Answer::of(name, explanation)?
        .with_text(text(name, explanation, options))
        .with_doubt(explanation.approximate.as_deref())
        .trusting(&explanation.trust)
        .with_rows(rows)?;
    if explanation.unexplained > BADLY {
        answer.doubts.push(format!(
            "{} of what differs from white is not explained; a picture has to be on white, seen from where the camera \
             of the model stands, with towers in the middle of their cells",
            percent(explanation.unexplained)
        ));
    }
    Ok(answer)
}

fn text(name: &str, explanation: &Explanation, options: &ExplainOptions) -> Text {
    let mut text = Text::default();
    text.title(name, "");
    let count = worth(explanation, options).count().max(1);
    for (i, parse) in explanation.parses.iter().take(count).enumerate() {
        let words = first_strong(i, &parse.words);
        text.item(
            percent(parse.weight),
            [words, plain(mark(parse.approximate.as_deref()))],
        );
    }
    let shown = explanation.parses.iter().take(count).map(|p| p.weight);
    text.beside(shown.sum(), &explanation.trust);
    for (cell, heights) in &explanation.uncertain {
        let each = heights.iter().enumerate().filter(|(_, p)| **p > UNWORTHY);
        let each = each.map(|(height, p)| format!("{} {}", blocks(height), percent(*p)));
        let each = each.collect::<Vec<_>>().join(", ");
        text.item("not certain", [plain(format!("{cell}: {each}"))]);
    }
    text.item(
        "log p(x) ~",
        [plain(format!("{:.1} nats", explanation.bound))],
    );
    text
}

/// How many blocks there are, in words.
fn blocks(count: usize) -> String {
    match count {
        0 => "no block".into(),
        1 => "one block".into(),
        n => format!("{n} blocks"),
    }
}

fn sampled(
    call: &Call<'_, SceneDomain>,
    options: &SampleOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let (config, model) = (&call.loaded.config, &call.loaded.networks.0);
    let scenes = invented(config, model, options.programs, options.seed);
    let mut file = match &options.out {
        Some(path) => Some(Attachment {
            what: "written",
            path: path.clone(),
            bytes: written(call, options, &scenes)?,
        }),
        None => None,
    };
    let last = scenes.len().saturating_sub(1);
    for (i, scene) in scenes.iter().enumerate() {
        let mut text = Text::default();
        text.line([strong(scene.stacks.to_string())]);
        text.line([plain(format!("    {}", scene.words))]);
        let mut answer = Answer::of("", scene)?.with_text(text);
        answer.files.extend(file.take_if(|_| i == last));
        if sink(answer).is_break() {
            break;
        }
    }
    Ok(Outcome::default())
}

/// Scenes as a picture, or in lines with what they show, as the name of the file says.
fn written(
    call: &Call<'_, SceneDomain>,
    options: &SampleOptions,
    scenes: &[Invented],
) -> Result<Vec<u8>, ProductError> {
    let (config, model) = (&call.loaded.config, &call.loaded.networks.0);
    let path = options.out.as_deref().unwrap_or("".as_ref());
    match extension(path).as_str() {
        "jsonl" => {
            let lines = scenes
                .iter()
                .map(|s| serde_json::to_string(&s.scene(config, model)));
            let lines = lines.map(|line| Ok::<_, ProductError>(line? + "\n"));
            Ok(lines.collect::<Result<String, _>>()?.into_bytes())
        }
        "png" if scenes.len() > MOST_ROWS => {
            let reason =
                format!("a picture holds at most {MOST_ROWS} scenes; write .jsonl for more");
            Err(ProductError::option("out", reason))
        }
        "png" => {
            let mut picture = Picture::new(config.size);
            for scene in scenes {
                picture.add(config, model, None, &[(&scene.stacks, &scene.positions)]);
            }
            picture.png().map_err(ProductError::input)
        }
        _ => {
            let reason = format!(
                "{}: choose a name that ends with .png or .jsonl",
                path.display()
            );
            Err(ProductError::option("out", reason))
        }
    }
}

fn evaluated(
    call: &Call<'_, SceneDomain>,
    options: &EvaluateOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let config = &call.loaded.config;
    let read = SceneDomain::read(call.input, &Nothing {}, config)?;
    let (model, guide) = &call.loaded.networks;
    let scenes = &read.observations;
    let evaluation = evaluate(config, (model, guide), scenes, options.particles, 1);
    let _ = sink(Answer::measured(&evaluation)?.covering(&read.account));
    Ok(Outcome::of(read.account))
}
