//! Hand-written operations inside the autodiff graph.
//!
//! A [`Kernel`] is plain Rust over `f32` slices: a forward pass that may keep what it will need, and a
//! pullback. [`apply1`] to [`apply4`] enter it as one node of the graph. So what is hot (sequence networks, attention,
//! masked softmax) runs without op-by-op overhead, and everything that we know about the tensor
//! library's extension interface is in this file.

use std::fmt::Debug;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DispatchTensor, Tensor, TensorData};

use super::factors::{self, Factors};

/// A differentiable operation, written over slices.
pub trait Kernel: Debug + Send + Sync + 'static {
    /// The shape of the output.
    fn shape(&self) -> Vec<usize>;

    /// The value. `kept` is given when a gradient will be asked for: what is pushed there comes back in
    /// [`Kernel::backward`].
    fn forward(&self, inputs: &[&[f32]], kept: Option<&mut Vec<Vec<f32>>>) -> Vec<f32>;

    /// One gradient per input, each as long as its input.
    fn backward(&self, pull: Pull<'_>) -> Vec<Vec<f32>>;

    /// Whether the pullback reads the numbers of an input. Others are not kept and come back empty.
    fn reads_input(&self, _input: usize) -> bool {
        true
    }

    /// Whether the pullback reads the output, which otherwise comes back empty.
    fn reads_output(&self) -> bool {
        true
    }

    /// The gradient by an input as the factors that it is the product of, where it is one and they pay; asked for
    /// parameters only, whose gradient then need not be computed.
    fn factors(&self, _input: usize, _pull: &Pull<'_>) -> Option<Factors> {
        None
    }
}

/// What a pullback is given.
pub struct Pull<'a> {
    /// The inputs of the forward pass that are read.
    pub inputs: &'a [&'a [f32]],
    /// How many numbers each input has.
    pub(crate) lengths: &'a [usize],
    /// The output of the forward pass, if it is read.
    pub(crate) output: &'a [f32],
    /// What the forward pass kept, which may be overwritten.
    pub kept: Vec<Vec<f32>>,
    /// The gradient by the output.
    pub gradient: &'a [f32],
    /// Per input, whether anybody asks for its gradient; one that nobody asks for may be left empty.
    pub(crate) wanted: &'a [bool],
}

/// Applies a kernel of one input; the result has the kernel's shape and its gradient.
pub fn apply1<const D: usize>(kernel: impl Kernel, input: DispatchTensor) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::one_input(input, Arc::new(kernel)))
}

/// Applies a kernel of two inputs.
pub fn apply2<const D: usize>(kernel: impl Kernel, [a, b]: [DispatchTensor; 2]) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::two_inputs(a, b, Arc::new(kernel)))
}

/// Applies a kernel of three inputs.
pub fn apply3<const D: usize>(kernel: impl Kernel, [a, b, c]: [DispatchTensor; 3]) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::three_inputs(a, b, c, Arc::new(kernel)))
}

/// Applies a kernel of four inputs.
pub fn apply4<const D: usize>(kernel: impl Kernel, [a, b, c, d]: [DispatchTensor; 4]) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::four_inputs(a, b, c, d, Arc::new(kernel)))
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
    let held = Arc::new(OnceLock::new());
    let _ = Dispatch::hold(tensor.clone().into_dispatch(), Arc::clone(&held));
    let empty = || FlexTensor::from_data(TensorData::new(Vec::<f32>::new(), [0]));
    Numbers(held.get().cloned().unwrap_or_else(empty))
}

