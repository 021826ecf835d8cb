//! What a run takes of memory, estimated before any of it is taken.

use serde_json::Value;

use crate::domain::{Domain, Networks, Settings};
use helmholtz_math::error::SettingError;
use helmholtz_nn::hollow;

/// What a step of training keeps, by its settings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kept {
    /// How often a step applies networks: once for every symbol of every program, say, as long as programs mostly are.
    pub applications: f64,
    /// Numbers that it keeps besides what networks put out, such as pixels.
    pub numbers: f64,
    /// Programs that are remembered of each observation.
    pub programs: usize,
}

/// Bytes of a weight in training: it, its gradient and two moments, and once more what a checkpoint holds of them, as numbers
/// and as a file.
const WEIGHT: f64 = 48.0;
/// Bytes of a number that a network puts out. Kernels put gradients where the numbers were.
const NUMBER: f64 = 4.0;
/// Bytes of a program that is remembered, with its share of what else is kept of an observation and of its record.
const PROGRAM: f64 = 1000.0;

/// What a run takes of memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Needs {
    /// Weights, with what an optimiser and a checkpoint keep of them.
    pub weights: f64,
    /// A step.
    pub step: f64,
    /// The programs of all observations.
    pub memories: f64,
}

impl Needs {
    /// Of a run with these settings on so many observations. It is an estimate: some times too high rather than too low.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn of<D: Domain>(config: &D::Config, observations: usize) -> Result<Self, SettingError> {
        let networks = hollow(|| D::networks(config))?;
        let (size, kept) = (networks.size(), config.kept());
        let (items, batch) = (observations as f64, config.schedule().batch as f64);
        let numbers = kept.applications * size.outputs as f64 + kept.numbers;
        Ok(Self {
            weights: WEIGHT * size.weights as f64,
            step: NUMBER * numbers * (items / batch.max(1.0)).min(1.0),
            memories: PROGRAM * kept.programs as f64 * items,
        })
    }

    /// All together.
    pub fn total(&self) -> f64 {
        self.weights + self.step + self.memories
    }
}

/// Refuses a run that needs more than `allowed` bytes.
///
/// # Errors
/// Names the setting that matters most, and how much is needed for what.
pub fn check<D: Domain>(
    config: &D::Config,
    observations: usize,
    allowed: u64,
) -> Result<(), SettingError> {
    let needs = Needs::of::<D>(config, observations)?;
    if needs.total() <= allowed as f64 {
        return Ok(());
    }
    let [total, weights, step, memories, allowed] = [
        needs.total(),
        needs.weights,
        needs.step,
        needs.memories,
        allowed as f64,
    ]
    .map(size);
    let needed = format!(
        "needs about {total} of memory ({weights} for weights, {step} for a step, {memories} for what is remembered), and \
         {allowed} are allowed"
    );
    // No setting is to blame for what the defaults need, too.
    let usual = Needs::of::<D>(&D::defaults(), observations);
    let usual = usual.is_ok_and(|usual| usual.total() >= 0.9 * needs.total());
    let (setting, reason) = match heaviest::<D>(config, observations).filter(|_| !usual) {
        Some((setting, value)) => {
            let reason = format!("{value} {needed}; lower it, or see --max-memory");
            (setting, reason)
        }
        None => {
            let reason = format!("such a run {needed}; learn from less, or see --max-memory");
            ("memory".to_owned(), reason)
        }
    };
    Err(SettingError::new(setting, reason))
}

fn size(bytes: f64) -> String {
    match bytes >= 1e9 {
        true => format!("{:.1} GB", bytes / 1e9),
        false => format!("{:.0} MB", (bytes / 1e6).ceil()),
    }
}

/// The number that matters most, and what it is: where its default, or else its half, leaves the least need.
fn heaviest<D: Domain>(config: &D::Config, observations: usize) -> Option<(String, u64)> {
    let whole = serde_json::to_value(config).ok()?;
    let defaults = serde_json::to_value(D::defaults()).ok()?;
    let mut numbers = vec![];
    counts(&whole, &mut String::new(), &mut numbers);
    let lowered = numbers.into_iter().filter_map(|(pointer, value)| {
        let usual = defaults.pointer(&pointer).and_then(Value::as_u64);
        let lower = usual.filter(|u| *u < value).unwrap_or(value / 2);
        let mut changed = whole.clone();
        *changed.pointer_mut(&pointer)? = Value::from(lower);
        let config: D::Config = serde_json::from_value(changed).ok()?;
        config.check().ok()?;
        let needs = Needs::of::<D>(&config, observations).ok()?;
        Some((needs.total(), pointer, value))
    });
    let (_, pointer, value) = lowered.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((pointer[1..].replace('/', "."), value))
}

/// The whole numbers above 1 of settings, by their JSON pointers.
fn counts(value: &Value, pointer: &mut String, found: &mut Vec<(String, u64)>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, v)| (i.to_string(), v))
            .collect(),
        Value::Number(n) => {
            found.extend(n.as_u64().filter(|n| *n > 1).map(|n| (pointer.clone(), n)));
            return;
        }
        _ => return,
    };
    for (name, value) in inside {
        let before = pointer.len();
        pointer.push('/');
        pointer.push_str(&name);
        counts(value, pointer, found);
        pointer.truncate(before);
    }
}
