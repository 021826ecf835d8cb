//! Modules: structures whose parameters have names, the paths of the fields that lead to them.

use std::fmt::Debug;
use std::ops::{Add, Deref};

use burn_tensor::{Device, Tensor};
pub use helmholtz_derive::Module;

/// A structure of parameters, derived by `#[derive(Module)]`.
///
/// Every field takes part, unless it is marked `#[module(skip)]`. The parameters of a field that is marked
/// `#[module(flatten)]` are named as if they stood in its place.
///
/// ```
/// use helmholtz_nn::tensor::Tensor;
/// use helmholtz_nn::{Linear, Module, training_device};
/// use helmholtz_math::random::Stream;
///
/// #[derive(Clone, Debug, Module)]
/// struct Doubt {
///     layer: Linear,
///     #[module(skip)]
///     name: String,
/// }
///
/// let layer = Linear::new(2, 3, &mut Stream::at([1, 0, 0, 0]), &training_device());
/// let doubt = Doubt { layer, name: "d".into() };
/// let names: Vec<String> = helmholtz_nn::export(&doubt).into_keys().collect();
/// assert_eq!(names, ["layer.bias", "layer.weight"]);
/// ```
pub trait Module: Clone + Debug + Send + Sync {
    /// Shows every parameter to a visitor, in the order of the fields.
    fn visit<V: Visitor>(&self, visitor: &mut V);

    /// Replaces every parameter by what a mapper makes of it.
    fn map<M: Mapper>(self, mapper: &mut M) -> Self;

    /// The same outside the gradient graph.
    fn valid(&self) -> Self {
        self.clone().map(&mut Valid)
    }

    /// Where its parameters lie; the processor where it has none.
    fn device(&self) -> Device {
        let mut place = Place(None);
        self.visit(&mut place);
        place.0.unwrap_or_else(Device::flex)
    }

    /// How many numbers its parameters have.
    fn num_params(&self) -> usize {
        Size::of(self).weights
    }
}

/// What looks at parameters.
pub trait Visitor {
    /// What follows is below a field (or a variant, or an element) of this name.
    fn enter(&mut self, _name: &str) {}

    /// That was all of the field entered last.
    fn exit(&mut self) {}

    /// A parameter.
    fn visit<const D: usize>(&mut self, param: &Param<D>);
}

/// What changes parameters.
pub trait Mapper {
    /// What follows is below a field (or a variant, or an element) of this name.
    fn enter(&mut self, _name: &str) {}

    /// That was all of the field entered last.
    fn exit(&mut self) {}

    /// What takes the place of a parameter.
    fn map<const D: usize>(&mut self, param: Param<D>) -> Param<D>;
}

/// A tensor that is learned.
#[derive(Clone, Debug)]
pub struct Param<const D: usize>(Tensor<D>);

impl<const D: usize> Param<D> {
    /// A leaf of the graph, on a device that has graphs.
    pub fn from_tensor(value: Tensor<D>) -> Self {
        Self(match value.is_autodiff() {
            true => value.require_grad(),
            false => value,
        })
    }

    /// One that no gradient is asked of: to be looked at, or replaced.
    pub(crate) fn untracked(value: Tensor<D>) -> Self {
        Self(value)
    }

    /// Its value, in the graph.
    pub fn val(&self) -> Tensor<D> {
        self.0.clone()
    }

    /// Its value, which nobody else holds if nobody else held it.
    pub fn into_value(self) -> Tensor<D> {
        self.0
    }
}

impl<const D: usize> Deref for Param<D> {
    type Target = Tensor<D>;

    fn deref(&self) -> &Tensor<D> {
        &self.0
    }
}

impl<const D: usize> Module for Param<D> {
    fn visit<V: Visitor>(&self, visitor: &mut V) {
        visitor.visit(self);
    }

    fn map<M: Mapper>(self, mapper: &mut M) -> Self {
        mapper.map(self)
    }
}

impl<T: Module> Module for Vec<T> {
    fn visit<V: Visitor>(&self, visitor: &mut V) {
        for (i, module) in self.iter().enumerate() {
            visitor.enter(&i.to_string());
            module.visit(visitor);
            visitor.exit();
        }
    }

    fn map<M: Mapper>(self, mapper: &mut M) -> Self {
        let one = |(i, module): (usize, T)| {
            mapper.enter(&i.to_string());
            let module = module.map(mapper);
            mapper.exit();
            module
        };
        self.into_iter().enumerate().map(one).collect()
    }
}

