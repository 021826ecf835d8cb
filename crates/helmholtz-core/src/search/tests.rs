use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use helmholtz_math::random::Stream;

/// Numbers below 1000 with two hills: a wide one of height 50 at 200, and a narrow one of height 60 at 800. Steps are
/// edits; numbers with the same tens are the same answer.
#[derive(Default)]
struct Hills {
    asked: AtomicUsize,
    /// Draws of the guide are below this.
    guide: usize,
    /// What a screen adds to the score: 0 for a perfect one.
    screen: Option<f64>,
}

fn height(z: i64) -> f64 {
    let hill = |at: i64, top: f64, width: f64| top - ((z - at) as f64 / width).powi(2);
    hill(200, 50.0, 20.0).max(hill(800, 60.0, 4.0))
}

impl Space for Hills {
    type Program = i64;
    type Start = ();
    type Note = ();
    type Key = i64;

    fn seeds(&self, _: &mut Stream, _: bool) -> Vec<Draft<i64>> {
        vec![Draft::new(0)]
    }

    fn propose(&self, rngs: &mut [Stream]) -> Vec<Draft<i64>> {
        let draw = |rng: &mut Stream| Draft::new(rng.below(self.guide) as i64);
        rngs.iter_mut().map(draw).collect()
    }

    fn edits(&self, parent: &Draft<i64>, rng: &mut Stream) -> Vec<Draft<i64>> {
        let step = [-10, -1, 1, 10][rng.below(4)];
        let moved = parent.program + step;
        let inside = (0..1000).contains(&moved);
        inside.then(|| Draft::new(moved)).into_iter().collect()
    }

    fn screen(&self, drafts: &mut [Draft<i64>], least: f64) -> Vec<f64> {
        let Some(more) = self.screen else {
            return vec![0.0; drafts.len()];
        };
        let each = drafts.iter().map(|d| match height(d.program) + more {
            low if low < least => f64::NEG_INFINITY,
            value => value,
        });
        each.collect()
    }

    fn score(&self, drafts: &[Draft<i64>]) -> Vec<Option<Member<i64>>> {
        self.asked.fetch_add(drafts.len(), Ordering::Relaxed);
        let score =
            |d: &Draft<i64>| (d.program != 13).then(|| Member::new(d.program, height(d.program)));
        drafts.iter().map(score).collect()
    }

    fn same_answer(&self, member: &Member<i64>) -> i64 {
        member.draft.program / 10
    }
}

fn budget() -> Budget {
    Budget {
        members: 5,
        first: 3,
        rounds: 90,
        edits: 4,
        seed: 3,
        ..Budget::default()
    }
}

fn programs(posterior: &Posterior<i64>) -> Vec<i64> {
    posterior.members.iter().map(|m| m.draft.program).collect()
}

