//! Characters: images explained by the strokes that drew them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use helmholtz::domain::Domain;
use helmholtz::domain::characters::evaluate::{Effort, evaluate};
use helmholtz::domain::characters::explain::{
    Explanation, NOISE, Strip, drawing, explain, stack, variations,
};
use helmholtz::domain::characters::read::{Images, read};
use helmholtz::domain::characters::search::Search;
use helmholtz::domain::characters::{
    Character, CharacterDomain, Config, Drawn, Image, characters, generate,
};
use serde::Serialize;

use super::{BUILTIN_SEED, MARGIN, Verbs, pictures, refuse_reading};
use crate::args::{Evaluate, Explain, Reading, Sample};
use crate::format::{half_blocks, percent, visible};
use crate::loaded::Loaded;
use crate::output::{self, Style, note};
use crate::progress::Answers;

/// An image in JSON.
#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    #[serde(flatten)]
    explanation: &'a Explanation,
    /// The pictures that were written.
    pictures: Vec<PathBuf>,
}

/// A new character in JSON.
#[derive(Serialize)]
struct Invented {
    strokes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alphabet: Option<String>,
    image: Vec<String>,
}

impl Invented {
    fn show(&self, out: &mut dyn Write) -> Result<()> {
        let of = self.alphabet.as_ref().map(|a| format!("  {}", visible(a)));
        let strokes = Style::of_stdout().bold(&self.strokes);
        writeln!(out, "{strokes}{}", of.unwrap_or_default())?;
        for rows in self.image.chunks(2) {
            writeln!(out, "    {}", half_blocks(rows))?;
        }
        Ok(())
    }
}

/// Searches of an image that do not know of each other at first, and their rounds: a second or two of one core.
const STARTS: usize = 16;
const ROUNDS: usize = 300;
/// Images that are explained before the first is told of.
const TOGETHER: usize = 8;
/// How the names of pictures end that are written: a folder of images does not mean them.
const OURS: [&str; 2] = ["-strokes.png", "-variations.png"];
/// Images of a file up to which pictures of them are drawn.
const MOST_DRAWN: usize = 200;
/// The most variations of an image.
const MOST_VARIATIONS: usize = 10_000;
/// Programs that are told of an image.
const TOLD: usize = 3;

impl Verbs for CharacterDomain {
    const OBSERVATIONS: &'static str = "images";
    const TAKES: &[&str] = &["out", "alphabet"];

    fn read(path: &Path, reading: &Reading, config: &Config) -> Result<Vec<Drawn>> {
        refuse_reading(reading, Self::NAME)?;
        Ok(read_noting(path, config)?.images)
    }

    fn builtin(config: &Config) -> Vec<Drawn> {
        generate(config.size, BUILTIN_SEED)
    }

    fn explain(loaded: &Loaded<Self>, args: &Explain, out: &mut dyn Write) -> Result<()> {
        refuse_reading(&args.reading, Self::NAME)?;
        if args.samples.is_some_and(|n| n > MOST_VARIATIONS) {
            bail!("--samples: choose at most {MOST_VARIATIONS} variations");
        }
        let (names, found) = pictures(&args.files, &OURS, |path| {
            let found = read_noting(path, &loaded.config)?;
            Ok((found.names, found.images))
        })?;
        let images = characters(&loaded.config, &found)?;
        let drawn = images.len() <= MOST_DRAWN;
        if !drawn {
            note(&format!(
                "no pictures of more than {MOST_DRAWN} images; explain fewer for those"
            ));
        }
        let (mut entries, progress) = (vec![], Answers::new(images.len(), args.json));
        for (names, images) in names.chunks(TOGETHER).zip(images.chunks(TOGETHER)) {
            for ((name, image), explanation) in
                names.iter().zip(images).zip(answers(loaded, args, images))
            {
                let pictures = match drawn {
                    true => draw(loaded, args, (name, image), &explanation)?,
                    false => vec![],
                };
                match args.json {
                    true => entries.push(serde_json::to_value(Entry {
                        name,
                        explanation: &explanation,
                        pictures,
                    })?),
                    false => show(out, (name, image), loaded, &explanation, (args, &pictures))?,
                }
                progress.answered();
            }
        }
        drop(progress);
        if args.json {
            output::json(out, &entries)?;
        }
        Ok(())
    }

