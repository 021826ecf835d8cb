//! Automata: images of 64 by 64 cells, explained by the rule that drew them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use helmholtz::domain::Domain;
use helmholtz::domain::automata::evaluate::evaluate;
use helmholtz::domain::automata::explain::{ExplainOptions, Explanation, Kind, explain, render};
use helmholtz::domain::automata::training::{BUILTIN_IMAGES, TRUE_NOISE, fantasies, generate};
use helmholtz::domain::automata::{AutomataDomain, Config, Counts, read_png_file};
use serde::Serialize;

use super::{BUILTIN_SEED, MARGIN, Verbs, pictures, refuse_reading};
use crate::args::{Evaluate, Explain, Reading, Sample};
use crate::format::{half_blocks, percent, visible};
use crate::loaded::Loaded;
use crate::output::{self, Style, note};

/// An image in JSON.
#[derive(Serialize)]
struct Entry<'a> {
    name: String,
    #[serde(flatten)]
    explanation: &'a Explanation,
    /// The picture that was written.
    picture: PathBuf,
}

impl Verbs for AutomataDomain {
    const OBSERVATIONS: &'static str = "images";

    fn read(path: &Path, reading: &Reading, config: &Config) -> Result<Vec<Counts>> {
        refuse_reading(reading, Self::NAME)?;
        let images = files(path)?.into_iter();
        images
            .map(|file| Ok(Counts::of(&read_png_file(&file)?, config.neighbours)))
            .collect()
    }

    fn builtin(config: &Config) -> Vec<Counts> {
        let drawn = generate(BUILTIN_IMAGES, config.neighbours, TRUE_NOISE, BUILTIN_SEED);
        let count = |(_, image)| Counts::of(&image, config.neighbours);
        drawn.into_iter().map(count).collect()
    }

    fn shipped() -> Result<Loaded<Self>> {
        Loaded::untrained(Config::default())
    }

    fn explain(loaded: &Loaded<Self>, args: &Explain, out: &mut dyn Write) -> Result<()> {
        let (model, _) = &loaded.networks;
        refuse_reading(&args.reading, Self::NAME)?;
        let default = ExplainOptions::default();
        let options = ExplainOptions {
            // Without a run of one's own the noise is that of greatest likelihood for the image.
            noise: (args.run != Path::new(Self::NAME)).then(|| model.noise()),
            seed: args.seed.unwrap_or(default.seed),
            futures: args.samples.unwrap_or(default.futures),
        };
        let mut entries = vec![];
        let (names, files) = pictures(&args.files, &[CONTINUED], |path| {
            let found = files(path)?;
            let name = |file: &PathBuf| file.display().to_string();
            Ok((found.iter().map(name).collect(), found))
        })?;
        for (name, file) in names.into_iter().zip(files) {
            let image = read_png_file(&file)?;
            let explanation = explain(&image, &options)?;
            let picture = continued(&file);
            let png = render(&image, &explanation)?;
            output::file(&picture, &png)?;
            match args.json {
                true => entries.push(serde_json::to_value(Entry {
                    name,
                    explanation: &explanation,
                    picture,
                })?),
                false => {
                    show(out, &name, &explanation)?;
                    writeln!(out, "{:>MARGIN$}  {}", "continued", picture.display())?;
                }
            }
        }
        if args.json {
            output::json(out, &entries)?;
        }
        Ok(())
    }

    fn sample(loaded: &Loaded<Self>, args: &Sample, out: &mut dyn Write) -> Result<()> {
        let (model, _) = &loaded.networks;
        let drawn = fantasies(model, args.programs as usize, args.seed);
        if args.json {
            output::json(out, &drawn)?;
            return Ok(());
        }
        for fantasy in drawn {
            writeln!(out, "{}", Style::of_stdout().bold(&fantasy.rule))?;
            for rows in fantasy.image.chunks(2) {
                writeln!(out, "    {}", half_blocks(rows))?;
            }
        }
        Ok(())
    }

    fn evaluate(loaded: &Loaded<Self>, args: &Evaluate, out: &mut dyn Write) -> Result<()> {
        let (model, _) = &loaded.networks;
        let images = Self::read(&args.data, &args.reading, &loaded.config)?;
        let evaluation = evaluate(model.noise(), &images);
        Ok(output::either(out, args.json, &evaluation)?)
    }
}

/// An image, or all PNG files of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries =
        fs::read_dir(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let is_image = |p: &PathBuf| {
        let png = p.extension().is_some_and(|e| e.eq_ignore_ascii_case("png"));
        png && !p.to_string_lossy().ends_with(CONTINUED)
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = paths.filter(is_image).collect();
    files.sort();
    if files.is_empty() {
        bail!(
            "{}: there are no .png files; name a folder that holds some",
            path.display()
        );
    }
    Ok(files)
}

/// How the name of a continuation ends. Such pictures are ours, so a folder of images does not mean them.
const CONTINUED: &str = "-continued.png";

/// Where the continuation of an image is written: `a.png` becomes `a-continued.png` in the current folder.
fn continued(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    PathBuf::from(format!("{stem}{CONTINUED}"))
}

fn show(out: &mut dyn Write, name: &str, explanation: &Explanation) -> Result<()> {
    let style = Style::of_stdout();
    writeln!(out, "{}", style.bold(&visible(name)))?;
    for (i, kind) in explanation.kinds.iter().enumerate() {
        let Kind {
            neighbours,
            probability,
            noise,
            entropy,
            undetermined,
            ..
        } = kind;
        let rule = if i == 0 {
            style.bold(&kind.name)
        } else {
            kind.name.clone()
        };
        let unseen = match undetermined.len() {
            0 => String::new(),
            n => format!(", {n} bits undetermined: their neighbourhoods do not occur"),
        };
        writeln!(
            out,
            "{:>MARGIN$}  {rule}, {} neighbours, noise {:.2}%, entropy {entropy:.4} nats{unseen}",
            percent(*probability),
            neighbours.count(),
            100.0 * noise
        )?;
    }
    if let [best, ..] = &explanation.kinds[..]
        && best.noise > UNEXPLAINED
    {
        note(&format!(
            "{}: no rule explains this image well",
            visible(name)
        ));
    }
    Ok(())
}

/// Noise from which an image is not explained.
const UNEXPLAINED: f64 = 0.3;
