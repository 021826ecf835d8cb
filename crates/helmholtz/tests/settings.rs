//! Settings from defaults, files, `KEY=VALUE` and flags, each winning over the former.

use std::fs;

use helmholtz::algorithm::Algorithm;
use helmholtz::domain::strings::{Config, StringDomain};
use helmholtz::product::ProductError;
use helmholtz::product::settings::{self, Asked};

fn resolve(asked: &Asked) -> Result<Config, ProductError> {
    settings::resolve::<StringDomain>(asked)
}

fn asked(set: &[&str]) -> Asked {
    let set = set.iter().map(ToString::to_string).collect();
    Asked {
        set,
        ..Asked::default()
    }
}

#[test]
fn set_takes_numbers_words_arrays_and_parts_of_tables() {
    let set = [
        "rates.guide=0.002",
        "algorithm=rws-sleep",
        "operators=[0.4, 0.5, 0.6]",
        "clip=5",
    ];
    let Config {
        rates,
        learning,
        operators,
        clip,
        ..
    } = resolve(&asked(&set[..3])).unwrap_or_default();
    assert_eq!(
        (rates.guide, rates.model),
        (0.002, Config::default().rates.model)
    );
    assert_eq!(
        (learning.algorithm, operators),
        (Algorithm::RWS_SLEEP, [0.4, 0.5, 0.6])
    );
    assert_eq!(clip, Config::default().clip);
    assert_eq!(resolve(&asked(&set[3..])).unwrap().clip, 5.0);
}

#[test]
fn flags_win_over_set_and_set_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    fs::write(
        &file,
        "steps = 1\nparticles = 4\nseed = 9\n[sizes]\nprior = 7\n",
    )
    .unwrap();
    let set = ["steps=2".to_owned(), "particles=6".to_owned()].to_vec();
    let asked = Asked {
        config: Some(file),
        set,
        flags: vec![("steps".into(), "steps".into(), 3.into())],
    };
    let config = resolve(&asked).unwrap();
    let learning = &config.learning;
    assert_eq!(
        (learning.steps, learning.particles, learning.seed),
        (3, 6, 9)
    );
    assert_eq!(
        (config.sizes.prior, config.sizes.guide),
        (7, Config::default().sizes.guide)
    );
}

#[test]
fn what_cannot_be_set_is_named() {
    for (set, part) in [
        ("steps", "no `=`"),
        ("=3", "no key"),
        ("rates.=3", "no key"),
        ("steps=", "no TOML value"),
        ("steps=1 2", "no TOML value"),
        ("stepz=3", "unknown field `stepz` (did you mean `steps`?)"),
        ("rates.gude=3", "did you mean `guide`?"),
        // It has no default.
        ("basline=0.5", "did you mean `baseline`?"),
        // What was typed is a setting of another table.
        ("prior=3", "did you mean `sizes.prior`?"),
        ("steps=many", "steps"),
        ("steps=-1", "steps"),
    ] {
        let error = format!("{}", resolve(&asked(&[set])).unwrap_err());
        assert!(
            error.contains(part) && error.contains("--set"),
            "{set}: {error}"
        );
    }
}
