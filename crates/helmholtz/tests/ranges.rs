//! What the schemas of settings say is what training does: which settings there are, and between which bounds.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are no tests to the lint"
)]

use std::collections::BTreeSet;
use std::ops::Bound;

use helmholtz::domain::automata::AutomataDomain;
use helmholtz::domain::characters::CharacterDomain;
use helmholtz::domain::mixture::MixtureDomain;
use helmholtz::domain::scenes::SceneDomain;
use helmholtz::domain::sequence::{MusicDomain, SpeechDomain, StreamDomain};
use helmholtz::domain::strings::StringDomain;
use helmholtz::domain::timeseries::SeriesDomain;
use helmholtz::domain::{Domain, Networks as _};
use helmholtz::needs::{self, Needs};
use helmholtz::product::options::{Field, Kind};
use helmholtz::product::settings::{self, Asked};
use helmholtz_nn::hollow;
use serde_json::Value;
use toml::Table;

/// Settings that others limit further: an end of their range may be refused. A window has to have a width, a scale has
/// two parts, a memory has to hold something, and there is one output.
const LIMITED: [&str; 10] = [
    "batch",
    "exploration",
    "fantasies",
    "filtering.clip",
    "output.discretised",
    "particles",
    "range",
    "samples",
    "scaling",
    "windows",
];

/// What is checked of a domain.
type Checks = fn(&[Field]);

#[test]
fn schemas_say_what_is_checked() {
    fn of<D: Domain>() -> (&'static str, Checks) {
        (D::NAME, |known| {
            every_setting_is_known::<D>(known);
            defaults_are_within(known);
            bounds_are_checked::<D>(known);
            needs_are_told_before_they_arise::<D>(known);
        })
    }
    let domains = [
        of::<StringDomain>(),
        of::<SeriesDomain>(),
        of::<StreamDomain>(),
        of::<MusicDomain>(),
        of::<SpeechDomain>(),
        of::<MixtureDomain>(),
        of::<AutomataDomain>(),
        of::<CharacterDomain>(),
        of::<SceneDomain>(),
    ];
    let registry = helmholtz::registry();
    for (product, (name, checks)) in registry.domains().zip(domains) {
        assert_eq!(product.name(), name);
        checks(&product.settings());
    }
    assert_eq!(registry.domains().count(), domains.len());
}

/// What is written of the defaults is known, and what is known can be set.
fn every_setting_is_known<D: Domain>(known: &[Field]) {
    let written = leaves(&Table::try_from(D::defaults()).unwrap(), "");
    let is_table = |f: &&Field| matches!(f.kind, Kind::Table(_));
    let told = known
        .iter()
        .filter(|f| !is_table(f))
        .map(|f| f.name.clone());
    let told: BTreeSet<String> = told.collect();
    let missing: Vec<&String> = written.difference(&told).collect();
    assert!(missing.is_empty(), "{}: {missing:?}", D::NAME);
    for field in known {
        assert!(!field.help.is_empty(), "{}: {}", D::NAME, field.name);
        // Whether the value fits is another matter.
        let refused = set::<D>(&field.name, "[]").err().unwrap_or_default();
        assert!(!refused.contains("unknown"), "{}: {refused}", D::NAME);
    }
}

/// The keys of values that are no tables.
fn leaves(table: &Table, before: &str) -> BTreeSet<String> {
    let each = table.iter().flat_map(|(key, value)| match value {
        toml::Value::Table(inner) => leaves(inner, &format!("{before}{key}.")),
        _ => [format!("{before}{key}")].into(),
    });
    each.collect()
}

fn defaults_are_within(known: &[Field]) {
    for field in known {
        if let Some(default) = &field.default {
            assert_eq!(field.kind.check(default), Ok(()), "{}", field.name);
        }
    }
}

/// Just outside of a range is refused; its ends are not, unless another setting limits them.
fn bounds_are_checked<D: Domain>(known: &[Field]) {
    for field in known {
        for Edge { inside, outside } in edges_of(field) {
            let (name, key) = (D::NAME, &field.name);
            if let Some(outside) = outside {
                assert!(set::<D>(key, &outside).is_err(), "{name}: {key}={outside}");
            }
            if !LIMITED.iter().any(|limited| key.starts_with(limited)) {
                assert_eq!(set::<D>(key, &inside), Ok(()), "{name}: {key}={inside}");
            }
        }
    }
}

/// Observations of the runs whose needs are told.
const ITEMS: usize = 100;

