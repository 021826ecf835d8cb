//! A few trials of every search: the quick form of what `helmholtz reproduce calibration-<domain>` does.

use std::sync::atomic::AtomicBool;

use helmholtz_reproduce::calibration::{Effort, tried};

/// Draws of each domain's model.
const DRAWN: u64 = 8;

#[test]
fn every_search_is_tried_and_finds_most_of_what_its_model_draws() {
    for domain in tried() {
        let folder = tempfile::tempdir().unwrap();
        let effort = Effort {
            drawn: DRAWN,
            recorded: None,
        };
        let go = AtomicBool::new(false);
        let told = domain
            .calibrate(&effort, folder.path(), &go, &|_, _| {})
            .unwrap()
            .unwrap();
        let source = &told.sources[0];
        let name = domain.name();
        assert_eq!(source.cases + source.nothing, DRAWN as usize, "{name}");
        assert!(source.missed <= 0.5, "{name}: {source:?}");
        assert_eq!(told.fitted.cases(), source.cases, "{name}");
        for file in [
            "cases.jsonl",
            "confidence.json",
            "table.md",
            "reliability.svg",
        ] {
            assert!(folder.path().join(file).exists(), "{name}: {file}");
        }
    }
}

/// What a domain ships was fitted to its searches, and to many.
#[test]
fn shipped_confidence_was_fitted_to_many_trials() {
    for domain in tried() {
        assert!(domain.shipped().cases() >= 200, "{}", domain.name());
    }
}
