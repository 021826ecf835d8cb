//! Every domain that ships is what it says: the test that a domain of one's own has to pass, too.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are no tests to the lint"
)]

use helmholtz::conform::{Fault, conform};
use helmholtz::domain::Domain;
use helmholtz::domain::automata::AutomataDomain;
use helmholtz::domain::characters::{CharacterDomain, characters};
use helmholtz::domain::mixture::MixtureDomain;
use helmholtz::domain::scenes::{SceneDomain, images};
use helmholtz::domain::strings::{Concept, StringDomain};
use helmholtz::domain::timeseries::SeriesDomain;
use helmholtz::guide::Guide;
use helmholtz::model::Model;
use helmholtz::product::Product;

/// Observations that are looked at.
const FEW: usize = 8;

/// What does not fit of the networks of a domain, on some of its built-in data.
fn faults<D, M, G>(
    config: D::Config,
    observed: impl Fn(&D::Config, &[D::Datum]) -> Vec<M::Observation>,
) -> Vec<Fault>
where
    D: Product + Domain<Networks = (M, G)>,
    M: Model,
    G: Guide<M>,
{
    let data: Vec<D::Datum> = D::builtin(&config)
        .observations
        .into_iter()
        .take(FEW)
        .collect();
    let (model, guide) = D::networks(&config).unwrap();
    conform(&model, &guide, &observed(&config, &data), 1)
}

#[test]
fn strings_are_what_they_say() {
    let observed = |_: &_, data: &[Concept]| data.iter().map(Concept::observation).collect();
    assert_eq!(
        faults::<StringDomain, _, _>(StringDomain::defaults(), observed),
        []
    );
}

#[test]
fn series_are_what_they_say() {
    let observed = |_: &_, data: &[_]| data.to_vec();
    assert_eq!(
        faults::<SeriesDomain, _, _>(SeriesDomain::defaults(), observed),
        []
    );
}

#[test]
fn clusters_are_what_they_say() {
    let observed = |_: &_, data: &[_]| data.to_vec();
    assert_eq!(
        faults::<MixtureDomain, _, _>(MixtureDomain::defaults(), observed),
        []
    );
}

#[test]
fn automata_are_what_they_say() {
    let observed = |_: &_, data: &[_]| data.to_vec();
    assert_eq!(
        faults::<AutomataDomain, _, _>(AutomataDomain::defaults(), observed),
        []
    );
}

#[test]
fn characters_are_what_they_say() {
    let observed = |config: &_, data: &[_]| characters(config, data).unwrap();
    assert_eq!(
        faults::<CharacterDomain, _, _>(CharacterDomain::defaults(), observed),
        []
    );
}

#[test]
fn scenes_are_what_they_say() {
    let observed = |config: &_, data: &[_]| images(config, data).unwrap();
    assert_eq!(
        faults::<SceneDomain, _, _>(SceneDomain::defaults(), observed),
        []
    );
}
