//! A stream as lines, and what can be said of a whole recording.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use helmholtz::domain::sequence::drawing::drawing;
use helmholtz::domain::sequence::evaluate::Baseline;
use helmholtz::domain::sequence::explain::{self, Explanation, Recorded};
use helmholtz::domain::sequence::lines::{LineFormat, Lines};
use helmholtz::domain::sequence::{Config, Followed, Medium, Recording, Sequences};
use helmholtz::files::write_whole;
use serde::Serialize;

use super::{filter_of, usual};
use crate::args::{Explain, Filter};
use crate::format::{percent, visible};
use crate::loaded::Loaded;
use crate::output::{self, Style};
use crate::picture::{escape, page_of, spark};

/// The longest line that is read.
const LONGEST: u64 = 1 << 24;
/// Notes or numbers of a prediction that a line of text has room for.
const SHOWN: usize = 6;
/// Notes are named when they sound with at least this probability.
const LIKELY: f32 = 0.25;
/// Recordings on a page.
const PICTURES: usize = 20;

/// A step as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    recording: Option<&'a str>,
    t: u64,
    free_energy: Option<f64>,
    reconstruction: Option<f64>,
    kl: Option<f64>,
    /// The share of usual steps that cost less.
    surprise: Option<f64>,
    prediction: Option<&'a [f32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deviation: Option<&'a [f32]>,
}

/// Writes a line per step.
struct Report<'a, M: Medium> {
    usual: Baseline,
    json: bool,
    out: &'a mut dyn Write,
    kind: std::marker::PhantomData<M>,
}

pub(super) fn filter<M: Medium>(
    loaded: &Loaded<Sequences<M>>,
    args: &Filter,
    out: &mut dyn Write,
) -> Result<()> {
    let filter = filter_of(loaded, args.iterations, args.seed);
    let config = &loaded.config;
    let mut report = Report::<M> {
        usual: usual(loaded, &*filter)?,
        json: args.json,
        out,
        kind: std::marker::PhantomData,
    };
    report.header()?;
    if M::STREAMED || args.file == Path::new("-") {
        let mut recorded = Recorded::new(&*filter, config);
        return each_line::<M>(&args.file, config, |t, row| {
            report.step(None, t, recorded.see(&row).as_ref())
        });
    }
    let recordings = fitting::<M>(&args.file, config)?;
    let several = recordings.len() > 1;
    for recording in &recordings {
        let mut recorded = Recorded::new(&*filter, config);
        let name = several.then_some(recording.name.as_str());
        for (row, t) in recording.steps.rows().zip(1..) {
            report.step(name, t, recorded.see(row).as_ref())?;
        }
    }
    Ok(())
}

/// The recordings of a file, which have to be of the model's kind.
fn fitting<M: Medium>(path: &Path, config: &Config) -> Result<Vec<Recording>> {
    let recordings = M::read(path, &config.grid)?;
    let fits = recordings.iter().try_for_each(|r| config.fits(r));
    fits.with_context(|| path.display().to_string())?;
    Ok(recordings)
}

/// Calls with every step of a file of lines, or of standard input, as it arrives.
fn each_line<M: Medium>(
    path: &Path,
    config: &Config,
    mut each: impl FnMut(u64, Vec<f32>) -> Result<()>,
) -> Result<()> {
    let (mut input, name): (Box<dyn BufRead>, String) = match path == Path::new("-") {
        true => (Box::new(io::stdin().lock()), "standard input".into()),
        false => {
            let file = File::open(path);
            let file = file
                .with_context(|| format!("{}: cannot be read; check the path", path.display()))?;
            (Box::new(BufReader::new(file)), path.display().to_string())
        }
    };
    let mut lines = Lines::new(M::LINES, config.width.unwrap_or_default());
    let (mut bytes, mut t) = (vec![], 0);
    loop {
        bytes.clear();
        let read = (&mut input).take(LONGEST).read_until(b'\n', &mut bytes);
        let read = read.with_context(|| format!("{name}: cannot be read"))?;
        if read == 0 {
            break;
        }
        let at = || format!("{name}, step {}", t + 1);
        if read as u64 == LONGEST {
            bail!(
                "{}: a line of over {LONGEST} bytes; write a line per step",
                at()
            );
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| anyhow!("{}: not UTF-8; save it as UTF-8", at()))?;
        let row = lines
            .step(text)
            .map_err(|reason| anyhow!("{}: {reason}", at()))?;
        if let Some(row) = row {
            t += 1;
            each(t, row)?;
        }
    }
    match t {
        0 => bail!("{name}: there is no step in it; write a line per step"),
        _ => Ok(()),
    }
}

