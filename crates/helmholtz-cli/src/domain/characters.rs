//! Characters: images explained by the strokes that drew them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use helmholtz::domain::Domain;
use helmholtz::domain::characters::evaluate::{Effort, evaluate};
use helmholtz::domain::characters::explain::{
    Explanation, NOISE, Strip, drawing, explain, stack, variations,
};
use helmholtz::domain::characters::read::read;
use helmholtz::domain::characters::search::Search;
use helmholtz::domain::characters::{
    Character, CharacterDomain, Config, Drawn, Image, characters, generate, pretrained,
};
use helmholtz::files::write_whole;
use serde::Serialize;

use super::{BUILTIN_SEED, MARGIN, Verbs, refuse_reading};
use crate::args::{Evaluate, Explain, Reading, Sample};
use crate::format::{half_blocks, percent, visible};
use crate::loaded::Loaded;
use crate::output::{self, Style};

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

/// Rounds of the search, half a second an image.
const ROUNDS: usize = 500;
/// Programs that are told of an image.
const TOLD: usize = 3;

impl Verbs for CharacterDomain {
    const OBSERVATIONS: &'static str = "images";
    const TAKES: &[&str] = &["out", "alphabet"];

    fn read(path: &Path, reading: &Reading, config: &Config) -> Result<Vec<Drawn>> {
        refuse_reading(reading, Self::NAME)?;
        Ok(read(path, config.size)?)
    }

    fn builtin(config: &Config) -> Vec<Drawn> {
        generate(config.size, BUILTIN_SEED)
    }

    fn shipped() -> Result<Loaded<Self>> {
        let (config, model, guide) = pretrained()?;
        Ok(Loaded::shipped(config, (model, guide)))
    }

    fn explain(loaded: &Loaded<Self>, args: &Explain, out: &mut dyn Write) -> Result<()> {
        let drawn = Self::read(&args.file, &args.reading, &loaded.config)?;
        let images = known(loaded, &drawn);
        let search = Search {
            rounds: ROUNDS,
            seed: args.seed.unwrap_or(Search::default().seed),
            ..Search::default()
        };
        let (model, guide) = &loaded.networks;
        let (config, plain) = (&loaded.config, (model, guide));
        let explanations = explain(config, plain, &images, &search);
        let names = names(&args.file, &drawn);
        let mut entries = vec![];
        for ((name, image), explanation) in names.iter().zip(&images).zip(&explanations) {
            let pictures = draw(loaded, args, (name, image), explanation)?;
            match args.json {
                true => entries.push(serde_json::to_value(Entry {
                    name,
                    explanation,
                    pictures,
                })?),
                false => show(out, (name, image), loaded, explanation, (args, &pictures))?,
            }
        }
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
            write(path, &rows(&images)?)?;
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

/// Images in a row of a picture.
const ACROSS: usize = 10;

/// Images in rows, as PNG.
fn rows(images: &[Image]) -> Result<Vec<u8>> {
    let strips = images
        .chunks(ACROSS)
        .map(|row| Strip::of_images(row.iter()));
    Ok(stack(&strips.collect::<Vec<_>>())?)
}

/// Images as the model sees them. One of a class that it does not know may be of any.
fn known(loaded: &Loaded<CharacterDomain>, drawn: &[Drawn]) -> Vec<Character> {
    let labels = &loaded.config.labels;
    let number = |label: &String| labels.iter().position(|l| l == label).map(|i| i as u16);
    let character = |drawn: &Drawn| Character {
        image: drawn.image.clone(),
        label: drawn.label.as_ref().and_then(number),
    };
    drawn.iter().map(character).collect()
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

/// What images are called: by the file, and where it holds several by their classes and numbers.
fn names(file: &Path, drawn: &[Drawn]) -> Vec<String> {
    let stem = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    if drawn.len() == 1 {
        return vec![stem];
    }
    let name = |(i, drawn): (usize, &Drawn)| {
        let parts = [drawn.label.clone().unwrap_or_default(), drawn.name.clone()];
        let parts = parts.into_iter().filter(|p| !p.is_empty());
        let parts: Vec<String> = [stem.clone()].into_iter().chain(parts).collect();
        format!("{} {}", parts.join(" "), i + 1)
    };
    drawn.iter().enumerate().map(name).collect()
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
        .take(args.programs.unwrap_or(TOLD));
    let strips: Vec<Strip> = told
        .map(|p| Strip::of(&renderer, image, &p.strokes.0))
        .collect();
    let file = |ending: &str| PathBuf::from(format!("{}-{ending}", plain(name)));
    let mut pictures = vec![file("strokes.png"), file("strokes.svg")];
    write(&pictures[0], &stack(&strips)?)?;
    write(&pictures[1], drawing(&renderer, image, program).as_bytes())?;
    if let Some(count) = args.samples.filter(|&n| n > 0) {
        let seed = args.seed.unwrap_or(1);
        let varied = variations(model, program, count, NOISE, seed);
        pictures.push(file("variations.png"));
        write(&pictures[2], &rows(&varied)?)?;
    }
    Ok(pictures)
}

/// A name without what does not belong in that of a file.
fn plain(name: &str) -> String {
    let fits = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.chars().map(fits).collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole(path, bytes).with_context(|| format!("{}: cannot be written", path.display()))
}

fn show(
    out: &mut dyn Write,
    (name, character): (&str, &Character),
    loaded: &Loaded<CharacterDomain>,
    explanation: &Explanation,
    (args, pictures): (&Explain, &[PathBuf]),
) -> Result<()> {
    let style = Style::of_stdout();
    writeln!(out, "{}", style.bold(&visible(name)))?;
    if let Some(best) = explanation.programs.first() {
        let renderer = loaded.networks.0.renderer();
        let drawn = renderer.aligned(&best.strokes.0, &character.image).rows();
        let both = character.image.rows().into_iter().zip(drawn);
        let rows: Vec<String> = both
            .map(|(seen, drawn)| format!("{seen}..{drawn}"))
            .collect();
        for rows in rows.chunks(2) {
            writeln!(out, "    {}", half_blocks(rows))?;
        }
    }
    for (i, program) in explanation
        .programs
        .iter()
        .take(args.programs.unwrap_or(TOLD))
        .enumerate()
    {
        let strokes = program.strokes.to_string();
        let strokes = if i == 0 {
            style.bold(&strokes)
        } else {
            strokes
        };
        let label = program.label.as_ref().map(|l| format!("  {}", visible(l)));
        let weight = percent(program.weight);
        writeln!(
            out,
            "{weight:>MARGIN$}  {strokes}{}",
            label.unwrap_or_default()
        )?;
    }
    if explanation.labels.len() > 1 {
        let each = explanation.labels.iter().take(TOLD);
        let each = each.map(|(l, p)| format!("{} {}", visible(l), percent(*p)));
        writeln!(
            out,
            "{:>MARGIN$}  {}",
            "class",
            each.collect::<Vec<_>>().join(", ")
        )?;
    }
    writeln!(
        out,
        "{:>MARGIN$}  {:.1} nats",
        "log p(x) >=", explanation.bound
    )?;
    for picture in pictures {
        writeln!(out, "{:>MARGIN$}  {}", "picture", picture.display())?;
    }
    Ok(())
}
