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

/// Whether a kind is as good as the same as another.
pub(super) fn alike(a: &Kind, b: &Kind) -> bool {
    close(off(a, b))
}

fn close((edges, colours): (f64, f64)) -> bool {
    edges <= CLOSE.0 && colours <= CLOSE.1
}

/// Which learned kind is which true one.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// Per true kind, the learned one.
    pub learned: Vec<Option<usize>>,
    /// Per true kind, the learned ones that stand for it: that one, and others that are as good as the same.
    pub meant: Vec<Vec<usize>>,
    /// How many true kinds were found: edges within 5 %, colours within 0.05.
    pub found: usize,
    /// The mean over true kinds that were matched of the greatest error of an edge, as a share of it.
    pub edge_error: f64,
    /// The same of the greatest error of a colour.
    pub colour_error: f64,
}

/// Matches as many kinds as can be with the least differences in total (the Hungarian method: one true kind after the
/// other, each by the cheapest path of changes to what was matched before).
pub fn matched(truth: &[Kind], learned: &[Kind]) -> Matching {
    let cost = |t: usize, l: usize| match (truth.get(t), learned.get(l)) {
        (Some(t), Some(l)) => {
            let (edges, colours) = off(t, l);
            edges + colours
        }
        // A true kind beyond the learned ones goes without.
        _ => UNMATCHED,
    };
    let columns = learned.len().max(truth.len());
    let of_column = assigned(truth.len(), columns, cost);
    let pair = |t: usize| {
        let column = of_column.iter().position(|&row| row == Some(t));
        column.filter(|&l| l < learned.len())
    };
    of_pairs(truth, learned, (0..truth.len()).map(pair).collect())
}

/// More than any difference of two kinds.
const UNMATCHED: f64 = 1e6;

/// Per column the row that it is given to, at the least cost in total; there must be at least as many columns as rows.
fn assigned(rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f64) -> Vec<Option<usize>> {
    let mut row_of: Vec<Option<usize>> = vec![None; columns];
    let (mut by_row, mut by_column) = (vec![0.0; rows], vec![0.0; columns]);
    for row in 0..rows {
        let mut distance = vec![f64::INFINITY; columns];
        let mut before: Vec<Option<usize>> = vec![None; columns];
        let mut done = vec![false; columns];
        let (mut here, mut at) = (row, None);
        let last = loop {
            for c in (0..columns).filter(|&c| !done[c]) {
                let reach = at.map_or(0.0, |a: usize| distance[a]);
                let reduced = reach + cost(here, c) - by_row[here] - by_column[c];
                if reduced < distance[c] {
                    (distance[c], before[c]) = (reduced, at);
                }
            }
            let open = (0..columns).filter(|&c| !done[c]);
            let Some(next) = open.min_by(|&a, &b| distance[a].total_cmp(&distance[b])) else {
                return row_of;
            };
            done[next] = true;
            match row_of[next] {
                None => break next,
                Some(other) => (here, at) = (other, Some(next)),
            }
        };
        by_row[row] += distance[last];
        for c in (0..columns).filter(|&c| done[c] && c != last) {
            let gain = distance[last] - distance[c];
            by_column[c] -= gain;
            if let Some(other) = row_of[c] {
                by_row[other] += gain;
            }
        }
        let mut free = last;
        while let Some(previous) = before[free] {
            row_of[free] = row_of[previous];
            free = previous;
        }
        row_of[free] = Some(row);
    }
    row_of
}

fn of_pairs(truth: &[Kind], learned: &[Kind], pairs: Vec<Option<usize>>) -> Matching {
    let each = truth.iter().zip(&pairs);
    let errors: Vec<(f64, f64)> = each
        .filter_map(|(t, l)| Some(off(t, &learned[(*l)?])))
        .collect();
    let mean = |error: fn(&(f64, f64)) -> f64| {
        errors.iter().map(error).sum::<f64>() / errors.len().max(1) as f64
    };
    let meant = |(t, pair): (&Kind, &Option<usize>)| {
        let own = |l: &usize| *pair == Some(*l) || alike(t, &learned[*l]);
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
        // Against all ways to match three kinds with five.
        let orders = (0..125).map(|i| [i % 5, i / 5 % 5, i / 25]);
        let distinct = orders.filter(|[a, b, c]| a != b && b != c && a != c);
        let total = |pairs: [usize; 3]| -> f64 {
            let each = pairs
                .iter()
                .zip(truth())
                .map(|(&l, t)| off(&t, &learned[l]));
            each.map(|(e, c)| e + c).sum()
        };
        let least = distinct.map(total).fold(f64::INFINITY, f64::min);
        let found: Vec<usize> = matching.learned.iter().map(|l| l.unwrap()).collect();
        assert!((total([found[0], found[1], found[2]]) - least).abs() < 1e-12);
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