/// The number of a tensor's node in the graph, if it is in one.
pub(crate) fn node<const D: usize>(tensor: &Tensor<D>) -> Option<u64> {
    let held = Arc::new(OnceLock::new());
    let _ = Dispatch::place(tensor.clone().into_dispatch(), Arc::clone(&held));
    held.get().copied()
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

/// The extension of the tensor library; its dispatch takes tensors one by one, hence the arities.
#[backend_extension(Autodiff, Flex)]
trait KernelOps: Backend {
    fn one_input(a: FloatTensor<Self>, kernel: Arc<dyn Kernel>) -> FloatTensor<Self>;
    fn two_inputs(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        kernel: Arc<dyn Kernel>,
    ) -> FloatTensor<Self>;
    fn three_inputs(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        kernel: Arc<dyn Kernel>,
    ) -> FloatTensor<Self>;
    fn four_inputs(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        kernel: Arc<dyn Kernel>,
    ) -> FloatTensor<Self>;
    /// Leaves the tensor that the library computes with where it can be read.
    fn hold(a: FloatTensor<Self>, held: Arc<OnceLock<FlexTensor>>) -> FloatTensor<Self>;
    /// Leaves the number of the tensor's node in the graph, if there is one, where it can be read.
    fn place(a: FloatTensor<Self>, held: Arc<OnceLock<u64>>) -> FloatTensor<Self>;
}

impl KernelOps for Flex {
    fn one_input(a: FlexTensor, kernel: Arc<dyn Kernel>) -> FlexTensor {
        untracked([a], &*kernel)
    }

    fn two_inputs(a: FlexTensor, b: FlexTensor, kernel: Arc<dyn Kernel>) -> FlexTensor {
        untracked([a, b], &*kernel)
    }

    fn three_inputs(
        a: FlexTensor,
        b: FlexTensor,
        c: FlexTensor,
        kernel: Arc<dyn Kernel>,
    ) -> FlexTensor {
        untracked([a, b, c], &*kernel)
    }

    fn four_inputs(
        a: FlexTensor,
        b: FlexTensor,
        c: FlexTensor,
        d: FlexTensor,
        kernel: Arc<dyn Kernel>,
    ) -> FlexTensor {
        untracked([a, b, c, d], &*kernel)
    }

    fn hold(a: FlexTensor, held: Arc<OnceLock<FlexTensor>>) -> FlexTensor {
        held.get_or_init(|| a.to_contiguous()).clone()
    }

    fn place(a: FlexTensor, _: Arc<OnceLock<u64>>) -> FlexTensor {
        a
    }
}

impl<C: CheckpointStrategy> KernelOps for Autodiff<Flex, C> {
    fn one_input(a: FloatTensor<Self>, kernel: Arc<dyn Kernel>) -> FloatTensor<Self> {
        tracked::<C, 1>([a], kernel)
    }

    fn two_inputs(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        kernel: Arc<dyn Kernel>,
    ) -> FloatTensor<Self> {
        tracked::<C, 2>([a, b], kernel)
    }

    fn three_inputs(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        kernel: Arc<dyn Kernel>,
    ) -> FloatTensor<Self> {
        tracked::<C, 3>([a, b, c], kernel)
    }

    fn four_inputs(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        kernel: Arc<dyn Kernel>,
    ) -> FloatTensor<Self> {
        tracked::<C, 4>([a, b, c, d], kernel)
    }

    fn hold(a: FloatTensor<Self>, held: Arc<OnceLock<FlexTensor>>) -> FloatTensor<Self> {
        let primitive = a.clone().into_primitive();
        held.get_or_init(|| primitive.to_contiguous());
        a
    }

    fn place(a: FloatTensor<Self>, held: Arc<OnceLock<u64>>) -> FloatTensor<Self> {
        held.get_or_init(|| a.node().id().value);
        a
    }
}

fn untracked<const N: usize>(inputs: [FlexTensor; N], kernel: &dyn Kernel) -> FlexTensor {
    let inputs = inputs.map(|t| t.to_contiguous());
    tensor(kernel.forward(&slices(&inputs), None), kernel.shape())
}

type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

fn tracked<C: CheckpointStrategy, const N: usize>(
    inputs: [Tracked<C>; N],
    kernel: Arc<dyn Kernel>,
) -> Tracked<C> {
    let nodes = inputs.each_ref().map(|input| input.node());
    let tensors: Vec<_> = inputs.map(|i| i.into_primitive().to_contiguous()).into();
    match KernelBackward
        .prepare::<C>(nodes)
        .compute_bound()
        .stateful()
    {
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
        let pull = Pull {
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
                && let Some(factors) = kernel.factors(i, &pull)
            {
                factors::leave(node.id.value, factors);
                wanted[i] = false;
            }
        }
        let pulled = kernel.backward(Pull {
            wanted: &wanted,
            ..pull
        });
        let each = ops.parents.iter().zip(wanted).zip(&held);
        for (((parent, wanted), input), pulled) in each.zip(pulled) {
            if let Some(parent) = parent.as_ref().filter(|_| wanted) {
                grads.register::<Flex>(parent.id, tensor(pulled, input.shape.clone()));
            }
        }
    }
}

fn slices(tensors: &[FlexTensor]) -> Vec<&[f32]> {
    tensors.iter().map(slice).collect()
}

/// A contiguous tensor's numbers. Every tensor of this crate is `f32`, so an empty slice stands only for
/// an empty tensor.
fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().unwrap_or(&[])
}

fn tensor(value: Vec<f32>, shape: Vec<usize>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(value, shape))
}
