//! Adam (Kingma and Ba, 2015), fused, with its state in plain vectors keyed by parameter name.
//!
//! One pass over each parameter updates both moments and the value. The state can be saved and loaded
//! exactly; a learning rate belongs to a *group* of parameters (the model's network, the guide, the
//! parameters of the symbolic likelihood), for how fast a prior learns against its memory decides what
//! the memory comes to hold.

use std::collections::BTreeMap;

use crate::module::{Mapper, Module, Param, Visitor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Array;
use super::gradients::{Gradient, Gradients};
use super::kernel::into_numbers;
use super::parameters::{Path, leaf};
use helmholtz_math::error::StateError;

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// A learning rate per group of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// The model's networks.
    ///
    /// They are everything in the model that is not below a field named `likelihood`.
    #[schemars(range(min = 0, max = 1))]
    pub model: f64,
    /// The recognition network.
    #[schemars(range(min = 0, max = 1))]
    pub guide: f64,
    /// The parameters of the symbolic likelihood.
    ///
    /// They are whatever is below a field named `likelihood`.
    #[schemars(range(min = 0, max = 1))]
    pub likelihood: f64,
}

impl Rates {
    /// One rate for all.
    pub fn all(rate: f64) -> Self {
        Self {
            model: rate,
            guide: rate,
            likelihood: rate,
        }
    }

    /// The rate of the parameter `name`, whose first part is `model` or `guide`.
    fn of(&self, name: &str) -> f64 {
        match name.split('.').next() {
            Some("guide") => self.guide,
            _ if name.split('.').any(|part| part == "likelihood") => self.likelihood,
            _ => self.model,
        }
    }
}

/// The optimiser's state.
#[derive(Clone, Debug, Default)]
pub struct Adam {
    moments: BTreeMap<String, Moments>,
}

#[derive(Clone, Debug, Default)]
struct Moments {
    /// The number of updates so far; it is kept per parameter, since a parameter that a term of the
    /// loss does not reach is not updated.
    updates: u32,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Adam {
    /// One update of `module`, whose parameters are named `prefix.path`. `scale` multiplies every
    /// gradient (for clipping). Parameters without a gradient, or with learning rate 0, stay; the gradients
    /// of the others are used up.
    pub fn step<M: Module>(
        &mut self,
        module: M,
        prefix: &str,
        gradients: &mut Gradients,
        rates: &Rates,
        scale: f32,
    ) -> M {
        let mut path = Path::default();
        path.enter(prefix);
        module.map(&mut Update {
            adam: self,
            path,
            gradients,
            rates,
            scale,
        })
    }

    /// The state as named arrays: `NAME.first`, `NAME.second`, and `NAME.updates`.
    pub fn save(&self) -> BTreeMap<String, Array> {
        let array = |values: Vec<f32>| Array {
            shape: vec![values.len()],
            values,
        };
        let mut arrays = BTreeMap::new();
        for (name, m) in &self.moments {
            arrays.insert(format!("{name}.first"), array(m.first.clone()));
            arrays.insert(format!("{name}.second"), array(m.second.clone()));
            // Below 2^24 a count is exact in f32; two halves keep it exact beyond.
            let halves = vec![(m.updates >> 16) as f32, (m.updates & 0xffff) as f32];
            arrays.insert(format!("{name}.updates"), array(halves));
        }
        arrays
    }

    /// Restores what [`Adam::save`] gave, for parameters with these weights.
    ///
    /// # Errors
    /// When the arrays of a parameter are incomplete, hold a number that cannot be, are not as long as its weights, or
    /// belong to no parameter.
    pub fn load(
        arrays: &BTreeMap<String, Array>,
        weights: &BTreeMap<String, Array>,
    ) -> Result<Self, StateError> {
        let names = arrays.keys().filter_map(|n| n.strip_suffix(".updates"));
        let moments = names.map(|name| {
            let weights = weights.get(name).ok_or_else(|| missing(name))?;
            let moments = Moments::load(name, arrays, weights.values.len())?;
            Ok((name.to_owned(), moments))
        });
        Ok(Self {
            moments: moments.collect::<Result<_, StateError>>()?,
        })
    }
}

fn missing(name: &str) -> StateError {
    StateError::Missing {
        name: name.to_owned(),
    }
}

/// The numbers of an array, if there are as many as there should be and all are finite.
fn numbers(
    arrays: &BTreeMap<String, Array>,
    name: &str,
    length: usize,
) -> Result<Vec<f32>, StateError> {
    let array = arrays.get(name).ok_or_else(|| missing(name))?;
    let name = name.to_owned();
    match array.values.len() == length {
        true if array.values.iter().all(|v| v.is_finite()) => Ok(array.values.clone()),
        true => Err(StateError::NotFinite { name }),
        false => Err(StateError::Shape {
            name,
            expected: vec![length],
            found: vec![array.values.len()],
        }),
    }
}

/// The sum of squares of the gradients that [`Adam::step`] would follow, in a fixed order: those of
/// parameters that stand still do not count.
pub fn squared_norm<M: Module>(
    module: &M,
    prefix: &str,
    gradients: &Gradients,
    rates: &Rates,
) -> f64 {
    let mut norm = Norm {
        path: Path::default(),
        gradients,
        rates,
        sum: 0.0,
    };
    norm.path.enter(prefix);
    module.visit(&mut norm);
    norm.sum
}

struct Norm<'a> {
    path: Path,
    gradients: &'a Gradients,
    rates: &'a Rates,
    sum: f64,
}