impl<M: Medium> Report<'_, M> {
    fn header(&mut self) -> Result<()> {
        if !self.json {
            let header = "      t  free energy  reconstruction      kl  surprise  prediction";
            writeln!(self.out, "{}", Style::of_stdout().dim(header))?;
        }
        Ok(())
    }

    fn step(&mut self, recording: Option<&str>, t: u64, followed: Option<&Followed>) -> Result<()> {
        let step = Step {
            recording,
            t,
            followed,
            surprise: followed.and_then(|f| self.usual.surprise(&f.energy)),
        };
        match self.json {
            true => step.json::<M>(self.out)?,
            false => step.text::<M>(self.out)?,
        }
        Ok(self.out.flush()?)
    }
}

/// A step that is to be told of.
struct Step<'a> {
    /// Where there are several.
    recording: Option<&'a str>,
    t: u64,
    followed: Option<&'a Followed>,
    surprise: Option<f64>,
}

impl Step<'_> {
    fn json<M: Medium>(&self, out: &mut dyn Write) -> Result<()> {
        let (energy, prediction) = match self.followed {
            Some(followed) => (Some(followed.energy), Some(&followed.prediction)),
            None => (None, None),
        };
        let numbers = prediction.filter(|_| M::LINES == LineFormat::Numbers);
        let line = Line {
            recording: self.recording,
            t: self.t,
            free_energy: energy.map(|e| e.free_energy()),
            reconstruction: energy.map(|e| e.reconstruction),
            kl: energy.map(|e| e.kl),
            surprise: self.surprise,
            prediction: prediction.map(|p| &p.mean[..]),
            deviation: numbers.map(|p| &p.deviation[..]),
        };
        serde_json::to_writer(&mut *out, &line)?;
        Ok(writeln!(out)?)
    }

    fn text<M: Medium>(&self, out: &mut dyn Write) -> Result<()> {
        let t = self.t;
        if let Some(name) = self.recording.filter(|_| t == 1) {
            writeln!(out, "{}", Style::of_stdout().bold(&visible(name)))?;
        }
        let Some(Followed {
            energy, prediction, ..
        }) = self.followed
        else {
            let nothing = "            -               -       -         -  it begins";
            return Ok(writeln!(out, "{t:7}{nothing}")?);
        };
        let surprise = self.surprise.map(percent).unwrap_or_default();
        let (f, r, kl) = (energy.free_energy(), energy.reconstruction, energy.kl);
        let predicted = expected::<M>(&prediction.mean);
        Ok(writeln!(
            out,
            "{t:7}  {f:11.3}  {r:14.3}  {kl:6.3}  {surprise:>8}  {predicted}"
        )?)
    }
}

/// The notes that are likely to sound, or the first numbers.
fn expected<M: Medium>(mean: &[f32]) -> String {
    match M::LINES {
        LineFormat::Notes => {
            let likely = mean.iter().enumerate().filter(|(_, p)| **p >= LIKELY);
            let mut likely: Vec<(usize, &f32)> = likely.collect();
            likely.sort_by(|a, b| b.1.total_cmp(a.1));
            let shown = likely.iter().take(SHOWN);
            let names = shown.map(|(n, p)| format!("{} {:.0}%", note_name(*n), 100.0 * **p));
            names.collect::<Vec<_>>().join(" ")
        }
        LineFormat::Numbers => {
            let more = if mean.len() > SHOWN { " ..." } else { "" };
            let numbers = mean.iter().take(SHOWN).map(|x| format!("{x:.4}"));
            numbers.collect::<Vec<_>>().join(" ") + more
        }
    }
}