    fn sample(loaded: &Loaded<Self>, args: &Sample, out: &mut dyn Write) -> Result<()> {
        let (model, _) = &loaded.networks;
        let config = &loaded.config;
        let label = args
            .alphabet
            .as_deref()
            .map(|a| alphabet(config, a))
            .transpose()?;
        let programs = model.programs(label, args.programs as usize, args.seed);
        let renderer = model.renderer();
        let images = programs.iter().map(|p| renderer.unmapped(&p.strokes.0));
        let images: Vec<Image> = images.collect();
        if let Some(path) = &args.out {
            output::file(path, &rows(&images)?)?;
        }
        let each = programs.iter().zip(&images);
        let invented: Vec<Invented> = each
            .map(|(program, image)| Invented {
                strokes: program.strokes.to_string(),
                alphabet: config.labels.get(usize::from(program.label)).cloned(),
                image: image.rows(),
            })
            .collect();
        if args.json {
            output::json(out, &invented)?;
            return Ok(());
        }
        invented
            .iter()
            .try_for_each(|character| character.show(out))
    }

    fn evaluate(loaded: &Loaded<Self>, args: &Evaluate, out: &mut dyn Write) -> Result<()> {
        let drawn = Self::read(&args.data, &args.reading, &loaded.config)?;
        let images = characters(&loaded.config, &drawn)?;
        let (model, guide) = &loaded.networks;
        let evaluation = evaluate(model, guide, &images, &Effort::default());
        Ok(output::either(out, args.json, &evaluation)?)
    }
}

/// The images of a file; tells how many were left out.
fn read_noting(path: &Path, config: &Config) -> Result<Images> {
    let found = read(path, config.size, &OURS)?;
    if found.blank > 0 {
        note(&format!("{} blank images left out", found.blank));
    }
    Ok(found)
}

/// Explanations of some images.
fn answers(
    loaded: &Loaded<CharacterDomain>,
    args: &Explain,
    images: &[Character],
) -> Vec<Explanation> {
    let (model, guide) = &loaded.networks;
    let told = args.programs.unwrap_or(TOLD).max(1);
    let search = Search {
        members: told.max(Search::default().members),
        starts: STARTS,
        rounds: ROUNDS,
        seed: args.seed.unwrap_or(Search::default().seed),
        ..Search::default()
    };
    let mut explanations = explain(&loaded.config, (model, guide), images, &search);
    if args.programs.is_some() {
        explanations
            .iter_mut()
            .for_each(|e| e.programs.truncate(told));
    }
    explanations
}

/// Images in a row of a picture.
const ACROSS: usize = 10;

/// Images in rows, as PNG.
fn rows(images: &[Image]) -> Result<Vec<u8>> {
    let strips = images
        .chunks(ACROSS)
        .map(|row| Strip::of_images(row.iter()));
    Ok(stack(&strips.collect::<Vec<_>>())?)
}

/// The number of an alphabet.
fn alphabet(config: &Config, wanted: &str) -> Result<u16> {
    let known = config.labels.iter().position(|l| l == wanted);
    match known {
        Some(number) => Ok(number as u16),
        None if config.labels.is_empty() => bail!("--alphabet: this model knows no alphabets"),
        None => {
            let names = config.labels.join(", ");
            bail!("--alphabet: there is no `{wanted}`; choose from {names}")
        }
    }
}