impl Visitor for Norm<'_> {
    fn enter(&mut self, name: &str) {
        self.path.enter(name);
    }

    fn exit(&mut self) {
        self.path.exit();
    }

    fn visit<const D: usize>(&mut self, param: &Param<D>) {
        let moves = self.rates.of(&self.path.name()) > 0.0;
        if let Some(gradient) = self.gradients.by(&param.val()).filter(|_| moves) {
            self.sum += gradient.squares();
        }
    }
}

struct Update<'a> {
    adam: &'a mut Adam,
    path: Path,
    gradients: &'a mut Gradients,
    rates: &'a Rates,
    scale: f32,
}

impl Mapper for Update<'_> {
    fn enter(&mut self, name: &str) {
        self.path.enter(name);
    }

    fn exit(&mut self) {
        self.path.exit();
    }

    fn map<const D: usize>(&mut self, param: Param<D>) -> Param<D> {
        let value = param.into_value();
        let name = self.path.name();
        let rate = self.rates.of(&name) as f32;
        let gradient = match rate > 0.0 {
            true => self.gradients.take(&value),
            false => None,
        };
        let value = match gradient {
            Some(gradient) => {
                let (shape, device) = (value.dims(), value.device());
                let mut updated = into_numbers(value);
                let moments = self.adam.moments.entry(name).or_default();
                moments.update(&mut updated, &gradient, rate, self.scale);
                leaf(updated, shape, &device)
            }
            None => value,
        };
        Param::from_tensor(value)
    }
}

impl Moments {
    /// The moments of a parameter of so many weights.
    fn load(
        name: &str,
        arrays: &BTreeMap<String, Array>,
        length: usize,
    ) -> Result<Self, StateError> {
        let halves = numbers(arrays, &format!("{name}.updates"), 2)?;
        let moments = Self {
            updates: ((halves[0] as u32) << 16) | halves[1] as u32,
            first: numbers(arrays, &format!("{name}.first"), length)?,
            second: numbers(arrays, &format!("{name}.second"), length)?,
        };
        // A mean of squares: below zero its root would make weights into no numbers, later and in silence.
        match moments.second.iter().all(|v| *v >= 0.0) {
            true => Ok(moments),
            false => Err(StateError::NotFinite {
                name: format!("{name}.second"),
            }),
        }
    }

    /// Algorithm 1 of Adam (Kingma and Ba, 2015); the two bias corrections are folded into the step size and epsilon.
    fn update(&mut self, values: &mut [f32], gradient: &Gradient, rate: f32, scale: f32) {
        let Self { first, second, .. } = self;
        if self.updates == 0 {
            first.resize(values.len(), 0.0);
            second.resize(values.len(), 0.0);
        }
        self.updates += 1;
        let t = self.updates.min(i32::MAX as u32) as i32;
        let root = (1.0 - BETA2.powi(t)).sqrt();
        let step = rate * root / (1.0 - BETA1.powi(t));
        let by = [scale, step, EPSILON * root];
        gradient.bands(|at, band| {
            let these = at..at + band.len();
            let (m, v) = (&mut first[these.clone()], &mut second[these.clone()]);
            descend(&mut values[these], band, m, v, by);
        });
    }
}

