//! Scenes: pictures of towers, explained by the blocks that they are built of.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use helmholtz::domain::Domain;
use helmholtz::domain::scenes::evaluate::{PARTICLES, evaluate};
use helmholtz::domain::scenes::explain::{Explanation, Parse, UNWORTHY, explain, invented};
use helmholtz::domain::scenes::read::read;
use helmholtz::domain::scenes::search::Search;
use helmholtz::domain::scenes::{
    Arrangement, BUILTIN_SCENES, Config, Image, MOST_ROWS, Picture, Scene, SceneDomain, Stacks,
    generate, images,
};
use serde::Serialize;

use super::{BUILTIN_SEED, MARGIN, Verbs, mark, pictures, refuse_reading};
use crate::args::{Evaluate, Explain, Reading, Sample};
use crate::format::{percent, visible};
use crate::loaded::Loaded;
use crate::output::{self, Style, note};
use crate::progress::Answers;

/// A picture in JSON.
#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    #[serde(flatten)]
    explanation: &'a Explanation,
    /// The picture that was written: what was seen, and the parses from the front, the left and the right.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<PathBuf>,
}

/// How the names of pictures end that are written: a folder of scenes does not mean them.
const OURS: [&str; 1] = ["-parses.png"];
/// Pictures of a folder up to which parses of them are drawn.
const MOST_DRAWN: usize = 200;
/// A picture of which more is left over is not explained.
const BADLY: f64 = 0.2;
/// Parses that are told of a picture.
const TOLD: usize = 3;

impl Verbs for SceneDomain {
    const OBSERVATIONS: &'static str = "scenes";
    const TAKES: &[&str] = &["out", "particles"];

    fn read(path: &Path, reading: &Reading, config: &Config) -> Result<Vec<Scene>> {
        refuse_reading(reading, Self::NAME)?;
        Ok(read(path, config, &OURS)?.scenes)
    }

    fn builtin(config: &Config) -> Vec<Scene> {
        generate(config, Arrangement::Paper, BUILTIN_SCENES, BUILTIN_SEED)
    }

    fn explain(loaded: &Loaded<Self>, args: &Explain, out: &mut dyn Write) -> Result<()> {
        refuse_reading(&args.reading, Self::NAME)?;
        if args.samples.is_some() {
            bail!("--samples is not for the domain `{}`", Self::NAME);
        }
        let config = &loaded.config;
        let (names, scenes) = pictures(&args.files, &OURS, |path| {
            let found = read(path, config, &OURS)?;
            Ok((found.names, found.scenes))
        })?;
        let drawn = scenes.len() <= MOST_DRAWN;
        if !drawn {
            note(&format!(
                "no pictures of more than {MOST_DRAWN} scenes; explain fewer for those"
            ));
        }
        let (mut entries, progress) = (vec![], Answers::new(scenes.len(), args.json));
        for (name, image) in names.iter().zip(images(config, &scenes)?) {
            let explanation = answer(loaded, args, &image);
            let picture = match drawn {
                true => Some(draw(loaded, args, (name, &image), &explanation)?),
                false => None,
            };
            match args.json {
                true => entries.push(serde_json::to_value(Entry {
                    name,
                    explanation: &explanation,
                    picture,
                })?),
                false => show(out, name, &explanation, (args, picture))?,
            }
            progress.answered();
        }
        drop(progress);
        if args.json {
            output::json(out, &entries)?;
        }
        Ok(())
    }

    fn sample(loaded: &Loaded<Self>, args: &Sample, out: &mut dyn Write) -> Result<()> {
        let (config, (model, _)) = (&loaded.config, &loaded.networks);
        let scenes = invented(config, model, args.programs as usize, args.seed);
        if let Some(path) = args.out.as_ref().filter(|path| lines(path)) {
            let each = scenes.iter().map(|s| s.scene(config, model));
            let each = each.map(|scene| Ok(serde_json::to_string(&scene)? + "\n"));
            output::file(path, each.collect::<Result<String>>()?.as_bytes())?;
        } else if let Some(path) = &args.out {
            if !path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("png"))
            {
                bail!(
                    "--out {}: choose a name that ends with .png or .jsonl",
                    path.display()
                );
            }
            if scenes.len() > MOST_ROWS {
                bail!("--out: a picture holds at most {MOST_ROWS} scenes; write .jsonl for more");
            }
            let mut picture = Picture::new(config.size);
            for scene in &scenes {
                picture.add(config, model, None, &[(&scene.stacks, &scene.positions)]);
            }
            output::file(path, &picture.png()?)?;
        }
        if args.json {
            output::json(out, &scenes)?;
            return Ok(());
        }
        for scene in &scenes {
            writeln!(
                out,
                "{}",
                Style::of_stdout().bold(&scene.stacks.to_string())
            )?;
            writeln!(out, "    {}", scene.words)?;
        }
        Ok(())
    }

    fn evaluate(loaded: &Loaded<Self>, args: &Evaluate, out: &mut dyn Write) -> Result<()> {
        let scenes = Self::read(&args.data, &args.reading, &loaded.config)?;
        let (model, guide) = &loaded.networks;
        let count = args.particles.map_or(PARTICLES, |n| n as usize);
        let evaluation = evaluate(&loaded.config, (model, guide), &scenes, count, 1);
        Ok(output::either(out, args.json, &evaluation)?)
    }
}