/// `C4` of a piano's key, the lowest of which is `A0`.
fn note_name(key: usize) -> String {
    const NAMES: [&str; 12] = [
        "A", "A#", "B", "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#",
    ];
    format!("{}{}", NAMES[key % 12], (key + 9) / 12)
}

/// A step as `filter` would read it.
pub(super) fn line<M: Medium>(row: &[f32]) -> String {
    match M::LINES {
        LineFormat::Notes => {
            let notes = row.iter().enumerate().filter(|(_, x)| **x >= 0.5);
            let notes: Vec<String> = notes.map(|(n, _)| n.to_string()).collect();
            format!("[{}]", notes.join(", "))
        }
        LineFormat::Numbers => row.iter().map(f32::to_string).collect::<Vec<_>>().join(","),
    }
}

pub(super) fn explain<M: Medium>(
    loaded: &Loaded<Sequences<M>>,
    args: &Explain,
    out: &mut dyn Write,
) -> Result<()> {
    super::refuse_reading(&args.reading, M::NAME)?;
    let filter = filter_of(loaded, None, args.seed.unwrap_or(1));
    let usual = usual(loaded, &*filter)?;
    let recordings = fitting::<M>(args.file()?, &loaded.config)?;
    let config = &loaded.config;
    let each = recordings
        .iter()
        .map(|r| explain::explain(&*filter, config, r, &usual));
    let explanations: Vec<Explanation> = each.collect();
    if let Some(path) = &args.html {
        let picture = picture(path, &recordings, &explanations, config);
        let file = || format!("{}: cannot be written", path.display());
        write_whole(path, picture.as_bytes()).with_context(file)?;
    }
    if args.json {
        return Ok(output::json(out, &explanations)?);
    }
    for (i, explanation) in explanations.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        show(out, explanation)?;
    }
    Ok(())
}

/// A page of the first recordings, or one picture if the file is to be an SVG.
fn picture(
    path: &Path,
    recordings: &[Recording],
    explanations: &[Explanation],
    config: &Config,
) -> String {
    let mut pairs = recordings.iter().zip(explanations);
    let draw = |recording: &Recording, explanation: &Explanation| {
        drawing(recording, &explanation.steps, config)
    };
    if path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("svg"))
    {
        return pairs.next().map(|(r, e)| draw(r, e)).unwrap_or_default();
    }
    let each = pairs.take(PICTURES).map(|(r, e)| {
        let name = escape(&e.name);
        format!("<h2>{name}</h2>\n{}\n", draw(r, e))
    });
    let title = path.file_stem().unwrap_or_default().to_string_lossy();
    page_of(&title, &each.collect::<String>())
}

fn show(out: &mut dyn Write, explanation: &Explanation) -> Result<()> {
    let style = Style::of_stdout();
    let Explanation {
        name,
        free_energy,
        kl,
        surprising,
        steps,
    } = explanation;
    let size = style.dim(&format!("({} steps)", steps.len()));
    writeln!(out, "{}  {size}", style.bold(&visible(name)))?;
    writeln!(
        out,
        "  free energy  {free_energy:.3} nats a step, of which {kl:.3} tell of the latent"
    )?;
    let energies = steps.iter().flatten().map(|f| f.energy.free_energy());
    writeln!(
        out,
        "  by step      {}",
        spark(&energies.collect::<Vec<_>>())
    )?;
    for (s, i) in surprising.iter().zip(0..) {
        let head = if i == 0 { "surprising" } else { "" };
        let usual = s
            .surprise
            .map(|p| format!(", more than {} of usual steps", percent(p)));
        let usual = usual.unwrap_or_default();
        writeln!(
            out,
            "  {head:11}  step {}: {:.1} nats{usual}",
            s.t, s.free_energy
        )?;
    }
    Ok(())
}
