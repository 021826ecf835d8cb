//! Everything that takes what strangers wrote, as targets: bytes go in, and nothing may panic, hang or take what it is not
//! given.
//!
//! `make fuzz TARGET=NAME` looks for new inputs for as long as one lets it; the tests run the seeds, the inputs that once
//! failed (`corpus/NAME/`), and some thousand mutations of both. A reader gets a line in [`TARGETS`].

mod cores;
mod mutate;
mod readers;
mod seeds;
mod texts;

pub use mutate::mutated;

/// Something that takes bytes.
pub struct Target {
    /// Its name, and that of its folder of inputs that once failed.
    pub name: &'static str,
    /// Takes them.
    pub run: fn(&[u8]),
    /// Inputs that are as they should be.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Mutations in a test: fewer of what is slow.
    pub tries: u64,
}

const fn target(
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    tries: u64,
) -> Target {
    Target {
        name,
        run,
        seeds,
        tries,
    }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    target("columns-csv", readers::columns_csv, seeds::tables, 16000),
    target("columns-json", readers::columns_json, seeds::objects, 16000),
    target("columns-jsonl", readers::columns_jsonl, seeds::lines, 16000),
    target("columns-txt", readers::columns_txt, seeds::tables, 16000),
    target("columns-gz", readers::columns_gz, seeds::packed, 16000),
    target(
        "columns-encoded",
        readers::columns_encoded,
        seeds::encoded,
        16000,
    ),
    target("columns-explained", texts::explained, seeds::tables, 2000),
    target("formats", texts::formats, seeds::formats, 16000),
    target("cells", readers::cells, seeds::tables, 16000),
    target("series", readers::series, seeds::tables, 8000),
    target("streams", readers::streams, seeds::tables, 8000),
    target("songs", readers::songs, seeds::songs, 16000),
    target("midi", readers::midi, seeds::midi, 16000),
    target("mat", readers::mat, seeds::mat, 16000),
    target("sound", readers::sound, seeds::sound, 16000),
    target("points", readers::points, seeds::points, 8000),
    target("drawings", readers::drawings, seeds::pictures, 4000),
    target("drawings-idx", readers::drawings_idx, seeds::idx, 8000),
    target("scenes", readers::scenes, seeds::scenes, 4000),
    target(
        "scenes-pictures",
        readers::scene_pictures,
        seeds::pictures,
        4000,
    ),
    target("automata", readers::automata, seeds::pictures, 4000),
    target("archives", readers::archives, seeds::archives, 8000),
    target(
        "checkpoints",
        readers::checkpoints,
        seeds::checkpoints,
        8000,
    ),
    target("regexes", texts::regexes, seeds::regexes, 32000),
    target("kernels", texts::kernels, seeds::kernels, 32000),
    target("strokes", texts::strokes, seeds::strokes, 32000),
    target("stacks", texts::stacks, seeds::stacks, 32000),
    target("rules", texts::rules, seeds::rules, 16000),
    target("settings", texts::settings, seeds::settings, 4000),
    target("experiments", texts::experiments, seeds::experiments, 4000),
    target(
        "stream-lines",
        texts::stream_lines,
        seeds::stream_lines,
        16000,
    ),
    target(
        "column-likelihood",
        cores::column_likelihood,
        seeds::likelihoods,
        16000,
    ),
    target("toeplitz", cores::toeplitz, seeds::numbers, 32000),
    target("dense", cores::dense, seeds::numbers, 32000),
    target("weights", cores::weights, seeds::numbers, 32000),
    target("clusters", cores::clusters, seeds::numbers, 4000),
    target("series-standard", cores::standard, seeds::numbers, 16000),
    target("kalman", cores::kalman, seeds::numbers, 16000),
    target("ink", cores::ink, seeds::strokes, 4000),
];
