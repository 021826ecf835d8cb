//! Sequences that share their beginnings.
//!
//! The programs proposed for an observation begin alike, and so do the members of its memory. What a
//! recurrent network knows after a prefix is the same for all of them, so it is computed once: the
//! sequences become a tree with one node per distinct prefix, and a network runs over the nodes, level by
//! level. In training about half of all steps disappear; nothing is approximated.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::packed::Packed;

/// What a node continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Before {
    /// Nothing: it begins this tree.
    Start(usize),
    /// This node, of the same tree.
    Node(usize),
}

/// Trees of steps. The nodes of a tree are neighbours, and each comes after the one that it continues.
#[derive(Clone, Debug)]
pub struct Forest {
    trees: Packed,
    before: Vec<Before>,
}

/// Sequences of equal length that share their first step.
#[derive(Clone, Copy, Debug)]
pub struct Stem {
    /// How many.
    pub branches: usize,
    /// The steps of each, the first included.
    pub length: usize,
}

impl Stem {
    fn steps(&self) -> usize {
        match self.branches.min(self.length) {
            0 => 0,
            _ => 1 + self.branches * (self.length - 1),
        }
    }

    /// Where step `step` of branch `branch` is among the steps of the tree.
    pub fn place(&self, branch: usize, step: usize) -> usize {
        match step {
            0 => 0,
            _ => branch * (self.length - 1) + step,
        }
    }
}

/// Sequences as paths through a forest.
pub struct Shared {
    /// One tree per group.
    pub forest: Forest,
    /// The group of each tree, in the order in which they first appear.
    pub groups: Vec<usize>,
    /// The token of each node.
    pub tokens: Vec<u8>,
    /// The steps of each sequence.
    pub paths: Packed,
    /// The node of each step.
    pub nodes: Vec<usize>,
}

impl Forest {
    /// One tree per sequence: nothing is shared.
    pub fn chains(sequences: Packed) -> Self {
        let mut before = Vec::with_capacity(sequences.steps());
        for r in 0..sequences.len() {
            let first = sequences.range(r).start;
            before.extend(sequences.range(r).map(|node| match node == first {
                true => Before::Start(r),
                false => Before::Node(node - 1),
            }));
        }
        Self {
            trees: sequences,
            before,
        }
    }

    /// One tree per stem: `branches` chains of `length` steps each that share their first step.
    pub fn branching(stems: &[Stem]) -> Self {
        let trees = Packed::new(stems.iter().map(Stem::steps));
        let mut before = Vec::with_capacity(trees.steps());
        for (tree, stem) in stems.iter().enumerate() {
            let first = trees.range(tree).start;
            before.extend((0..stem.steps()).map(|step| match step {
                0 => Before::Start(tree),
                _ if (step - 1) % (stem.length - 1) == 0 => Before::Node(first),
                _ => Before::Node(first + step - 1),
            }));
        }
        Self { trees, before }
    }

    /// The forest whose tree `r` is a copy of tree `owners[r]` of this one.
    pub fn copies(&self, owners: &[usize]) -> Self {
        let trees = Packed::new(owners.iter().map(|&o| self.trees.length(o)));
        let mut before = Vec::with_capacity(trees.steps());
        for (r, &owner) in owners.iter().enumerate() {
            let (from, to) = (self.trees.range(owner), trees.range(r).start);
            before.extend(self.before[from.clone()].iter().map(|b| match *b {
                Before::Start(_) => Before::Start(r),
                Before::Node(node) => Before::Node(node - from.start + to),
            }));
        }
        Self { trees, before }
    }

    /// The nodes of each tree.
    pub fn trees(&self) -> &Packed {
        &self.trees
    }

    /// What a node continues.
    pub fn before(&self, node: usize) -> Before {
        self.before[node]
    }

    /// The nodes of some trees by depth: those of a level depend only on levels before.
    pub fn levels(&self, trees: &Range<usize>) -> Vec<Vec<usize>> {
        let nodes = self.trees.steps_of(trees);
        let mut depths: Vec<usize> = Vec::with_capacity(nodes.len());
        let mut levels: Vec<Vec<usize>> = vec![];
        for node in nodes.clone() {
            let depth = match self.before[node] {
                Before::Start(_) => 0,
                Before::Node(parent) => depths[parent - nodes.start] + 1,
            };
            depths.push(depth);
            if depth == levels.len() {
                levels.push(vec![]);
            }
            levels[depth].push(node);
        }
        levels
    }
}