/// Writes the pictures of an explanation into the current folder.
fn draw(
    loaded: &Loaded<CharacterDomain>,
    args: &Explain,
    (name, character): (&str, &Character),
    explanation: &Explanation,
) -> Result<Vec<PathBuf>> {
    let Some(best) = explanation.programs.first() else {
        return Ok(vec![]);
    };
    let (model, program) = (&loaded.networks.0, &best.strokes.0);
    let (renderer, image) = (model.renderer(), &character.image);
    let told = explanation
        .programs
        .iter()
        .take(args.programs.unwrap_or(TOLD).max(1));
    let strips: Vec<Strip> = told
        .map(|p| Strip::of(&renderer, image, &p.strokes.0))
        .collect();
    let file = |ending: &str| PathBuf::from(format!("{}{ending}", output::plain(name)));
    let mut pictures = vec![file(OURS[0]), file("-strokes.svg")];
    output::file(&pictures[0], &stack(&strips)?)?;
    output::file(&pictures[1], drawing(&renderer, image, program).as_bytes())?;
    if let Some(count) = args.samples.filter(|&n| n > 0) {
        let seed = args.seed.unwrap_or(1);
        let varied = variations(model, program, count, NOISE, seed);
        pictures.push(file(OURS[1]));
        output::file(&pictures[2], &rows(&varied)?)?;
    }
    Ok(pictures)
}

fn show(
    out: &mut dyn Write,
    (name, character): (&str, &Character),
    loaded: &Loaded<CharacterDomain>,
    explanation: &Explanation,
    (args, pictures): (&Explain, &[PathBuf]),
) -> Result<()> {
    writeln!(out, "{}", Style::of_stdout().bold(&visible(name)))?;
    if let Some(best) = explanation.programs.first() {
        let renderer = loaded.networks.0.renderer();
        show_beside(
            out,
            &character.image,
            &renderer.aligned(&best.strokes.0, &character.image),
        )?;
    }
    show_programs(out, explanation, args.programs.unwrap_or(TOLD).max(1))?;
    if explanation.labels.len() > 1 {
        let each = explanation.labels.iter().take(TOLD);
        let each = each.map(|(l, p)| format!("{} {}", visible(l), percent(*p)));
        let each = each.collect::<Vec<_>>().join(", ");
        writeln!(out, "{:>MARGIN$}  {each}", "class")?;
    }
    let (bound, pixels) = (explanation.bound, character.image.ink().len() as f64);
    writeln!(out, "{:>MARGIN$}  {bound:.1} nats", "log p(x) >=")?;
    for picture in pictures {
        writeln!(out, "{:>MARGIN$}  {}", "picture", picture.display())?;
    }
    // A coin for every pixel.
    if bound < -pixels * std::f64::consts::LN_2 {
        let name = visible(name);
        note(&format!(
            "{name}: no strokes explain this picture better than chance"
        ));
    }
    Ok(())
}

/// Two images side by side, without the rows in which neither has ink.
fn show_beside(out: &mut dyn Write, seen: &Image, drawn: &Image) -> Result<()> {
    let both = seen.rows().into_iter().zip(drawn.rows());
    let rows: Vec<String> = both.map(|(a, b)| format!("{a}..{b}")).collect();
    let inked = |row: &String| row.contains('#');
    let first = rows.iter().position(inked).unwrap_or(0);
    let last = rows.iter().rposition(inked).map_or(0, |last| last + 1);
    for rows in rows[first..last.max(first)].chunks(2) {
        writeln!(out, "    {}", half_blocks(rows))?;
    }
    Ok(())
}

/// Programs with their weights, and how much the others have that were found.
fn show_programs(out: &mut dyn Write, explanation: &Explanation, most: usize) -> Result<()> {
    let (style, programs) = (Style::of_stdout(), &explanation.programs);
    for (i, program) in programs.iter().take(most).enumerate() {
        let mut strokes = program.strokes.to_string();
        if i == 0 {
            strokes = style.bold(&strokes);
        }
        let label = program
            .label
            .as_ref()
            .map(|l| format!("  class {}", visible(l)));
        let (weight, label) = (percent(program.weight), label.unwrap_or_default());
        writeln!(out, "{weight:>MARGIN$}  {strokes}{label}")?;
    }
    let rest: f64 = programs.iter().skip(most).map(|p| p.weight).sum();
    if rest > 0.005 {
        let count = programs.len() - most;
        writeln!(
            out,
            "{:>MARGIN$}  {count} others that were found",
            percent(rest)
        )?;
    }
    Ok(())
}
