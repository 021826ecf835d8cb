//! The inside of the tensor library: where its numbers lie, and how an operation enters its graph.

use std::ops::Deref;
use std::sync::Arc;

use burn_backend::tensor::FloatTensor;
use burn_backend::{AutodiffBackend, TensorMetadata};
use burn_dispatch::backends::autodiff::checkpoint::{
    base::Checkpointer, strategy::NoCheckpointing,
};
use burn_dispatch::backends::autodiff::grads::Gradients;
use burn_dispatch::backends::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn_dispatch::backends::flex::FlexTensor;
use burn_dispatch::backends::{Autodiff, Flex};
use burn_dispatch::{
    BackendTensor, DispatchAutodiffContext, DispatchKindConversion, DispatchTensor,
};
use burn_tensor::{DType, Tensor, TensorData};

use super::{Kernel, Vjp};
use crate::factors;

/// The most inputs of one node; the library wants their number at compile time. [`super::joined`] is for more.
pub(super) const MOST_INPUTS: usize = 8;

/// A tensor of any rank, as a kernel takes it.
#[derive(Clone, Debug)]
pub struct Input(DispatchTensor);

impl<const D: usize> From<Tensor<D>> for Input {
    fn from(tensor: Tensor<D>) -> Self {
        Self(tensor.into_dispatch())
    }
}

impl<const D: usize> From<&Tensor<D>> for Input {
    fn from(tensor: &Tensor<D>) -> Self {
        tensor.clone().into()
    }
}

/// A tensor in the graph.
type Tracked = FloatTensor<Autodiff<Flex>>;

/// A tensor as the library computes with it.
enum Primitive {
    Constant(FlexTensor),
    Tracked(Tracked),
}

impl Primitive {
    /// The one backend of this crate is `Flex`, with or without the graph, and without checkpointing of its own.
    fn of(tensor: DispatchTensor) -> Self {
        let tracked = tensor.autodiff != DispatchAutodiffContext::Disabled;
        let found = match tracked {
            true => DispatchTensor::try_into_backend(tensor)
                .map(|t: BackendTensor<Autodiff<Flex>>| Self::Tracked(t.float())),
            false => DispatchTensor::try_into_backend(tensor)
                .map(|t: BackendTensor<Flex>| Self::Constant(t.float())),
        };
        found.unwrap_or_else(|other| unreachable!("tensors lie on the processor: {other}"))
    }

    /// The numbers, row by row.
    ///
    /// A view or another order is copied into place; another type than `f32` would read as nothing, so it is refused.
    fn numbers(&self) -> FlexTensor {
        let tensor = match self {
            Self::Constant(tensor) => tensor,
            Self::Tracked(tensor) => tensor.primitive(),
        };
        let dtype = tensor.dtype();
        assert!(
            dtype == DType::F32,
            "kernels compute with f32, and this tensor holds {dtype:?}"
        );
        tensor.to_contiguous()
    }

    /// The same in the graph, where it has no gradient if it had none before.
    fn tracked(self) -> Tracked {
        match self {
            Self::Tracked(tensor) => tensor,
            Self::Constant(tensor) => <Autodiff<Flex> as AutodiffBackend>::from_inner(tensor),
        }
    }
}

impl Input {
    /// How many numbers it has.
    pub(super) fn len(&self) -> usize {
        self.0.shape().num_elements()
    }
}

/// The numbers of a tensor where they lie in memory, row by row.
pub struct Numbers(FlexTensor);

impl Deref for Numbers {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        slice(&self.0)
    }
}

/// The numbers of a tensor, not copied unless it is a view. (The library's own way copies shared ones three
/// times.)
pub fn numbers<const D: usize>(tensor: &Tensor<D>) -> Numbers {
    Numbers(Primitive::of(tensor.clone().into_dispatch()).numbers())
}

/// The number of a tensor's node in the graph, if it is in one.
pub(crate) fn node<const D: usize>(tensor: &Tensor<D>) -> Option<u64> {
    match Primitive::of(tensor.clone().into_dispatch()) {
        Primitive::Constant(_) => None,
        Primitive::Tracked(tensor) => Some(tensor.id().value),
    }
}

/// The numbers of a tensor that is not needed any more: not copied where nobody else holds them and they came from
/// a vector.
pub(crate) fn into_numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let held = numbers(&tensor);
    drop(tensor);
    match held.0.is_unique() {
        true => held.0.into_data().try_into_vec::<f32>().unwrap_or_default(),
        false => held.to_vec(),
    }
}

/// Applies a kernel of at most [`MOST_INPUTS`] inputs.
pub(super) fn apply<const D: usize>(kernel: Arc<dyn Kernel>, inputs: Vec<Input>) -> Tensor<D> {
    let inputs: Vec<Primitive> = inputs.into_iter().map(|i| Primitive::of(i.0)).collect();
    let tracked = |p: &Primitive| matches!(p, Primitive::Tracked(_));
    Tensor::from_dispatch(match inputs.iter().any(tracked) {
        true => {
            let output = BackendTensor::<Autodiff<Flex>>::Float(entered(kernel, inputs));
            DispatchTensor::from_backend(output)
        }
        false => {
            let numbers: Vec<FlexTensor> = inputs.iter().map(Primitive::numbers).collect();
            let value = tensor(kernel.forward(&slices(&numbers), None), kernel.shape());
            DispatchTensor::from_backend(BackendTensor::<Flex>::Float(value))
        }
    })
}