/// Whether scenes are to be written in lines, with what they show, instead of as a picture.
fn lines(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("jsonl"))
}

/// How many parses are told.
fn told(args: &Explain) -> usize {
    args.programs.unwrap_or(TOLD).clamp(1, MOST_ROWS)
}

/// The parses that are told and drawn: where it is not said how many, those that are not improbable.
fn worth<'a>(explanation: &'a Explanation, args: &Explain) -> impl Iterator<Item = &'a Parse> {
    let all = args.programs.is_some();
    let parses = explanation.parses.iter().take(told(args)).enumerate();
    let kept = parses.take_while(move |(i, p)| all || *i == 0 || p.weight > UNWORTHY);
    kept.map(|(_, parse)| parse)
}

fn answer(loaded: &Loaded<SceneDomain>, args: &Explain, image: &Image) -> Explanation {
    let (model, guide) = &loaded.networks;
    let search = Search {
        seed: args.seed.unwrap_or(Search::default().seed),
        ..Search::default()
    };
    let mut explanation = explain(&loaded.config, (model, guide), image, &search);
    if args.programs.is_some() {
        explanation.parses.truncate(told(args));
    }
    explanation
}

/// Writes what was seen and what it may be, from three sides, into the current folder.
fn draw(
    loaded: &Loaded<SceneDomain>,
    args: &Explain,
    (name, image): (&str, &Image),
    explanation: &Explanation,
) -> Result<PathBuf> {
    let (config, (model, _)) = (&loaded.config, &loaded.networks);
    let parses = worth(explanation, args);
    let mut picture = Picture::new(config.size);
    for parse in parses {
        let shown: [(&Stacks, &[f64]); 1] = [(&parse.stacks, &parse.positions)];
        picture.add(config, model, Some(image), &shown);
    }
    let path = PathBuf::from(format!("{}{}", output::plain(name), OURS[0]));
    output::file(&path, &picture.png()?)?;
    Ok(path)
}

fn show(
    out: &mut dyn Write,
    name: &str,
    explanation: &Explanation,
    (args, picture): (&Explain, Option<PathBuf>),
) -> Result<()> {
    let style = Style::of_stdout();
    writeln!(out, "{}", style.bold(&visible(name)))?;
    super::show_doubt(out, explanation.approximate.as_deref())?;
    let count = worth(explanation, args).count().max(1);
    for (i, parse) in explanation.parses.iter().take(count).enumerate() {
        let words = match i {
            0 => style.bold(&parse.words),
            _ => parse.words.clone(),
        };
        let mark = mark(parse.approximate.as_deref());
        writeln!(out, "{:>MARGIN$}  {words}{mark}", percent(parse.weight))?;
    }
    let others = explanation.parses.iter().skip(count);
    let rest: f64 = others.clone().map(|p| p.weight).sum();
    if rest > UNWORTHY {
        let count = others.count();
        writeln!(
            out,
            "{:>MARGIN$}  {count} others that were found",
            percent(rest)
        )?;
    }
    for (cell, heights) in &explanation.uncertain {
        let each = heights.iter().enumerate().filter(|(_, p)| **p > UNWORTHY);
        let each = each.map(|(height, p)| format!("{} {}", blocks(height), percent(*p)));
        let each = each.collect::<Vec<_>>().join(", ");
        writeln!(out, "{:>MARGIN$}  {cell}: {each}", "not certain")?;
    }
    let left = explanation.unexplained;
    if left > BADLY {
        note(&format!(
            "{}: {} of what differs from white is not explained; a picture has to be on white, seen from where the camera of \
             the model stands, with towers in the middle of their cells",
            visible(name),
            percent(left)
        ));
    }
    let bound = explanation.bound;
    writeln!(out, "{:>MARGIN$}  {bound:.1} nats", "log p(x) ~")?;
    if let Some(picture) = picture {
        writeln!(out, "{:>MARGIN$}  {}", "picture", picture.display())?;
    }
    Ok(())
}

/// How many blocks there are, in words.
fn blocks(count: usize) -> String {
    match count {
        0 => "no block".into(),
        1 => "one block".into(),
        n => format!("{n} blocks"),
    }
}