#[test]
fn the_best_of_all_restarts_come_first() {
    let hills = Hills {
        guide: 1000,
        ..Hills::default()
    };
    let posterior = search(
        &hills,
        &Budget {
            restarts: 12,
            ..budget()
        },
    );
    let found = programs(&posterior);
    assert_eq!(found[0], 800, "{found:?}");
    let joints: Vec<f64> = posterior.members.iter().map(|m| m.log_joint).collect();
    assert!(joints.is_sorted_by(|a, b| a >= b) && found.len() == 5);
    assert!((posterior.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    // Starts on either side of the valley end on either hill.
    let said = posterior.agreement;
    assert!(said.reached > 0 && said.reached < 12, "{said:?}");
}

#[test]
fn members_of_one_answer_have_their_weight_together() {
    let hills = Hills {
        guide: 1000,
        ..Hills::default()
    };
    let posterior = search(&hills, &budget());
    let (weights, found) = (posterior.weights(), programs(&posterior));
    let mut places = vec![];
    for same in &posterior.answers {
        let tens = |&i: &usize| found[i] / 10;
        assert!(
            same.members
                .iter()
                .all(|i| tens(i) == tens(&same.members[0]))
        );
        let weight: f64 = same.members.iter().map(|&i| weights[i]).sum();
        assert!((same.weight - weight).abs() < 1e-12 && same.members.is_sorted());
        places.extend(same.members.clone());
    }
    places.sort_unstable();
    assert_eq!(places, (0..found.len()).collect::<Vec<_>>());
    assert!(posterior.answers.len() < found.len());
    assert!(posterior.answers.is_sorted_by(|a, b| a.weight >= b.weight));
    let trust = posterior.trust(Confidence::cautious());
    assert!(trust.found() > 0.0 && trust.found() + trust.not_found == 1.0);
    let nothing = Posterior::<i64> {
        members: vec![],
        ..posterior
    };
    assert_eq!(nothing.trust(Confidence::cautious()).not_found, 1.0);
}

#[test]
fn what_somebody_else_proposes_is_looked_at() {
    let hills = Hills {
        guide: 20,
        ..Hills::default()
    };
    let reached = |offered: &[i64]| {
        let offered = offered.iter().copied().map(Draft::new).collect();
        let posterior = search_with(&hills, &budget(), offered);
        assert_eq!(programs(&posterior)[0], 800);
        posterior.agreement.reached
    };
    // One restart is told of the hill; the others climb the other. Of few all are told.
    assert_eq!(reached(&[13, 790, 5, 7]), 1);
    assert_eq!(reached(&[790, 13]), 4);
}

#[test]
fn nothing_is_scored_twice_and_an_error_is_no_member() {
    let hills = Hills {
        guide: 20,
        ..Hills::default()
    };
    let posterior = search(&hills, &budget());
    assert_eq!(hills.asked.load(Ordering::Relaxed) as u64, posterior.scored);
    assert_eq!(posterior.scored, posterior.screened);
    assert!(programs(&posterior).iter().all(|z| *z != 13));
    assert_eq!(programs(&posterior)[0], 200);
    let all = posterior.agreement;
    assert_eq!((all.restarts, all.reached, all.alone), (4, 4, 0));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let hills = Hills {
        guide: 1000,
        ..Hills::default()
    };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        let posterior = pool.install(|| search(&hills, &budget()));
        (
            programs(&posterior),
            posterior.agreement,
            posterior.screened,
        )
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn a_screen_saves_scores_and_an_honest_one_loses_nothing() {
    let plain = Hills {
        guide: 1000,
        ..Hills::default()
    };
    let screened = Hills {
        screen: Some(0.5),
        guide: 1000,
        ..Hills::default()
    };
    let (all, some) = (search(&plain, &budget()), search(&screened, &budget()));
    assert_eq!(programs(&all), programs(&some));
    assert!(some.scored < all.scored, "{} {}", some.scored, all.scored);
    let few = Budget {
        scored: Some(1),
        ..budget()
    };
    assert!(search(&screened, &few).scored <= some.scored);
}

#[test]
fn a_budget_ends_a_search_and_that_is_told() {
    let hills = Hills {
        guide: 1000,
        ..Hills::default()
    };
    let short = search(
        &hills,
        &Budget {
            evaluations: Some(40),
            ..budget()
        },
    );
    assert!(short.cut && short.screened < 60, "{}", short.screened);
    // The first lines of an answer go by this.
    assert!(short.agreement.cut);
    let timed = search(
        &hills,
        &Budget {
            seconds: Some(1e-9),
            ..budget()
        },
    );
    assert!(timed.cut && timed.members.is_empty());
    let whole = search(&hills, &budget());
    let patient = search(
        &hills,
        &Budget {
            patience: Some(3),
            ..budget()
        },
    );
    assert!(!whole.agreement.cut);
    assert!(!whole.cut && !patient.cut && patient.screened < whole.screened);
}

#[test]
fn what_cannot_find_anything_is_refused() {
    let of = |budget: Budget| budget.check().map_err(|e| e.setting);
    assert!(of(budget()).is_ok());
    assert_eq!(
        of(Budget {
            members: 0,
            ..budget()
        }),
        Err("members".into())
    );
    assert_eq!(
        of(Budget {
            seconds: Some(f64::NAN),
            ..budget()
        }),
        Err("seconds".into())
    );
}

/// All neighbours at once.
struct Neighbours;

impl Space for Neighbours {
    type Program = i64;
    type Start = ();
    type Note = ();
    type Key = i64;

    const ENUMERATES: bool = true;

    fn propose(&self, rngs: &mut [Stream]) -> Vec<Draft<i64>> {
        let draw = |rng: &mut Stream| Draft::new(rng.below(30) as i64);
        rngs.iter_mut().map(draw).collect()
    }

    fn edits(&self, parent: &Draft<i64>, _: &mut Stream) -> Vec<Draft<i64>> {
        [-1, 1].map(|step| Draft::new(parent.program + step)).into()
    }

    fn score(&self, drafts: &[Draft<i64>]) -> Vec<Option<Member<i64>>> {
        let score = |d: &Draft<i64>| Some(Member::new(d.program, height(d.program)));
        drafts.iter().map(score).collect()
    }

    fn same_answer(&self, member: &Member<i64>) -> i64 {
        member.draft.program
    }
}

#[test]
fn where_all_neighbours_are_known_a_search_ends_by_itself() {
    let budget = Budget {
        edits: 1,
        rounds: 10_000,
        ..budget()
    };
    let posterior = search(&Neighbours, &budget);
    assert_eq!(posterior.members[0].draft.program, 200);
    assert!(posterior.screened < 250, "{}", posterior.screened);
    assert_eq!(posterior.agreement.reached, 4);
}

/// Eight numbers to begin with, or four of them, and nothing else.
struct Seeded;

impl Space for Seeded {
    type Program = usize;
    type Start = ();
    type Note = ();
    type Key = usize;

    fn seeds(&self, rng: &mut Stream, alone: bool) -> Vec<Draft<usize>> {
        let mut all: Vec<usize> = (0..8).collect();
        rng.shuffle(&mut all);
        all.truncate(if alone { 8 } else { 4 });
        all.into_iter().map(Draft::new).collect()
    }

    fn propose(&self, _: &mut [Stream]) -> Vec<Draft<usize>> {
        vec![]
    }

    fn edits(&self, _: &Draft<usize>, _: &mut Stream) -> Vec<Draft<usize>> {
        vec![]
    }

    fn score(&self, drafts: &[Draft<usize>]) -> Vec<Option<Member<usize>>> {
        let score = |d: &Draft<usize>| Some(Member::new(d.program, d.program as f64));
        drafts.iter().map(score).collect()
    }

    fn same_answer(&self, member: &Member<usize>) -> usize {
        member.draft.program
    }
}

#[test]
fn who_searches_alone_begins_with_everything() {
    let found = |restarts| {
        let budget = Budget {
            restarts,
            members: 8,
            ..budget()
        };
        search(&Seeded, &budget)
    };
    assert_eq!(found(1).members.len(), 8);
    let several = found(4);
    assert!((5..=8).contains(&several.members.len()));
    assert!(several.agreement.reached < 4, "{:?}", several.agreement);
}
