//! The files of the folder `experiments`, by name.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use helmholtz_math::words::closest;

macro_rules! catalogue {
    ($($name:literal),* $(,)?) => {
        /// Every experiment: its name and its file.
        pub const CATALOGUE: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../experiments/", $name, ".toml")))),*
        ];
    };
}

catalogue![
    "mws-figure-4",
    "mws-figure-5",
    "mws-figure-6",
    "mws-table-1",
    "mws-table-2",
    "mws-table-3",
    "mws-table-4",
    "mws-table-5",
    "mws-table-6",
    "mws-figure-8",
    "mws-figure-9",
    "mws-2019-table-1",
    "mws-2019-table-2",
    "mws-2019-table-3",
    "mws-2019-table-4",
    "mws-2019-table-5",
    "mws-2019-table-6",
    "mws-2019-figure-5",
    "mws-2019-figure-7",
    "mws-2019-figure-8",
    "mws-figure-11",
    "hmws-figure-4-timeseries",
    "hmws-figure-4-reference",
    "hmws-figure-4-scenes",
    "hmws-figure-6",
    "hmws-figure-9",
    "hmws-figure-10",
    "hmws-figure-11",
    "hmws-figure-8",
    "hmws-shrink",
    "hmws-hidden",
    "hmws-table-1",
    "hmws-table-2",
    "hmws-table-1-timeseries",
    "hmws-table-2-timeseries",
    "avf-table-1",
    "avf-table-3",
    "avf-figure-3",
    "avf-figure-4a",
    "avf-figure-4b",
    "avf-cells",
    "avf-joint",
    "avf-music",
    "avf-digits",
    "avf-walk",
    "lock-in-series",
    "lock-in-scenes",
];

/// An experiment of one's own is a file that ends so.
const FILE: &str = "toml";

/// The name and the text of an experiment: one of the catalogue, or a file.
pub fn find(name: &str) -> Result<(&str, Cow<'static, str>)> {
    let path = Path::new(name);
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    match (path.extension(), stem) {
        (Some(extension), Some(stem)) if extension == FILE => {
            let text = fs::read_to_string(path);
            let text = text.with_context(|| format!("{name}: cannot be read; check the path"))?;
            Ok((stem, text.into()))
        }
        _ => Ok((name, text_of(name)?.into())),
    }
}

fn text_of(name: &str) -> Result<&'static str> {
    let known = CATALOGUE.iter().find(|(n, _)| *n == name);
    known.map(|(_, text)| *text).ok_or_else(|| {
        let names = CATALOGUE.iter().map(|(n, _)| *n);
        let meant = closest(names, name).map(|n| format!(" (did you mean {n}?)"));
        anyhow!(
            "{name}: there is no such experiment{}; see `helmholtz reproduce --list`",
            meant.unwrap_or_default()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Experiment;

    #[test]
    fn every_experiment_can_be_read_whole_and_quick() {
        for (name, text) in CATALOGUE {
            for quick in [false, true] {
                let experiment = Experiment::read(name, text, quick).unwrap();
                assert!(!experiment.source.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn a_name_that_is_almost_right_is_recognised() {
        let error = text_of("mws-figre-4").unwrap_err().to_string();
        assert!(error.contains("did you mean mws-figure-4?"), "{error}");
    }
}