fn entered(kernel: Arc<dyn Kernel>, inputs: Vec<Primitive>) -> Tracked {
    match inputs.len() {
        1 => recorded::<1>(kernel, inputs),
        2 => recorded::<2>(kernel, inputs),
        3 => recorded::<3>(kernel, inputs),
        4 => recorded::<4>(kernel, inputs),
        5 => recorded::<5>(kernel, inputs),
        6 => recorded::<6>(kernel, inputs),
        7 => recorded::<7>(kernel, inputs),
        MOST_INPUTS => recorded::<MOST_INPUTS>(kernel, inputs),
        n => unreachable!("{n} inputs of one node"),
    }
}

/// One node of the graph, with `N` parents.
fn recorded<const N: usize>(kernel: Arc<dyn Kernel>, inputs: Vec<Primitive>) -> Tracked {
    let tensors: Vec<FlexTensor> = inputs.iter().map(Primitive::numbers).collect();
    let mut inputs = inputs.into_iter().map(Primitive::tracked);
    let nodes: [NodeGuard; N] = std::array::from_fn(|_| match inputs.next() {
        Some(input) => input.into_parts().1,
        None => unreachable!("as many inputs as parents"),
    });
    let prepared = KernelBackward.prepare::<NoCheckpointing>(nodes);
    match prepared.compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let mut kept = Vec::new();
            let value = kernel.forward(&slices(&tensors), Some(&mut kept));
            let output = tensor(value, kernel.shape());
            let inputs = tensors.into_iter().enumerate();
            let state = KernelState {
                inputs: inputs
                    .map(|(i, input)| Held::new(input, kernel.reads_input(i)))
                    .collect(),
                output: Held::new(output.clone(), kernel.reads_output()),
                kernel,
                kept,
            };
            prep.finish(state, output)
        }
        OpsKind::UnTracked(prep) => prep.finish(tensor(
            kernel.forward(&slices(&tensors), None),
            kernel.shape(),
        )),
    }
}

#[derive(Clone, Debug)]
struct KernelState {
    kernel: Arc<dyn Kernel>,
    inputs: Vec<Held>,
    output: Held,
    kept: Vec<Vec<f32>>,
}

/// A tensor's shape, and the tensor as long as its numbers are needed.
#[derive(Clone, Debug)]
struct Held {
    shape: Vec<usize>,
    tensor: Option<FlexTensor>,
}

impl Held {
    fn new(tensor: FlexTensor, read: bool) -> Self {
        Self {
            shape: tensor.shape().to_vec(),
            tensor: read.then_some(tensor),
        }
    }

    fn numbers(&self) -> &[f32] {
        self.tensor.as_ref().map_or(&[], slice)
    }
}

#[derive(Debug)]
struct KernelBackward;

impl<const N: usize> Backward<Flex, N> for KernelBackward {
    type State = KernelState;

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let KernelState {
            kernel,
            inputs: held,
            output,
            kept,
        } = ops.state;
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        let inputs: Vec<&[f32]> = held.iter().map(Held::numbers).collect();
        let lengths: Vec<usize> = held.iter().map(|h| h.shape.iter().product()).collect();
        let asked = ops.parents.each_ref().map(Option::is_some);
        let vjp = Vjp {
            wanted: &asked,
            inputs: &inputs,
            lengths: &lengths,
            output: output.numbers(),
            kept,
            gradient: slice(&gradient),
        };
        let mut wanted = asked;
        for (i, parent) in ops.parents.iter().enumerate() {
            // The gradient by anything but a parameter is still to be passed on.
            let parameter = parent.as_ref().filter(|node| node.parents.is_empty());
            if let Some(node) = parameter.filter(|_| factors::wanted())
                && let Some(factors) = kernel.factors(i, &vjp)
            {
                factors::leave(node.id.value, factors);
                wanted[i] = false;
            }
        }
        let gradients = kernel.backward(Vjp {
            wanted: &wanted,
            ..vjp
        });
        let each = ops.parents.iter().zip(wanted).zip(&held);
        for (((parent, wanted), input), gradient) in each.zip(gradients) {
            if let Some(parent) = parent.as_ref().filter(|_| wanted) {
                grads.register::<Flex>(parent.id, tensor(gradient, input.shape.clone()));
            }
        }
    }
}

fn slices(tensors: &[FlexTensor]) -> Vec<&[f32]> {
    tensors.iter().map(slice).collect()
}

/// A contiguous tensor's numbers. [`Primitive::numbers`] has seen to it that they are `f32`, and gradients have the type
/// of what they are gradients of, so an empty slice stands only for an empty tensor.
fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().unwrap_or(&[])
}

fn tensor(value: Vec<f32>, shape: Vec<usize>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(value, shape))
}
