//! Scenes that the program makes itself, as the paper's are made: of three kinds of blocks, in one to all of the cells.

use super::config::{Config, Shape};
use super::image::Image;
use super::model::BLUE;
use super::placement::Kind;
use super::program::{Plan, Stacks};
use super::scene::{Scene, Truth};
use helmholtz_math::purpose::Purpose;
use helmholtz_math::random::Stream;

/// Scenes in the built-in data; the paper says 10,000, its authors' program makes 100.
pub const BUILTIN_SCENES: usize = 100;
const COLOURS: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// The kinds of blocks that scenes are made of: a red, a green and a blue cube, the first the smallest. Where colours are
/// not learned all are blue; where cubes are not the only shape there are three boxes that are longer in one direction.
pub fn true_kinds(config: &Config) -> Vec<Kind> {
    let kind = |extent: [f64; 3], colour: [f64; 3]| Kind {
        extent,
        colour: if config.colour { colour } else { BLUE },
    };
    let least = match (config.shape, config.colour) {
        (Shape::Cuboid, false) => 0.4,
        _ => 0.3,
    };
    let cubes = COLOURS.iter().zip(0..);
    let cubes = cubes.map(|(&colour, i)| kind([least + 0.1 * f64::from(i); 3], colour));
    let long = |axis: usize| {
        let (short, long) = if config.colour {
            (0.3, 0.5)
        } else {
            (0.4, 0.6)
        };
        let extent = std::array::from_fn(|a| if a == axis { long } else { short });
        kind(extent, COLOURS[0])
    };
    let boxes = match config.shape {
        Shape::Cube => 0..0,
        Shape::Cuboid => 0..3,
    };
    cubes.chain(boxes.map(long)).collect()
}

/// Colours of cubes in a harder world, and their edges.
const MANY: [([f64; 3], f64); 8] = [
    ([1.0, 0.0, 0.0], 0.3),
    ([0.0, 1.0, 0.0], 0.4),
    ([0.0, 0.0, 1.0], 0.5),
    ([1.0, 1.0, 0.0], 0.35),
    ([1.0, 0.0, 1.0], 0.45),
    ([0.0, 1.0, 1.0], 0.3),
    ([1.0, 0.5, 0.0], 0.5),
    ([0.4, 0.4, 0.4], 0.4),
];

/// The most of [`many_kinds`].
pub const MOST_MANY: usize = MANY.len();

/// The first of eight cubes, each of a colour of its own.
pub fn many_kinds(count: usize) -> Vec<Kind> {
    let kind = |&(colour, edge): &([f64; 3], f64)| Kind {
        extent: [edge; 3],
        colour,
    };
    MANY.iter().take(count).map(kind).collect()
}

/// How scenes are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrangement {
    /// As in the paper: one to all of the cells, all numbers being equally probable, and one to all of the blocks in each.
    Paper,
    /// As the model believes before it learns: every stack may be empty.
    Prior,
}

/// `count` scenes of [`true_kinds`].
pub fn generate(config: &Config, arrangement: Arrangement, count: usize, seed: u64) -> Vec<Scene> {
    generate_of(&true_kinds(config), config, arrangement, (count, seed))
}

/// `count` scenes of the kinds that are given.
pub fn generate_of(
    kinds: &[Kind],
    config: &Config,
    arrangement: Arrangement,
    (count, seed): (usize, u64),
) -> Vec<Scene> {
    let plan = Plan {
        kinds: kinds.len(),
        ..config.plan()
    };
    let (ground, renderer) = (config.ground(), config.renderer());
    let scene = |i: usize| {
        let mut rng = Stream::at([seed, i as u64, 0, Purpose::Data.tag()]);
        let stacks = match arrangement {
            Arrangement::Paper => arranged(&plan, &mut rng),
            Arrangement::Prior => Stacks(
                (0..plan.cells())
                    .map(|_| plan.any_stack(&mut rng))
                    .collect(),
            ),
        };
        let positions: Vec<f64> = (0..stacks.blocks()).map(|_| rng.normal()).collect();
        let picture = renderer.picture(&ground.towers(&stacks, kinds, &positions));
        let truth = Truth {
            stacks,
            positions,
            kinds: kinds.to_vec(),
        };
        Scene {
            image: Image::rounded(config.size, &picture),
            truth: Some(truth),
        }
    };
    (0..count).map(scene).collect()
}

fn arranged(plan: &Plan, rng: &mut Stream) -> Stacks {
    let mut cells: Vec<usize> = (0..plan.cells()).collect();
    rng.shuffle(&mut cells);
    cells.truncate(1 + rng.below(plan.cells()));
    let mut stacks = vec![vec![]; plan.cells()];
    for cell in cells {
        let height = 1 + rng.below(plan.height);
        stacks[cell] = (0..height).map(|_| rng.below(plan.kinds) as u8).collect();
    }
    Stacks(stacks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_are_made_of_what_they_say() {
        let config = Config {
            size: 64,
            ..Config::default()
        };
        let scenes = generate(&config, Arrangement::Paper, 60, 1);
        assert_eq!(scenes, generate(&config, Arrangement::Paper, 60, 1));
        let occupied = |s: &Scene| {
            let truth = s.truth.as_ref().unwrap();
            truth
                .stacks
                .0
                .iter()
                .filter(|stack| !stack.is_empty())
                .count()
        };
        for cells in 1..=4 {
            let count = scenes.iter().filter(|s| occupied(s) == cells).count();
            // A quarter of sixty, within four standard deviations.
            assert!((2..=28).contains(&count), "{cells}: {count}");
        }
        for scene in &scenes {
            let truth = scene.truth.as_ref().unwrap();
            assert!(config.plan().accepts(&truth.stacks));
            let towers = config
                .ground()
                .towers(&truth.stacks, &truth.kinds, &truth.positions);
            // Levels are rounded to a 255th.
            assert!(
                config.renderer().error(&towers, &scene.image) < 3.0 * 64.0 * 64.0 / 4.0 / 65025.0
            );
        }
    }

    #[test]
    fn a_harder_world_has_as_many_kinds_as_it_says() {
        let config = Config {
            rows: 3,
            columns: 3,
            height: 4,
            size: 64,
            ..Config::default()
        };
        let kinds = many_kinds(MOST_MANY);
        for (i, kind) in kinds.iter().enumerate() {
            assert!(kinds[..i].iter().all(|other| other.colour != kind.colour));
        }
        let scenes = generate_of(&kinds, &config, Arrangement::Paper, (40, 1));
        let stacks = scenes
            .iter()
            .filter_map(|s| Some(&s.truth.as_ref()?.stacks.0));
        let blocks: Vec<u8> = stacks.flatten().flatten().copied().collect();
        assert!((0..8).all(|kind| blocks.contains(&kind)));
    }

    #[test]
    fn a_scene_is_written_and_read() {
        let config = Config {
            size: 32,
            colour: false,
            shape: Shape::Cuboid,
            ..Config::default()
        };
        for arrangement in [Arrangement::Paper, Arrangement::Prior] {
            let scene = generate(&config, arrangement, 1, 7).remove(0);
            let text = serde_json::to_string(&scene).unwrap();
            assert_eq!(serde_json::from_str::<Scene>(&text).unwrap(), scene);
        }
        assert!(serde_json::from_str::<Scene>(r#"{"image": "AAAA"}"#).is_err());
        assert!(serde_json::from_str::<Scene>(r#"{"image": "?"}"#).is_err());
    }
}
