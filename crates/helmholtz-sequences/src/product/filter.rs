//! A stream followed as it arrives: an answer a step.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{filter_of, fitting, usual};
use crate::evaluate::Baseline;
use crate::explain::Recorded;
use crate::lines::{LineFormat, Lines};
use crate::{Config, Followed, Medium, Sequences};
use helmholtz_core::product::text::{faint, plain, strong};
use helmholtz_core::product::words::{percent, visible, widened};
use helmholtz_core::product::{Account, Answer, Call, Input, Outcome, ProductError, Sink, Text};
use helmholtz_data::files::Stdin;

/// The longest line that is read.
const LONGEST: u64 = 1 << 24;
/// Notes or numbers of a prediction that a line of text has room for.
const SHOWN: usize = 6;
/// Notes are named when they sound with at least this probability.
const LIKELY: f32 = 0.25;
/// What stands above the lines.
const HEADER: &str = "      t  free energy  reconstruction      kl  surprise  prediction";
/// What stands in the line of a step that is not scored.
const NOTHING: &str = "            -               -       -         -  it begins";

/// What has no place in a cell.
const LISTS: [&str; 2] = ["prediction", "deviation"];

/// Options of filtering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct FilterOptions {
    /// Inference iterations per step [default: as many as were learned with]
    #[schemars(range(min = 1, max = 1_000))]
    iterations: Option<usize>,
    /// The seed of the samples
    seed: u64,
}

impl Default for FilterOptions {
    fn default() -> Self {
        Self {
            iterations: None,
            seed: 1,
        }
    }
}

/// A step in JSON.
#[derive(Serialize)]
struct Line {
    t: u64,
    free_energy: Option<f64>,
    reconstruction: Option<f64>,
    kl: Option<f64>,
    /// The share of usual steps that cost less.
    surprise: Option<f64>,
    prediction: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deviation: Option<Vec<f64>>,
}

pub(super) fn filtered<M: Medium + 'static>(
    call: &Call<'_, Sequences<M>>,
    options: &FilterOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let config = &call.loaded.config;
    let filter = filter_of(call.loaded, options.iterations, options.seed);
    let mut telling = Telling::<M> {
        usual: usual(call.loaded, options.iterations, &*filter)?,
        begun: false,
        sink,
        kind: std::marker::PhantomData,
    };
    let mut steps = 0;
    for file in &call.input.files {
        if M::STREAMED || file == Path::new("-") {
            let mut recorded = Recorded::new(&*filter, config);
            let mut stream = Stream::<M>::open(file, call.input.until, config)?;
            while let Some((t, row)) = stream.step()? {
                steps += 1;
                if telling.step("", t, recorded.see(&row).as_ref())?.is_break() {
                    return Ok(Outcome::of(counted(call, steps)));
                }
            }
            continue;
        }
        let recordings = fitting::<M>(&Input::files([file]), config)?;
        let several = recordings.len() > 1 || call.input.files.len() > 1;
        for recording in &recordings {
            let mut recorded = Recorded::new(&*filter, config);
            let name = if several { recording.name.as_str() } else { "" };
            for (row, t) in recording.steps.rows().zip(1..) {
                steps += 1;
                if telling
                    .step(name, t, recorded.see(row).as_ref())?
                    .is_break()
                {
                    return Ok(Outcome::of(counted(call, steps)));
                }
            }
        }
    }
    Ok(Outcome::of(counted(call, steps)))
}

/// How many steps were followed.
fn counted<M: Medium>(call: &Call<'_, Sequences<M>>, steps: u64) -> Account {
    Account {
        read: Some(steps),
        rows: None,
        ..Account::whole(call.input, 0)
    }
}

/// Lines of a file, or of standard input, as they arrive.
struct Stream<M> {
    input: Box<dyn BufRead>,
    name: String,
    lines: Lines,
    bytes: Vec<u8>,
    t: u64,
    kind: std::marker::PhantomData<M>,
}

