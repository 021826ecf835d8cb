//! Parameters by name: how weights leave a module and come back.
//!
//! The name is the path of fields, such as `prior.lstm.table`. The tensor library's own identifiers are
//! random, so nothing that is saved may depend on them.

use std::collections::BTreeMap;

use crate::module::{Mapper, Module, Param, Visitor};
use burn_tensor::{Device, Tensor, TensorData};

use super::host;
use helmholtz_math::error::StateError;

/// A named array of a checkpoint: its shape and its numbers, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The size of each dimension.
    pub shape: Vec<usize>,
    /// As many numbers as the shape says.
    pub values: Vec<f32>,
}

/// The path of fields on the way through a module.
#[derive(Default)]
pub(super) struct Path(Vec<String>);

impl Path {
    pub(super) fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    pub(super) fn exit(&mut self) {
        self.0.pop();
    }

    pub(super) fn name(&self) -> String {
        self.0.join(".")
    }
}

/// All parameters of a module, by name.
pub fn export<M: Module>(module: &M) -> BTreeMap<String, Array> {
    let mut exporter = Exporter::default();
    module.visit(&mut exporter);
    exporter.arrays
}

/// The module with its parameters replaced.
///
/// # Errors
/// When a parameter is missing from `arrays`, has another shape, or holds a number that is not finite.
pub fn import<M: Module>(module: M, arrays: &BTreeMap<String, Array>) -> Result<M, StateError> {
    let mut importer = Importer {
        path: Path::default(),
        arrays,
        problem: None,
    };
    let module = module.map(&mut importer);
    match importer.problem {
        Some(problem) => Err(problem),
        None => Ok(module),
    }
}

#[derive(Default)]
struct Exporter {
    path: Path,
    arrays: BTreeMap<String, Array>,
}

impl Visitor for Exporter {
    fn enter(&mut self, name: &str) {
        self.path.enter(name);
    }

    fn exit(&mut self) {
        self.path.exit();
    }

    fn visit<const D: usize>(&mut self, param: &Param<D>) {
        let value = param.val();
        let array = Array {
            shape: value.dims().to_vec(),
            values: host(&value),
        };
        self.arrays.insert(self.path.name(), array);
    }
}

struct Importer<'a> {
    path: Path,
    arrays: &'a BTreeMap<String, Array>,
    problem: Option<StateError>,
}

impl Importer<'_> {
    fn find(&self, shape: &[usize]) -> Result<&Array, StateError> {
        let name = self.path.name();
        let Some(array) = self.arrays.get(&name) else {
            return Err(StateError::Missing { name });
        };
        if array.shape != shape || array.values.len() != shape.iter().product::<usize>() {
            let (expected, found) = (shape.to_vec(), array.shape.clone());
            return Err(StateError::Shape {
                name,
                expected,
                found,
            });
        }
        match array.values.iter().all(|v| v.is_finite()) {
            true => Ok(array),
            false => Err(StateError::NotFinite { name }),
        }
    }
}

impl Mapper for Importer<'_> {
    fn enter(&mut self, name: &str) {
        self.path.enter(name);
    }

    fn exit(&mut self) {
        self.path.exit();
    }

    fn map<const D: usize>(&mut self, param: Param<D>) -> Param<D> {
        let value = param.into_value();
        let value = match self.find(&value.dims()) {
            Ok(array) => replaced(&value, array.values.clone()),
            Err(problem) => {
                self.problem.get_or_insert(problem);
                value
            }
        };
        Param::from_tensor(value)
    }
}

/// A parameter's tensor with new numbers, still a leaf that asks for its gradient.
pub(super) fn replaced<const D: usize>(old: &Tensor<D>, values: Vec<f32>) -> Tensor<D> {
    leaf(values, old.dims(), &old.device())
}

/// A parameter's tensor, which asks for its gradient on a device that has graphs.
pub(super) fn leaf<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    let new = Tensor::from_data(TensorData::new(values, shape), device);
    match new.is_autodiff() {
        true => new.require_grad(),
        false => new,
    }
}
