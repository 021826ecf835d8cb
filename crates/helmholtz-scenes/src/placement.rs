//! From stacks, what blocks of each kind are like, and raw positions to blocks in the world; and gradients back.
//!
//! A cell is a stretch from left to right. The first block of a stack may stand wherever it reaches into its cell, the next
//! wherever it has the one below under it; of that stretch only the middle part is used (the shrink factor of the
//! authors' program), and the logistic function of the raw position says where within it.

use serde::{Deserialize, Serialize};

use super::program::{Plan, Stacks};
use super::render::{Block, Camera, Renderer, Tower};

/// The width of a cell with its share of the gaps between cells.
const CELL: f64 = 1.6;
/// The distance of a camera from the front row of two columns, or three blocks high.
const DISTANCE: f64 = 3.5;
/// Edges that every kind of block has, in the order width, height, depth.
const AXES: usize = 3;

/// What blocks of a kind are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// Width, height and depth.
    pub extent: [f64; AXES],
    /// Red, green and blue, from 0 to 1.
    pub colour: [f64; 3],
}

/// Where stacks stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ground {
    /// The cells.
    pub plan: Plan,
    /// The part of the stretch of possible positions that is used.
    pub shrink: f64,
}

/// The gradient of something by what a scene was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Pulled {
    /// By kinds.
    pub kinds: Vec<Kind>,
    /// By raw positions.
    pub raw: Vec<f64>,
}

/// Where in a stretch a block stands.
#[derive(Clone, Copy)]
struct Place {
    /// From -1/2 to 1/2, and its derivative by the raw position.
    share: f64,
    slope: f64,
    /// The length of the stretch.
    length: f64,
    low: f64,
}

impl Ground {
    /// The middle of a cell, to the right and away.
    fn middle(&self, cell: usize) -> [f64; 2] {
        let [low, high] = self.bounds(cell % self.plan.columns);
        [0.5 * (low + high), (cell / self.plan.columns) as f64]
    }

    /// From where to where a column of cells reaches.
    fn bounds(&self, column: usize) -> [f64; 2] {
        let columns = self.plan.columns as f64;
        let step = CELL * columns / (2.0 * columns - 1.0);
        let low = -0.5 * CELL * columns + 2.0 * column as f64 * step;
        [low, low + step]
    }

    /// The height of the ground: what stands on it is around the height of the eye.
    fn level(&self) -> f64 {
        -0.5 * self.plan.height as f64
    }

    /// Makes pictures from the front, or from so many degrees to the left and above.
    pub fn renderer(&self, [elevation, azimuth]: [f64; 2], size: usize) -> Renderer {
        let back = (self.plan.rows - 1) as f64 / 2.0;
        let wide = self.plan.columns as f64 / 2.0;
        let scale = wide.max(self.plan.height as f64 / 3.0);
        let distance = DISTANCE * scale + back;
        let camera = Camera::looking_at([0.0, 0.0, back], distance, [elevation, azimuth], size);
        Renderer::new(camera, size)
    }

    /// The towers of a scene. There must be a raw position for each block, and every kind of block.
    pub fn towers(&self, stacks: &Stacks, kinds: &[Kind], raw: &[f64]) -> Vec<Tower> {
        let mut raw = raw.iter();
        let tower = |(cell, stack): (usize, &Vec<u8>)| {
            let (mut blocks, mut height) = (vec![], self.level());
            let places = self.places(cell, stack, kinds, raw.by_ref());
            for (place, kind) in places.into_iter().zip(stack) {
                let Kind { extent, colour } = kinds[usize::from(*kind)];
                let away = self.middle(cell)[1] - 0.5 * extent[2];
                blocks.push(Block {
                    low: [place.low, height, away],
                    extent,
                    colour,
                });
                height += extent[1];
            }
            Tower {
                cell: self.middle(cell),
                blocks,
            }
        };
        stacks.0.iter().enumerate().map(tower).collect()
    }

