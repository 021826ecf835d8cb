//! Given programs as a network reads and writes them.

use helmholtz_nn::tensor::Tensor;

use super::Language;
use helmholtz_nn::{Before, ChoiceKernel, Forest, Masks, Packed, Shared, apply};

/// Given programs as a network reads and writes them.
pub struct Script {
    /// One tree of steps per group of programs; a step per symbol, and one for the end.
    pub forest: Forest,
    /// The group of each tree.
    pub groups: Vec<usize>,
    /// The symbol before each step of the forest.
    pub read: Vec<u8>,
    mask: Vec<u16>,
    masks: Masks,
    /// The steps of each program.
    paths: Packed,
    nodes: Vec<usize>,
    written: Vec<u8>,
    /// Per program, whether the language allows it; one that it does not has probability zero.
    allowed: Vec<bool>,
}

/// A step of a script.
pub struct Node {
    /// Its number among all.
    pub number: usize,
    /// The row of the step that it continues in the level before, or of the first level its tree.
    pub parent: usize,
    /// The symbol before it.
    pub read: u8,
}

impl Script {
    /// The script of some programs; those of a group share their beginnings. A program outside the language
    /// is replaced by its stand-in and marked.
    pub fn new<L: Language>(programs: &[L::Program], groups: &[usize], language: &L) -> Self {
        let own: Vec<Option<Vec<u8>>> = programs.iter().map(|p| language.symbols(p)).collect();
        let allowed = own.iter().map(Option::is_some).collect();
        let stand_in = language.symbols(&language.stand_in()).unwrap_or_default();
        let symbols: Vec<Vec<u8>> = own
            .into_iter()
            .map(|s| s.unwrap_or_else(|| stand_in.clone()))
            .collect();
        let read = |s: &Vec<u8>| [&[L::END], &s[..]].concat();
        let shared = Shared::new(groups, &symbols.iter().map(read).collect::<Vec<_>>());
        let (mut written, mut mask) = (vec![], vec![0; shared.tokens.len()]);
        for (i, symbols) in symbols.iter().enumerate() {
            let mut state = language.start();
            for (step, &node) in shared.nodes[shared.paths.range(i)].iter().enumerate() {
                mask[node] = language.mask(&state);
                let symbol = symbols.get(step).copied().unwrap_or(L::END);
                written.push(symbol);
                language.push(&mut state, symbol);
            }
        }
        Self {
            forest: shared.forest,
            groups: shared.groups,
            read: shared.tokens,
            mask,
            masks: language.all_masks(),
            paths: shared.paths,
            nodes: shared.nodes,
            written,
            allowed,
        }
    }

    /// The steps by their depth: those of a level continue some of the one before.
    pub fn levels(&self) -> Vec<Vec<Node>> {
        let levels = self.forest.levels(&(0..self.forest.trees().len()));
        let mut places = vec![0; self.read.len()];
        let rows = levels.iter().flat_map(|level| level.iter().enumerate());
        rows.for_each(|(row, &number)| places[number] = row);
        let node = |&number: &usize| Node {
            number,
            parent: match self.forest.before(number) {
                Before::Start(tree) => tree,
                Before::Node(parent) => places[parent],
            },
            read: self.read[number],
        };
        levels
            .iter()
            .map(|level| level.iter().map(node).collect())
            .collect()
    }

    /// Per program, 0 where the language allows it and -inf where it does not.
    pub fn exact(&self) -> Vec<f64> {
        let value = |&allowed: &bool| if allowed { 0.0 } else { f64::NEG_INFINITY };
        self.allowed.iter().map(value).collect()
    }

    /// Per program, its last step: the one that has read all of it.
    pub fn ends(&self) -> Vec<usize> {
        let last = |i| self.nodes[self.paths.range(i).end - 1];
        (0..self.paths.len()).map(last).collect()
    }

    /// The log-probability of each program, `[programs]`, from the logits of every step of the forest,
    /// `[steps, symbols]`.
    pub fn log_prob(self, logits: Tensor<2>) -> Tensor<1> {
        let kernel = ChoiceKernel {
            paths: self.paths,
            nodes: self.nodes,
            chosen: self.written,
            mask: self.mask,
            masks: self.masks,
        };
        apply(kernel, [logits.into()])
    }
}