impl<T: Module> Module for Option<T> {
    fn visit<V: Visitor>(&self, visitor: &mut V) {
        self.iter().for_each(|module| module.visit(visitor));
    }

    fn map<M: Mapper>(self, mapper: &mut M) -> Self {
        self.map(|module| module.map(mapper))
    }
}

/// Numbers that are not learned, such as sizes.
macro_rules! constants {
    ($($constant:ty),*) => {
        $(impl Module for $constant {
            fn visit<V: Visitor>(&self, _: &mut V) {}

            fn map<M: Mapper>(self, _: &mut M) -> Self {
                self
            }
        })*
    };
}

constants!(bool, u64, usize, f32, f64);

struct Valid;

impl Mapper for Valid {
    fn map<const D: usize>(&mut self, param: Param<D>) -> Param<D> {
        Param(param.0.without_autodiff())
    }
}

struct Place(Option<Device>);

impl Visitor for Place {
    fn visit<const D: usize>(&mut self, param: &Param<D>) {
        self.0.get_or_insert_with(|| param.0.device());
    }
}

/// How large a module is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// The numbers of all parameters.
    pub weights: usize,
    /// The numbers that all of its layers put out when each is applied once.
    pub outputs: usize,
}

impl Size {
    /// Of a module, which may be [`hollow`](crate::hollow).
    pub fn of<M: Module>(module: &M) -> Self {
        let mut size = Self::default();
        module.visit(&mut size);
        size
    }
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            weights: self.weights.saturating_add(other.weights),
            outputs: self.outputs.saturating_add(other.outputs),
        }
    }
}

impl Visitor for Size {
    fn visit<const D: usize>(&mut self, param: &Param<D>) {
        let shape: [usize; D] = param.0.dims();
        // A single row is a bias, or where something begins.
        let outputs = match shape.as_slice() {
            [] | [1, ..] => 0,
            [.., columns] => *columns,
        };
        let weights = shape.into_iter().fold(1, usize::saturating_mul);
        *self = *self + Self { weights, outputs };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{export, import, training_device, vector};

    #[derive(Clone, Debug, Module)]
    struct Leaf {
        weight: Param<1>,
        size: usize,
    }

    #[derive(Clone, Debug, Module)]
    #[allow(clippy::large_enum_variant, reason = "it lives for a moment")]
    enum Either {
        One(Option<Leaf>),
        Many(Vec<Leaf>),
    }

    #[derive(Clone, Debug, Module)]
    struct Tree<T> {
        left: Either,
        right: Option<Leaf>,
        other: T,
        #[module(skip)]
        name: &'static str,
    }

    fn leaf(value: f32) -> Leaf {
        Leaf {
            weight: Param::from_tensor(vector(vec![value; 2], &training_device())),
            size: 2,
        }
    }

    fn tree() -> Tree<Either> {
        Tree {
            left: Either::Many(vec![leaf(1.0), leaf(2.0)]),
            right: Some(leaf(3.0)),
            other: Either::One(Some(leaf(4.0))),
            name: "oak",
        }
    }

    #[test]
    fn parameters_are_called_by_the_paths_that_lead_to_them() {
        let arrays = export(&tree());
        let names: Vec<&str> = arrays.keys().map(String::as_str).collect();
        let want = [
            "left.Many.0.weight",
            "left.Many.1.weight",
            "other.One.weight",
            "right.weight",
        ];
        assert_eq!(names, want);
        assert_eq!(arrays["left.Many.1.weight"].values, [2.0, 2.0]);
        let (tree, again) = (tree(), import(tree(), &arrays));
        assert_eq!(
            (tree.num_params(), tree.name, tree.right.map(|l| l.size)),
            (8, "oak", Some(2))
        );
        assert!(again.is_ok_and(|again| export(&again) == arrays));
    }

    #[test]
    fn a_valid_module_is_outside_the_graph() {
        let tree = tree();
        assert!(tree.device().is_autodiff() && !tree.valid().device().is_autodiff());
        let Either::One(Some(leaf)) = tree.valid().other else {
            return assert_eq!(tree.name, "the variant stays");
        };
        assert!(!leaf.weight.val().is_require_grad());
        assert!(
            !Leaf {
                weight: leaf.weight,
                size: 1
            }
            .device()
            .is_autodiff()
        );
    }
}
