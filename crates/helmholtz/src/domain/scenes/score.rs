//! How right a parse is, where it is known what a picture shows.

use super::config::Config;
use super::placement::Kind;
use super::program::Stacks;
use super::scene::Truth;

/// A block of which less is seen is hidden.
const SEEN: f64 = 0.2;
/// How far off the edges of a kind may be, as a share, and each of its colours.
const CLOSE: (f64, f64) = (0.05, 0.05);

/// How far off a kind is: the greatest share of an edge, and the greatest difference of a colour.
fn off(truth: &Kind, learned: &Kind) -> (f64, f64) {
    let edges = truth.extent.iter().zip(learned.extent);
    let edges = edges.map(|(t, l)| (l / t - 1.0).abs()).fold(0.0, f64::max);
    let colours = truth.colour.iter().zip(learned.colour);
    (
        edges,
        colours.map(|(t, l)| (l - t).abs()).fold(0.0, f64::max),
    )
}

/// Which learned kind is which true one.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// Per true kind, the learned one.
    pub learned: Vec<Option<usize>>,
    /// Per true kind, the learned ones that stand for it: that one, and others that are as good as the same.
    pub meant: Vec<Vec<usize>>,
    /// How many true kinds were found: edges within 5 %, colours within .05.
    pub found: usize,
    /// The mean over true kinds that were matched of the greatest error of an edge, as a share of it.
    pub edge_error: f64,
    /// The same of the greatest error of a colour.
    pub colour_error: f64,
}

/// Matches as many kinds as can be with the least differences in total.
pub fn matched(truth: &[Kind], learned: &[Kind]) -> Matching {
    let cost = |t: usize, l: usize| {
        let (edges, colours) = off(&truth[t], &learned[l]);
        edges + colours
    };
    // The best pairs for every set of true kinds, with the learned kinds that were looked at so far.
    let nothing = (0.0, vec![None; truth.len()]);
    let mut best: Vec<Option<(f64, Vec<Option<usize>>)>> = vec![None; 1 << truth.len()];
    best[0] = Some(nothing);
    for l in 0..learned.len() {
        for set in (0..best.len()).rev() {
            for t in (0..truth.len()).filter(|t| set >> t & 1 == 1) {
                // Smaller sets do not know of this kind yet.
                let Some((before, mut pairs)) = best[set & !(1 << t)].clone() else {
                    continue;
                };
                let total = before + cost(t, l);
                if best[set].as_ref().is_none_or(|b| total < b.0) {
                    pairs[t] = Some(l);
                    best[set] = Some((total, pairs));
                }
            }
        }
    }
    let sets = best
        .into_iter()
        .enumerate()
        .filter_map(|(set, b)| Some((set, b?)));
    let fullest = sets.max_by(|a, b| {
        let pairs = |set: usize| set.count_ones();
        pairs(a.0).cmp(&pairs(b.0)).then(b.1.0.total_cmp(&a.1.0))
    });
    of_pairs(truth, learned, fullest.map_or(vec![], |b| b.1.1))
}

fn of_pairs(truth: &[Kind], learned: &[Kind], pairs: Vec<Option<usize>>) -> Matching {
    let each = truth.iter().zip(&pairs);
    let errors: Vec<(f64, f64)> = each
        .filter_map(|(t, l)| Some(off(t, &learned[(*l)?])))
        .collect();
    let mean = |error: fn(&(f64, f64)) -> f64| {
        errors.iter().map(error).sum::<f64>() / errors.len().max(1) as f64
    };
    let close = |e: (f64, f64)| e.0 <= CLOSE.0 && e.1 <= CLOSE.1;
    let meant = |(t, pair): (&Kind, &Option<usize>)| {
        let own = |l: &usize| *pair == Some(*l) || close(off(t, &learned[*l]));
        (0..learned.len()).filter(own).collect()
    };
    Matching {
        meant: truth.iter().zip(&pairs).map(meant).collect(),
        found: errors.iter().filter(|&&e| close(e)).count(),
        edge_error: mean(|e| e.0),
        colour_error: mean(|e| e.1),
        learned: pairs,
    }
}

/// What of a scene can be seen.
pub struct Seen {
    /// Of every block, in the order of [`Stacks::each`].
    blocks: Vec<bool>,
    /// The cells of which it cannot be seen what stands there.
    hidden: Vec<usize>,
}

/// What of a scene can be seen from the front. A cell is hidden when no block of it is seen; an empty one, when a block of
/// some kind would not be.
pub fn seen(config: &Config, truth: &Truth) -> Seen {
    let (ground, renderer, kinds) = (config.ground(), config.renderer(), &truth.kinds);
    let towers = ground.towers(&truth.stacks, kinds, &truth.positions);
    let shares = renderer.visible(&towers);
    let all_hidden = |shares: &[f64]| shares.iter().all(|&s| s < SEEN);
    let would_be = |cell: usize, kind: usize| {
        let mut alone = Stacks(vec![vec![]; truth.stacks.0.len()]);
        alone.0[cell] = vec![kind as u8];
        let mut with = towers.clone();
        with[cell] = ground.towers(&alone, kinds, &[0.0]).swap_remove(cell);
        all_hidden(&renderer.visible(&with)[cell])
    };
    let hidden = |&cell: &usize| match truth.stacks.0[cell].is_empty() {
        true => (0..kinds.len()).any(|kind| would_be(cell, kind)),
        false => all_hidden(&shares[cell]),
    };
    Seen {
        blocks: shares.iter().flatten().map(|&s| s >= SEEN).collect(),
        hidden: (0..shares.len()).filter(hidden).collect(),
    }
}

