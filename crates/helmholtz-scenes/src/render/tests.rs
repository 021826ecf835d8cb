use super::*;

const SIZE: usize = 64;

fn camera(angles: [f64; 2]) -> Camera {
    Camera::looking_at([0.0, 0.0, 0.5], 4.0, angles, SIZE)
}

fn block(low: Vector, extent: Vector, colour: [f64; 3]) -> Block {
    Block {
        low,
        extent,
        colour,
    }
}

/// Two towers behind each other, and one beside them.
fn scene() -> Vec<Tower> {
    let tower = |cell: [f64; 2], blocks| Tower { cell, blocks };
    vec![
        tower(
            [-1.07, 0.0],
            vec![
                block([-1.3, -1.5, -0.25], [0.5; 3], [0.9, 0.1, 0.2]),
                block([-1.2, -1.0, -0.15], [0.3; 3], [0.1, 0.8, 0.3]),
                block([-1.31, -0.7, -0.3], [0.62; 3], [0.2, 0.3, 0.9]),
            ],
        ),
        tower(
            [-1.07, 1.0],
            vec![
                block([-1.35, -1.5, 0.6], [0.8, 0.83, 0.8], [0.3, 0.3, 0.8]),
                block([-0.9, -0.67, 0.8], [0.4, 0.41, 0.4], [0.8, 0.8, 0.1]),
            ],
        ),
        tower(
            [1.07, 1.0],
            vec![block([0.7, -1.5, 0.75], [0.6, 0.5, 0.5], [0.5, 0.5, 0.5])],
        ),
        tower([1.07, 0.0], vec![]),
    ]
}

/// Where a ray from the eye enters a box, and through which face; where it does.
fn hit(block: &Block, eye: Vector, ray: Vector) -> Option<(f64, usize, bool)> {
    let (mut enter, mut leave) = ((f64::NEG_INFINITY, 0, false), f64::INFINITY);
    for axis in 0..3 {
        let (low, high) = (block.low[axis], block.low[axis] + block.extent[axis]);
        let ends = [low, high].map(|end| (end - eye[axis]) / ray[axis]);
        let first = ends[0].min(ends[1]);
        if first > enter.0 {
            enter = (first, axis, ray[axis] < 0.0);
        }
        leave = leave.min(ends[0].max(ends[1]));
    }
    (enter.0 < leave && enter.0 > 0.0).then_some(enter)
}

/// The same picture by rays through a fine grid of each pixel.
fn traced(towers: &[Tower], camera: &Camera, fine: usize) -> [Vec<f32>; 3] {
    let blocks: Vec<&Block> = towers.iter().flat_map(|t| &t.blocks).collect();
    // The ray through a point of the picture: its place is linear in a point of a plane before the eye.
    let [right, up, forward] = camera.axes();
    let ray = |x: f64, y: f64| -> Vector {
        let half = SIZE as f64 / 2.0;
        let scale = 30f64.to_radians().tan() / half;
        let (a, b) = ((x - half) * scale, (half - y) * scale);
        std::array::from_fn(|i| forward[i] + a * right[i] + b * up[i])
    };
    let colour = |x: f64, y: f64| -> [f64; 3] {
        let ray = ray(x, y);
        let hits = blocks
            .iter()
            .filter_map(|b| Some((hit(b, camera.eye(), ray)?, b)));
        let nearest = hits.min_by(|a, b| a.0.0.total_cmp(&b.0.0));
        nearest.map_or([1.0; 3], |((_, axis, up), b)| {
            b.colour.map(|c| c * block::brightness(axis, up))
        })
    };
    let mut planes = [(); 3].map(|()| vec![0.0; SIZE * SIZE]);
    let [red, green, blue] = &mut planes;
    let pixels = red.iter_mut().zip(green).zip(blue).enumerate();
    for (pixel, ((red, green), blue)) in pixels {
        let mut sum = [0.0; 3];
        for i in 0..fine * fine {
            let x = (pixel % SIZE) as f64 + ((i % fine) as f64 + 0.5) / fine as f64;
            let y = (pixel / SIZE) as f64 + ((i / fine) as f64 + 0.5) / fine as f64;
            let c = colour(x, y);
            (0..3).for_each(|k| sum[k] += c[k]);
        }
        let mean = sum.map(|s| (s / (fine * fine) as f64) as f32);
        [*red, *green, *blue] = mean;
    }
    planes
}

#[test]
fn pictures_are_those_of_traced_rays() {
    for angles in [[0.1, 0.0], [0.1, 40.0], [25.0, -40.0], [20.0, 160.0]] {
        let camera = camera(angles);
        let drawn = Renderer::new(camera, SIZE).picture(&scene());
        let traced = traced(&scene(), &camera, 8);
        let both = || drawn.iter().flatten().zip(traced.iter().flatten());
        let off: Vec<f32> = both().map(|(a, b)| (a - b).abs()).collect();
        // A grid of eight by eight rays is off by up to a sixteenth at an edge along it; where an edge hides another in
        // the same pixel, both are assumed to be independent.
        let many = off.iter().filter(|&&o| o > 0.07).count();
        let mean = off.iter().sum::<f32>() / off.len() as f32;
        assert!(
            many < off.len() / 200 && mean < 2e-3,
            "{angles:?}: {many} {mean}"
        );
    }
}