    /// Where the blocks of a stack stand, from left to right.
    fn places<'a>(
        &self,
        cell: usize,
        stack: &[u8],
        kinds: &[Kind],
        raw: impl Iterator<Item = &'a f64>,
    ) -> Vec<Place> {
        let [mut low, mut high] = self.bounds(cell % self.plan.columns);
        let place = |(kind, raw): (&u8, &f64)| {
            let width = kinds[usize::from(*kind)].extent[0];
            let at = 1.0 / (1.0 + (-raw).exp());
            let length = high - low + width;
            let share = at - 0.5;
            let middle = 0.5 * (low - width + high);
            low = middle + self.shrink * length * share;
            high = low + width;
            Place {
                share,
                slope: at * (1.0 - at),
                length,
                low,
            }
        };
        stack.iter().zip(raw).map(place).collect()
    }

    /// The gradient by kinds and raw positions, given that by the blocks of every tower.
    pub fn pull(
        &self,
        stacks: &Stacks,
        kinds: &[Kind],
        raw: &[f64],
        by_block: &[Vec<Block>],
    ) -> Pulled {
        let mut by_kind = vec![Kind::default(); kinds.len()];
        let (mut by_raw, mut first) = (vec![0.0; raw.len()], 0);
        for (cell, (stack, by)) in stacks.0.iter().zip(by_block).enumerate() {
            let own = first..first + stack.len();
            let places = self.places(cell, stack, kinds, raw[own.clone()].iter());
            self.pull_stack(stack, &places, by, (&mut by_kind, &mut by_raw[own.clone()]));
            first = own.end;
        }
        Pulled {
            kinds: by_kind,
            raw: by_raw,
        }
    }

    /// From the top down: a block moves those above it.
    fn pull_stack(
        &self,
        stack: &[u8],
        places: &[Place],
        by_block: &[Block],
        (by_kind, by_raw): (&mut [Kind], &mut [f64]),
    ) {
        // The gradients by how high the blocks above stand, and by where the stretch of the next begins and ends.
        let (mut by_height, mut by_low, mut by_high) = (0.0, 0.0, 0.0);
        for i in (0..stack.len()).rev() {
            let (by, place, kind) = (&by_block[i], places[i], &mut by_kind[usize::from(stack[i])]);
            let by_place = by.low[0] + by_low + by_high;
            by_raw[i] = by_place * self.shrink * place.length * place.slope;
            // The stretch of lower corners is from low - width to high.
            let inner = self.shrink * place.share;
            let by_width = by_high - by_place * (0.5 - inner);
            (by_low, by_high) = (by_place * (0.5 - inner), by_place * (0.5 + inner));
            kind.extent[0] += by.extent[0] + by_width;
            kind.extent[1] += by.extent[1] + by_height;
            kind.extent[2] += by.extent[2] - 0.5 * by.low[2];
            by_height += by.low[1];
            let colours = kind.colour.iter_mut().zip(by.colour);
            colours.for_each(|(to, by)| *to += by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_math::random::Stream;

    fn ground(rows: usize, columns: usize, shrink: f64) -> Ground {
        let plan = Plan {
            rows,
            columns,
            height: 3,
            kinds: 2,
        };
        Ground { plan, shrink }
    }

    fn kinds() -> Vec<Kind> {
        vec![
            Kind {
                extent: [0.4, 0.3, 0.5],
                colour: [1.0, 0.0, 0.2],
            },
            Kind {
                extent: [0.7, 0.6, 0.2],
                colour: [0.0, 0.6, 0.3],
            },
        ]
    }

    #[test]
    fn blocks_stand_on_what_is_below_within_their_cells() {
        let stacks: Stacks = "aba b - ba".parse().unwrap();
        let mut rng = Stream::at([5, 0, 0, 0]);
        for shrink in [0.01, 0.3] {
            let ground = ground(2, 2, shrink);
            let raw: Vec<f64> = (0..6).map(|_| 3.0 * rng.normal()).collect();
            let towers = ground.towers(&stacks, &kinds(), &raw);
            assert_eq!(towers[2].blocks, []);
            let cells = [towers[0].cell, towers[3].cell];
            let want = [[-16.0 / 15.0, 0.0], [16.0 / 15.0, 1.0]];
            let off = cells.iter().flatten().zip(want.iter().flatten());
            assert!(off.map(|(a, b): (&f64, &f64)| (a - b).abs()).sum::<f64>() < 1e-12);
            for tower in &towers {
                let middle = |b: &Block| b.low[0] + 0.5 * b.extent[0];
                let mut below = Block {
                    low: [tower.cell[0] - 8.0 / 15.0, -1.5, 0.0],
                    extent: [16.0 / 15.0, 0.0, 0.0],
                    colour: [0.0; 3],
                };
                for block in &tower.blocks {
                    let most = 0.5 * shrink * (block.extent[0] + below.extent[0]);
                    assert!((middle(block) - middle(&below)).abs() <= most);
                    assert!((block.low[1] - below.low[1] - below.extent[1]).abs() < 1e-12);
                    assert!((block.low[2] + 0.5 * block.extent[2] - tower.cell[1]).abs() < 1e-12);
                    below = *block;
                }
            }
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let (stacks, ground): (Stacks, _) = ("abb - a ba".parse().unwrap(), ground(2, 2, 0.4));
        let mut rng = Stream::at([6, 0, 0, 0]);
        let raw: Vec<f64> = (0..6).map(|_| rng.normal()).collect();
        let towers = ground.towers(&stacks, &kinds(), &raw);
        let mut weights = || -> [f64; 3] { std::array::from_fn(|_| rng.normal()) };
        let mut weigh = |_: &Block| Block {
            low: weights(),
            extent: weights(),
            colour: weights(),
        };
        let by: Vec<Vec<Block>> = towers
            .iter()
            .map(|t| t.blocks.iter().map(&mut weigh).collect())
            .collect();
        let value = |kinds: &[Kind], raw: &[f64]| -> f64 {
            let towers = ground.towers(&stacks, kinds, raw);
            let blocks = towers
                .iter()
                .flat_map(|t| &t.blocks)
                .zip(by.iter().flatten());
            let dot = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let one = |(b, w): (&Block, &Block)| {
                dot(b.low, w.low) + dot(b.extent, w.extent) + dot(b.colour, w.colour)
            };
            blocks.map(one).sum()
        };
        let pulled = ground.pull(&stacks, &kinds(), &raw, &by);
        let step = 1e-5;
        for i in 0..6 {
            let beside = |by: f64| {
                let mut raw = raw.clone();
                raw[i] += by;
                value(&kinds(), &raw)
            };
            let slope = (beside(step) - beside(-step)) / (2.0 * step);
            assert!((slope - pulled.raw[i]).abs() < 1e-7);
        }
        for (kind, part) in (0..12).map(|i| (i / 6, i % 6)) {
            let beside = |by: f64| {
                let mut kinds = kinds();
                let kind = &mut kinds[kind];
                match part {
                    0..3 => kind.extent[part] += by,
                    _ => kind.colour[part - 3] += by,
                }
                value(&kinds, &raw)
            };
            let slope = (beside(step) - beside(-step)) / (2.0 * step);
            let own = pulled.kinds[kind];
            let own = if part < 3 {
                own.extent[part]
            } else {
                own.colour[part - 3]
            };
            assert!((slope - own).abs() < 1e-7, "{kind} {part}: {slope} {own}");
        }
    }
}