impl<M: Medium> Stream<M> {
    fn open(path: &Path, until: Option<Instant>, config: &Config) -> Result<Self, ProductError> {
        let (input, name): (Box<dyn BufRead>, String) = match path == Path::new("-") {
            true => (
                Box::new(BufReader::new(Stdin::new(until))),
                "standard input".into(),
            ),
            false => {
                let file = File::open(path).map_err(ProductError::io(path))?;
                (Box::new(BufReader::new(file)), path.display().to_string())
            }
        };
        Ok(Self {
            input,
            name,
            lines: Lines::new(M::LINES, config.width.unwrap_or_default()),
            bytes: vec![],
            t: 0,
            kind: std::marker::PhantomData,
        })
    }

    /// The next step with its number; `None` at the end.
    fn step(&mut self) -> Result<Option<(u64, Vec<f32>)>, ProductError> {
        loop {
            self.bytes.clear();
            let line = (&mut self.input).take(LONGEST);
            let read = { line }.read_until(b'\n', &mut self.bytes);
            let read = read.map_err(ProductError::io(Path::new(&self.name)))?;
            let at = || format!("{}, step {}", self.name, self.t + 1);
            match read as u64 {
                0 if self.t == 0 => {
                    let reason = "there is no step in it; write a line per step";
                    return Err(ProductError::unfit(&self.name, reason));
                }
                0 => return Ok(None),
                LONGEST => {
                    let reason = format!("a line of over {LONGEST} bytes; write a line per step");
                    return Err(ProductError::unfit(at(), reason));
                }
                _ => {}
            }
            let text = std::str::from_utf8(&self.bytes);
            let text =
                text.map_err(|_| ProductError::unfit(at(), "not UTF-8; save it as UTF-8"))?;
            let place = at();
            let row = self
                .lines
                .step(text)
                .map_err(|e| ProductError::unfit(place, e))?;
            if let Some(row) = row {
                self.t += 1;
                return Ok(Some((self.t, row)));
            }
        }
    }
}

/// Sends an answer a step.
struct Telling<'a, 'b, M> {
    usual: Baseline,
    begun: bool,
    sink: &'a mut Sink<'b>,
    kind: std::marker::PhantomData<M>,
}

impl<M: Medium> Telling<'_, '_, M> {
    fn step(
        &mut self,
        name: &str,
        t: u64,
        followed: Option<&Followed>,
    ) -> Result<ControlFlow<()>, ProductError> {
        let surprise = followed.and_then(|f| self.usual.surprise(&f.energy));
        let line = line::<M>(t, followed, surprise);
        let mut text = Text::default();
        if !self.begun {
            text.line([faint(HEADER)]);
        }
        self.begun = true;
        if !name.is_empty() && t == 1 {
            text.line([strong(visible(name))]);
        }
        text.line([plain(shown::<M>(t, followed, surprise))]);
        let mut answer = Answer::of(name, &line)?.with_text(text);
        let cells = answer
            .data
            .iter()
            .filter(|(key, _)| !LISTS.contains(&key.as_str()));
        answer.rows = vec![cells.map(|(k, v)| (k.clone(), v.clone())).collect()];
        Ok((self.sink)(answer))
    }
}

fn line<M: Medium>(t: u64, followed: Option<&Followed>, surprise: Option<f64>) -> Line {
    let energy = followed.map(|f| f.energy);
    let prediction = followed.map(|f| &f.prediction);
    let numbers = prediction.filter(|_| M::LINES == LineFormat::Numbers);
    Line {
        t,
        free_energy: energy.map(|e| e.free_energy()),
        reconstruction: energy.map(|e| e.reconstruction),
        kl: energy.map(|e| e.kl),
        surprise,
        prediction: prediction.map(|p| wide(&p.mean)),
        deviation: numbers.map(|p| wide(&p.deviation)),
    }
}

fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|x| widened(*x)).collect()
}

fn shown<M: Medium>(t: u64, followed: Option<&Followed>, surprise: Option<f64>) -> String {
    let Some(Followed {
        energy, prediction, ..
    }) = followed
    else {
        return format!("{t:7}{NOTHING}");
    };
    let surprise = surprise.map(percent).unwrap_or_default();
    let (f, r, kl) = (energy.free_energy(), energy.reconstruction, energy.kl);
    let predicted = expected::<M>(&prediction.mean);
    format!("{t:7}  {f:11.3}  {r:14.3}  {kl:6.3}  {surprise:>8}  {predicted}")
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