#[test]
fn a_block_hides_what_is_behind_it() {
    let near = block([-1.4, -1.5, -0.45], [0.9; 3], [0.5; 3]);
    let tower = |z: f64, blocks| Tower {
        cell: [-1.07, z],
        blocks,
    };
    let front = vec![tower(0.0, vec![near])];
    let behind = block([-1.2, -1.5, 0.9], [0.2; 3], [1.0, 0.0, 0.0]);
    let both = vec![tower(1.0, vec![behind]), tower(0.0, vec![near])];
    let renderer = Renderer::new(camera([0.1, 0.0]), SIZE);
    assert_eq!(renderer.picture(&both), renderer.picture(&front));
    let alone = renderer.picture(&[tower(1.0, vec![behind])]);
    assert!(alone[0] != alone[1], "what is hidden is red");
    assert_eq!(renderer.visible(&both), [[0.0], [1.0]]);
    let half = block([-1.85, -1.5, -0.45], [0.9; 3], [0.5; 3]);
    let partly = renderer.visible(&[tower(1.0, vec![behind]), tower(0.0, vec![half])]);
    assert!((0.1..0.9).contains(&partly[0][0]), "{partly:?}");
    let empty = renderer.picture(&[]);
    assert!(empty.iter().flatten().all(|&x| x == GROUND));
}

#[test]
fn the_error_is_that_of_the_pictures() {
    let renderer = Renderer::new(camera([5.0, 10.0]), SIZE);
    let other = renderer.picture(&scene()[..1]);
    let image = Image::rounded(SIZE, &other);
    let drawn = renderer.picture(&scene());
    let seen = image.within(Area::square(SIZE));
    let both = drawn.iter().flatten().zip(seen.iter().flatten());
    let want: f64 = both.map(|(a, b)| f64::from(a - b).powi(2)).sum();
    let error = renderer.error(&scene(), &image);
    assert!((error - want).abs() < 1e-3, "{error} {want}");
    assert_eq!(renderer.error_and_gradient(&scene(), &image).0, error);
    assert_eq!(renderer.error(&[], &image), image.error());
}

/// Every number of every block, across occlusions, seams, and blocks that reach out of the picture.
#[test]
fn gradients_are_those_of_finite_differences() {
    let mut wide = scene();
    wide[0].blocks[0].low[0] = -2.6;
    let mut sharp = 0;
    for (towers, angles) in [
        (scene(), [0.1, 0.0]),
        (scene(), [15.0, 40.0]),
        (wide, [8.0, -20.0]),
    ] {
        let renderer = Renderer::new(camera(angles), SIZE);
        let mut other = scene();
        for block in other.iter_mut().flat_map(|tower| &mut tower.blocks) {
            block.colour = block.colour.map(|c| 1.0 - c);
            block.low[0] += 0.13;
            block.extent[1] -= 0.07;
        }
        let image = Image::rounded(SIZE, &renderer.picture(&other));
        let (_, gradient) = renderer.error_and_gradient(&towers, &image);
        for (t, b) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)] {
            for part in 0..9 {
                let moved = |step: f64| {
                    let mut towers = towers.clone();
                    *part_of(&mut towers[t].blocks[b], part) += step;
                    renderer.error(&towers, &image)
                };
                // An edge along a line between pixels makes a kink there: the two sides have slopes of their own.
                let (step, here) = (1e-3, moved(0.0));
                let sides = [(here - moved(-step)) / step, (moved(step) - here) / step];
                let mut own = gradient[t][b];
                let own = *part_of(&mut own, part);
                let room = 0.05 * (1.0 + sides[0].abs());
                let least = sides[0].min(sides[1]) - room;
                let most = sides[0].max(sides[1]) + room;
                let close = (least..most).contains(&own);
                assert!(close, "{angles:?} {t} {b} {part}: {sides:?} {own}");
                sharp += usize::from((sides[1] - sides[0]).abs() < 0.1 * (1.0 + sides[0].abs()));
            }
        }
    }
    assert!(sharp > 130, "{sharp} of 162 are no kinks");
}

fn part_of(block: &mut Block, part: usize) -> &mut f64 {
    let numbers = [&mut block.low, &mut block.extent, &mut block.colour];
    let [low, extent, colour] = numbers;
    match part / 3 {
        0 => &mut low[part % 3],
        1 => &mut extent[part % 3],
        _ => &mut colour[part % 3],
    }
}

#[test]
fn what_is_no_number_is_not_drawn() {
    let mut towers = scene();
    towers[0].blocks[1].low[0] = f64::NAN;
    let picture = Renderer::new(camera([0.1, 0.0]), SIZE).picture(&towers);
    assert!(picture.iter().flatten().all(|x| x.is_finite()));
}