/// Whatever size is asked for, what it needs is known without taking it, and a bound refuses it with the setting's name.
fn needs_are_told_before_they_arise<D: Domain>(known: &[Field]) {
    // What follows from data is as of these.
    let follows = known.iter().any(|f| f.name == "width");
    let data: &[&str] = if follows {
        &["width=88", "output=\"bernoulli\""]
    } else {
        &[]
    };
    let defaults = resolved::<D>(data).unwrap();
    let size = hollow(|| D::networks(&defaults)).unwrap().size();
    assert_eq!(size, D::networks(&defaults).unwrap().size(), "{}", D::NAME);
    let usual = Needs::of::<D>(&defaults, ITEMS).unwrap().total();
    assert!(usual < 2e9, "{}: {usual}", D::NAME);
    for field in known {
        for Edge { inside, .. } in edges_of(field) {
            let set = format!("{}={inside}", field.name);
            let Ok(config) = resolved::<D>(&[data, &[&set]].concat()) else {
                continue;
            };
            let needs = Needs::of::<D>(&config, ITEMS).unwrap();
            let within = |bytes: f64| needs::check::<D>(&config, ITEMS, bytes as u64);
            assert_eq!(within(needs.total() + 1.0), Ok(()));
            let refused = within(needs.total() / 2.0);
            assert!(refused.is_err(), "{}: {}={inside}", D::NAME, field.name);
            if needs.total() > 100.0 * usual {
                let refused = refused.unwrap_err();
                let begins = |name: &str| refused.setting.starts_with(name);
                assert!(begins(&field.name), "{}: {refused}", D::NAME);
            }
        }
    }
    // Networks of the largest sizes have tens of billions of weights.
    let peak = helmholtz::machine::peak().unwrap_or_default();
    assert!(peak < 2_000_000_000, "{}: {peak}", D::NAME);
}

fn set<D: Domain>(key: &str, value: &str) -> Result<(), String> {
    resolved::<D>(&[&format!("{key}={value}")]).map(drop)
}

fn resolved<D: Domain>(set: &[&str]) -> Result<D::Config, String> {
    let asked = Asked {
        set: set.iter().map(ToString::to_string).collect(),
        ..Asked::default()
    };
    settings::resolve::<D>(&asked).map_err(|e| e.to_string())
}

/// An end of a range: the last value inside, and the first outside, where there is one.
struct Edge {
    inside: String,
    outside: Option<String>,
}

fn edges_of(field: &Field) -> Vec<Edge> {
    let list = field.default.as_ref().and_then(Value::as_array).cloned();
    let list = list.unwrap_or_default();
    let placed = |(place, kind): (usize, &Kind)| {
        let within = |number: String| {
            let mut list: Vec<String> = list.iter().map(Value::to_string).collect();
            list.resize_with(list.len().max(place + 1), || "1".into());
            list[place] = number;
            format!("[{}]", list.join(", "))
        };
        let edges = edges(kind).into_iter().map(|edge| Edge {
            inside: within(edge.inside),
            outside: edge.outside.map(within),
        });
        edges.collect::<Vec<_>>()
    };
    match &field.kind {
        Kind::Many(kind) => placed((0, kind)),
        Kind::Each(kinds) => kinds.iter().enumerate().flat_map(placed).collect(),
        kind => edges(kind),
    }
}

/// The ends of the range of a number.
fn edges(kind: &Kind) -> Vec<Edge> {
    let edge = |inside: f64, outside: Option<f64>| Edge {
        inside: format!("{inside:?}"),
        outside: outside.map(|x| format!("{x:?}")),
    };
    match *kind {
        Kind::Count { least, most } => {
            let bounded = most < i64::MAX as u64;
            let greatest = if bounded { most } else { u32::MAX.into() };
            let outside = [
                Some(i128::from(least) - 1),
                bounded.then(|| i128::from(most) + 1),
            ];
            let ends = [least, greatest].into_iter().zip(outside);
            let ends = ends.map(|(inside, outside)| Edge {
                inside: inside.to_string(),
                outside: outside.map(|n| n.to_string()),
            });
            ends.collect()
        }
        Kind::Number { least, most } => vec![
            match least {
                Bound::Included(x) => edge(x, Some(x.next_down())),
                Bound::Excluded(x) => edge(x.next_up(), Some(x)),
                Bound::Unbounded => edge(f64::MIN, None),
            },
            match most {
                Bound::Included(x) => edge(x, Some(x.next_up())),
                Bound::Excluded(x) => edge(x.next_down(), Some(x)),
                Bound::Unbounded => edge(f64::MAX, None),
            },
        ],
        _ => vec![],
    }
}