/// The element-wise part of an update; `by` holds the gradient's scale, the step size and epsilon.
#[pulp::with_simd(descend = pulp::Arch::new())]
#[inline(always)]
fn descend_with_simd<'a, S: pulp::Simd>(
    _: S,
    values: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    by: [f32; 3],
) {
    let [scale, step, epsilon] = by;
    let moments = first.iter_mut().zip(second.iter_mut());
    for ((value, &gradient), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
        let g = gradient * scale;
        *m = BETA1 * *m + (1.0 - BETA1) * g;
        *v = BETA2 * *v + (1.0 - BETA2) * g * g;
        *value -= step * *m / (v.sqrt() + epsilon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_moves_by_the_learning_rate() {
        let mut m = Moments::default();
        let mut values = vec![1.0, 1.0];
        m.update(&mut values, &Gradient::Sum(vec![5.0, -0.001]), 0.1, 1.0);
        assert!((values[0] - 0.9).abs() < 1e-5 && (values[1] - 1.1).abs() < 1e-4);
    }

    #[test]
    fn adam_finds_the_minimum_of_a_parabola() {
        let (mut m, mut x) = (Moments::default(), vec![3.0f32]);
        for _ in 0..2000 {
            let g = vec![2.0 * (x[0] - 1.0)];
            m.update(&mut x, &Gradient::Sum(g), 0.02, 1.0);
        }
        assert!((x[0] - 1.0).abs() < 1e-3);
    }

    #[test]
    fn rates_follow_the_field_names() {
        let rates = Rates {
            model: 1.0,
            guide: 2.0,
            likelihood: 3.0,
        };
        assert_eq!(rates.of("model.prior.table"), 1.0);
        assert_eq!(rates.of("guide.likelihood"), 2.0);
        assert_eq!(rates.of("model.likelihood"), 3.0);
    }

    #[test]
    fn a_large_count_of_updates_survives_saving() {
        let mut adam = Adam::default();
        let m = Moments {
            updates: 70_001,
            first: vec![1.0],
            second: vec![2.0],
        };
        adam.moments.insert("model.x".into(), m);
        let again = Adam::load(&adam.save(), &weights(1)).unwrap();
        assert_eq!(again.moments["model.x"].updates, 70_001);
    }

    fn weights(length: usize) -> BTreeMap<String, Array> {
        let array = Array {
            shape: vec![length],
            values: vec![0.5; length],
        };
        [("model.x".to_owned(), array)].into()
    }

    #[test]
    fn moments_that_cannot_be_are_refused() {
        let saved = |first: f32, second: f32| {
            let mut adam = Adam::default();
            let m = Moments {
                updates: 3,
                first: vec![first; 2],
                second: vec![second; 2],
            };
            adam.moments.insert("model.x".into(), m);
            adam.save()
        };
        assert!(Adam::load(&saved(1.0, 1.0), &weights(2)).is_ok());
        let refused = |arrays, length| Adam::load(&arrays, &weights(length)).unwrap_err();
        assert!(matches!(
            refused(saved(1.0, 1.0), 3),
            StateError::Shape { expected, found, .. } if (&expected[..], &found[..]) == (&[3], &[2])
        ));
        for (first, second) in [(f32::NAN, 1.0), (1.0, f32::INFINITY), (1.0, -1.0)] {
            let error = refused(saved(first, second), 2);
            assert!(matches!(error, StateError::NotFinite { .. }), "{error}");
        }
        let error = Adam::load(&saved(1.0, 1.0), &BTreeMap::new()).unwrap_err();
        assert!(matches!(error, StateError::Missing { name } if name == "model.x"));
        let mut torn = saved(1.0, 1.0);
        torn.remove("model.x.second");
        assert!(matches!(refused(torn, 2), StateError::Missing { .. }));
    }
}