impl Shared {
    /// Joins the sequences of each group, `groups[i]` being the group of sequence `i`.
    pub fn new(groups: &[usize], sequences: &[Vec<u8>]) -> Self {
        let mut rows: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        let mut order = vec![];
        for (i, &group) in groups.iter().enumerate() {
            let members = rows.entry(group).or_default();
            if members.is_empty() {
                order.push(group);
            }
            members.push(i);
        }
        let paths = Packed::new(sequences.iter().map(Vec::len));
        let mut nodes = vec![0; paths.steps()];
        let (mut before, mut tokens, mut ends) = (vec![], vec![], vec![]);
        for (tree, group) in order.iter().enumerate() {
            let mut children: FxHashMap<(Before, u8), usize> = FxHashMap::default();
            for &i in &rows[group] {
                let mut at = Before::Start(tree);
                for (step, &token) in paths.range(i).zip(&sequences[i]) {
                    nodes[step] = *children.entry((at, token)).or_insert_with(|| {
                        before.push(at);
                        tokens.push(token);
                        before.len() - 1
                    });
                    at = Before::Node(nodes[step]);
                }
            }
            ends.push(before.len());
        }
        let starts = [0].into_iter().chain(ends.iter().copied());
        let trees = Packed::new(ends.iter().zip(starts).map(|(end, start)| end - start));
        Self {
            forest: Forest { trees, before },
            groups: order,
            tokens,
            paths,
            nodes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        let sequences = [&b"ab"[..], b"x", b"abc", b"ad", b""].map(<[u8]>::to_vec);
        Shared::new(&[7, 3, 7, 7, 3], &sequences)
    }

    #[test]
    fn equal_beginnings_of_a_group_become_one_path() {
        let s = shared();
        assert_eq!((s.groups, &s.tokens[..]), (vec![7, 3], &b"abcdx"[..]));
        assert_eq!(s.nodes, [0, 1, 4, 0, 1, 2, 0, 3]);
        assert_eq!(s.forest.trees().range(0), 0..4);
        assert_eq!(s.forest.before(3), Before::Node(0));
        assert_eq!(s.forest.before(4), Before::Start(1));
    }

    #[test]
    fn levels_come_after_what_they_continue() {
        assert_eq!(
            shared().forest.levels(&(0..2)),
            [vec![0, 4], vec![1, 3], vec![2]]
        );
        assert!(shared().forest.levels(&(0..0)).is_empty());
    }

    #[test]
    fn copies_are_trees_of_their_own() {
        let copies = shared().forest.copies(&[1, 0, 0]);
        assert_eq!(copies.trees().steps(), 9);
        assert_eq!(copies.before(0), Before::Start(0));
        assert_eq!(copies.before(5), Before::Start(2));
        assert_eq!(copies.before(8), Before::Node(5));
    }

    #[test]
    fn branches_share_their_first_step() {
        let stems = [(2, 3), (3, 1), (0, 2), (2, 0), (1, 2)];
        let stems = stems.map(|(branches, length)| Stem { branches, length });
        let forest = Forest::branching(&stems);
        use Before::{Node, Start};
        let before = [
            Start(0),
            Node(0),
            Node(1),
            Node(0),
            Node(3),
            Start(1),
            Start(4),
            Node(6),
        ];
        assert_eq!(forest.before, before);
        assert_eq!(forest.trees().range(1), 5..6);
        let places = |branch| [0, 1, 2].map(|step| stems[0].place(branch, step));
        assert_eq!([places(0), places(1)], [[0, 1, 2], [0, 3, 4]]);
    }

    #[test]
    fn chains_share_nothing() {
        let chains = Forest::chains(Packed::new([2, 0, 1]));
        assert_eq!(
            [0, 1, 2].map(|node| chains.before(node)),
            [Before::Start(0), Before::Node(0), Before::Start(2)]
        );
    }
}