/// How many of the blocks that are seen a parse has right: a block of a kind that stands for the true one, in the same
/// place. And of how many.
pub fn right(truth: &Stacks, seen: &Seen, parse: &Stacks, matching: &Matching) -> [usize; 2] {
    let right = |(cell, place, kind): (usize, usize, u8)| {
        let found = parse.0.get(cell).and_then(|stack| stack.get(place));
        let wanted = matching.meant.get(usize::from(kind));
        let stands = |found: &u8| wanted.is_some_and(|w| w.contains(&usize::from(*found)));
        found.is_some_and(stands)
    };
    let visible = truth.each().zip(&seen.blocks).filter(|(_, seen)| **seen);
    let each: Vec<bool> = visible.map(|(block, _)| right(block)).collect();
    [each.iter().filter(|right| **right).count(), each.len()]
}

/// The Brier score of the heights of hidden stacks under parses with weights that sum to 1: the squared difference of the
/// distribution from what is so, summed over heights. And of how many stacks. The least is best, in expectation that of the
/// true posterior.
pub fn brier(
    (config, truth): (&Config, &Stacks),
    seen: &Seen,
    parses: &[(Stacks, f64)],
) -> (f64, usize) {
    let score = |&cell: &usize| -> f64 {
        let mut off = vec![0.0; config.height + 1];
        off[truth.0[cell].len().min(config.height)] -= 1.0;
        for (parse, weight) in parses {
            off[parse.0[cell].len()] += weight;
        }
        off.iter().map(|o| o * o).sum()
    };
    (seen.hidden.iter().map(score).sum(), seen.hidden.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube(edge: f64, colour: [f64; 3]) -> Kind {
        Kind {
            extent: [edge; 3],
            colour,
        }
    }

    fn truth() -> Vec<Kind> {
        vec![
            cube(0.3, [1.0, 0.0, 0.0]),
            cube(0.4, [0.0, 1.0, 0.0]),
            cube(0.5, [0.0, 0.0, 1.0]),
        ]
    }

    #[test]
    fn kinds_are_matched_with_the_least_difference() {
        let learned = [
            cube(0.9, [0.5; 3]),
            cube(0.51, [0.02, 0.01, 0.97]),
            cube(0.3, [0.9, 0.0, 0.0]),
            cube(0.42, [0.0, 1.0, 0.0]),
            cube(0.3, [1.0, 0.1, 0.0]),
        ];
        let matching = matched(&truth(), &learned);
        // Both reds are as far off; the first is as good as the last.
        assert!([Some(2), Some(4)].contains(&matching.learned[0]));
        assert_eq!(matching.learned[1..], [Some(3), Some(1)]);
        let again = [learned[1], cube(0.5, [0.0, 0.0, 1.0])];
        assert_eq!(matched(&truth()[2..], &again).meant, [[0, 1]]);
        assert_eq!(matching.found, 2);
        assert!((matching.edge_error - (0.0 + 0.05 + 0.02) / 3.0).abs() < 1e-9);
        let few = matched(&truth(), &learned[..1]);
        assert_eq!(few.learned.iter().flatten().count(), 1);
        assert_eq!(matched(&truth(), &[]).found, 0);
    }

    #[test]
    fn what_is_seen_counts_and_what_is_hidden_is_scored() {
        let config = Config {
            size: 64,
            columns: 1,
            ..Config::default()
        };
        let scene = |text: &str| {
            let stacks: Stacks = text.parse().unwrap();
            Truth {
                positions: vec![0.0; stacks.blocks()],
                kinds: truth(),
                stacks,
            }
        };
        // What is behind a green block is seen over it, and there is nothing; behind three blue ones one cannot know.
        assert_eq!(seen(&config, &scene("b -")).hidden, [0; 0]);
        assert_eq!(seen(&config, &scene("ccc -")).hidden, [1]);
        let truth = scene("ccc a");
        let seen = seen(&config, &truth);
        assert_eq!(seen.blocks, [true, true, true, false]);
        assert_eq!(seen.hidden, [1]);
        let turned = [truth.kinds[2], truth.kinds[1], truth.kinds[0]];
        let matching = matched(&truth.kinds, &turned);
        let right = |parse: &str| right(&truth.stacks, &seen, &parse.parse().unwrap(), &matching);
        assert_eq!(right("aaa b"), [3, 3]);
        assert_eq!(right("ca c"), [1, 3]);
        assert_eq!(right("- aaa"), [0, 3]);
        let brier = |parses: &[(&str, f64)]| {
            let parse = |(p, w): &(&str, f64)| (p.parse().unwrap(), *w);
            let parses: Vec<(Stacks, f64)> = parses.iter().map(parse).collect();
            brier((&config, &truth.stacks), &seen, &parses)
        };
        assert_eq!(brier(&[("aaa c", 1.0)]), (0.0, 1));
        assert_eq!(brier(&[("aaa -", 1.0)]), (2.0, 1));
        assert_eq!(brier(&[("aaa -", 0.5), ("aaa c", 0.5)]), (0.5, 1));
    }
}
