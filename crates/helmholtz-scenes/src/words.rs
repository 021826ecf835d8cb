//! Scenes in words.

use super::config::{Config, Shape};
use super::placement::Kind;
use super::program::{Plan, Stacks};

/// What kinds of blocks are called.
pub(super) struct Vocabulary {
    plan: Plan,
    /// With the article: `a small red`.
    kinds: Vec<String>,
}

/// Hues in degrees up to which a colour has a name; beyond the last it is red again.
const HUES: [(f64, &str); 8] = [
    (20.0, "red"),
    (45.0, "orange"),
    (70.0, "yellow"),
    (160.0, "green"),
    (200.0, "turquoise"),
    (260.0, "blue"),
    (310.0, "purple"),
    (345.0, "pink"),
];
/// Less difference between the strongest and the weakest of red, green and blue is no colour.
const GRAY: f64 = 0.12;

/// The name of a colour: by its hue, or where it has none by how bright it is.
fn colour([r, g, b]: [f64; 3]) -> &'static str {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let range = most - least;
    if range < GRAY {
        return match most {
            m if m > 0.9 => "white",
            m if m < 0.15 => "black",
            _ => "gray",
        };
    }
    let sixth = match () {
        () if most == r => ((g - b) / range).rem_euclid(6.0),
        () if most == g => (b - r) / range + 2.0,
        () => (r - g) / range + 4.0,
    };
    let named = HUES.iter().find(|(hue, _)| 60.0 * sixth < *hue);
    match named.map_or("red", |n| n.1) {
        "orange" if most < 0.75 => "brown",
        name => name,
    }
}

/// Edges up to which a block is small, medium and large, where a cell is 1.1 wide.
const SIZES: [f64; 3] = [0.35, 0.45, 0.65];
/// An edge that is longer than the others by so much gives a block its name.
const LONGER: f64 = 1.25;

fn size(edge: f64) -> &'static str {
    match edge {
        e if e < SIZES[0] => "small",
        e if e < SIZES[1] => "medium",
        e if e < SIZES[2] => "large",
        _ => "huge",
    }
}

/// A word for a block that is longer in one direction than in the others.
fn shape([width, height, depth]: [f64; 3]) -> Option<&'static str> {
    let long = |edge: f64, others: [f64; 2]| others.iter().all(|o| edge > LONGER * o);
    match () {
        () if long(width, [height, depth]) => Some("wide"),
        () if long(height, [width, depth]) => Some("tall"),
        () if long(depth, [width, height]) => Some("deep"),
        () => None,
    }
}

impl Vocabulary {
    pub(super) fn new(config: &Config, kinds: &[Kind]) -> Self {
        let name = |kind: &Kind| {
            let mean = kind.extent.iter().sum::<f64>() / 3.0;
            let longer = shape(kind.extent).filter(|_| config.shape == Shape::Cuboid);
            let colour = config.colour.then(|| colour(kind.colour));
            let words = [Some("a"), Some(size(mean)), longer, colour];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        Self {
            plan: config.plan(),
            kinds: kinds.iter().map(name).collect(),
        }
    }

    /// A block of a kind.
    pub(super) fn block(&self, kind: u8) -> String {
        format!("{} block", self.kinds[usize::from(kind)])
    }

    /// A scene: how many towers there are, and of what each is built.
    pub(super) fn scene(&self, stacks: &Stacks) -> String {
        let full = stacks
            .0
            .iter()
            .enumerate()
            .filter(|(_, stack)| !stack.is_empty());
        let towers: Vec<String> = full.map(|(cell, stack)| self.tower(cell, stack)).collect();
        let count = match towers.len() {
            0 => return "nothing".into(),
            1 => "one tower".into(),
            2 => "two towers".into(),
            3 => "three towers".into(),
            4 => "four towers".into(),
            n => format!("{n} towers"),
        };
        format!("{count}: {}", towers.join("; "))
    }

    /// From the top down.
    fn tower(&self, cell: usize, stack: &[u8]) -> String {
        let blocks = stack.iter().rev().enumerate().map(|(i, &kind)| {
            let noun = if i == 0 { "block" } else { "one" };
            format!("{} {noun}", self.kinds[usize::from(kind)])
        });
        let blocks = blocks.collect::<Vec<_>>().join(" on ");
        match cell_name(&self.plan, cell).as_str() {
            "" => blocks,
            place => format!("{blocks}, {place}"),
        }
    }
}

/// Where a cell is: `front left`.
pub(super) fn cell_name(plan: &Plan, cell: usize) -> String {
    let (row, column) = (cell / plan.columns, cell % plan.columns);
    let across = match (plan.columns, column) {
        (1, _) => String::new(),
        (2, 0) | (3, 0) => "left".into(),
        (2, _) | (3, 2) => "right".into(),
        (3, _) => "middle".into(),
        _ => format!("column {}", column + 1),
    };
    let away = match (plan.rows, row) {
        (1, _) => String::new(),
        (2, 0) => "front".into(),
        (2, _) => "back".into(),
        _ => format!("row {}", row + 1),
    };
    [away, across]
        .into_iter()
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::builtin::true_kinds;
    use super::*;

    fn told(config: &Config, stacks: &str) -> String {
        Vocabulary::new(config, &true_kinds(config)).scene(&stacks.parse().unwrap())
    }

    #[test]
    fn colours_have_the_names_of_their_hues() {
        for (rgb, name) in [
            ([0.97, 0.03, 0.04], "red"),
            ([0.18, 0.81, 0.12], "green"),
            ([0.03, 0.02, 0.98], "blue"),
            ([0.9, 0.5, 0.1], "orange"),
            ([0.6, 0.38, 0.2], "brown"),
            ([0.95, 0.9, 0.1], "yellow"),
            ([0.19, 0.54, 0.55], "turquoise"),
            ([0.5, 0.1, 0.7], "purple"),
            ([0.95, 0.4, 0.7], "pink"),
            ([0.5, 0.5, 0.55], "gray"),
            ([1.0, 0.98, 0.97], "white"),
        ] {
            assert_eq!(colour(rgb), name, "{rgb:?}");
        }
    }

    #[test]
    fn scenes_are_told_in_words() {
        let colours = Config::default();
        assert_eq!(
            told(&colours, "ca - - b"),
            "two towers: a small red block on a large blue one, front left; a medium green block, back right"
        );
        assert_eq!(told(&colours, "- - - -"), "nothing");
        let boxes = Config {
            shape: Shape::Cuboid,
            colour: false,
            rows: 1,
            columns: 3,
            ..Config::default()
        };
        assert_eq!(
            told(&boxes, "- ad b"),
            "two towers: a large wide block on a medium one, middle; a large block, right"
        );
    }
}
