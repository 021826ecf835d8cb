//! What a rule can count on, and what breeding finds, where all can be enumerated.

use super::*;
use helmholtz_core::estimator::{Carried, Coefficients, Grid, Needs, REWEIGHTED, Rule, Thinning};

/// A rule that asks for everything and looks at it.
const WITNESS: Rule = Rule {
    needs: Needs {
        guide: true,
        uniform: true,
    },
    carry: Some(count),
    ..Rule::new("witness", witness)
};

fn witness(grid: &Grid) -> Coefficients {
    let parts = grid.log_joint.iter().zip(&grid.log_proposal);
    for (weight, (joint, proposal)) in grid.log_weights.iter().zip(parts) {
        assert!((weight - (joint - proposal)).abs() < 1e-9);
    }
    let programs = grid.programs();
    assert!(programs > 0 && grid.log_joint.len() == programs);
    assert_eq!(
        (grid.log_guide.len(), grid.multiplicity.len()),
        (programs, programs)
    );
    // Of m equal programs each is one mth.
    let distinct: f64 = grid.multiplicity.iter().map(|&m| 1.0 / m as f64).sum();
    assert!((distinct - distinct.round()).abs() < 1e-9);
    // A mixture with a tenth of broad draws has nine tenths of the guide's density; members have none.
    let densities = grid.log_proposal.iter().zip(&grid.log_guide);
    for (proposal, guide) in densities.filter(|(p, _)| **p != 0.0) {
        assert!(*guide < 0.0 && proposal - guide > 0.9f64.ln() - 1e-6);
    }
    assert!(grid.uniform > 0.0 && grid.uniform < 1.0);
    (REWEIGHTED.coefficients)(grid)
}

/// Visits, weighed by the decay, and the last number.
fn count(grid: &Grid, _: &Coefficients, decay: f64) -> Carried {
    let before = grid.state.0.first().copied().unwrap_or(0.0);
    Carried(vec![decay * before + 1.0, grid.uniform])
}

fn witnessed(source: Source, memory: usize) -> Trainer<World> {
    let term = Term {
        decay: Some(0.5),
        ..Term::new(source, WITNESS, Scale::new(1.0, 1.0))
    };
    world(vec![term], memory, -1.5, 0.003, 7)
}

#[test]
fn a_rule_sees_the_parts_of_its_weights_and_carries_a_state() {
    let fresh = Source::Guide {
        programs: 6,
        defensive: 0.1,
    };
    let memory = Source::Memory {
        proposals: 3,
        shares: Shares::default(),
    };
    for (source, members) in [(fresh, 0), (memory, 3)] {
        let mut trainer = witnessed(source, members);
        // Three batches are an epoch.
        run(&mut trainer, 6);
        let state = trainer.learner.save().unwrap();
        let mut restored = witnessed(source, members).learner;
        restored.load(&state).unwrap();
        assert_eq!(restored.states, trainer.learner.states);
        let states = &restored.states;
        assert!(states.iter().all(|s| s.0[0] == 1.5), "{:?}", states[0]);
        let mut numbers: Vec<f64> = states.iter().map(|s| s.0[1]).collect();
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        assert_eq!(numbers.len(), 60);
    }
}

/// Checkpoints of format 1 have memories and running baselines as text; what goes on from one is as if it had never been.
#[test]
fn memories_and_baselines_of_old_checkpoints_are_read() {
    let mut learner = named("elbo".parse().unwrap(), 7).learner;
    let mut state = learner.save().unwrap();
    let mut written = vec!["null"; 60];
    written[1] = "-1.25";
    let text = |text: &str| text.as_bytes().to_vec();
    let baselines = text(&format!("[{}]", written.join(",")));
    state.records.clear();
    state.bytes.insert("baselines".into(), baselines);
    state.bytes.insert("memories".into(), text("[]"));
    learner.load(&state).unwrap();
    assert_eq!(learner.states[0], Carried(vec![]));
    assert_eq!(learner.states[1], Carried(vec![-1.25]));

    let mut trainer = named(Algorithm::MWS, 7);
    run(&mut trainer, 6);
    let now = trainer.learner.save().unwrap();
    let mut old = now.clone();
    old.records.clear();
    let memories = serde_json::to_vec(&trainer.learner.memories).unwrap();
    old.bytes.insert("memories".into(), memories);
    let mut restored = named(Algorithm::MWS, 7).learner;
    restored.load(&old).unwrap();
    assert_eq!(restored.save().unwrap(), now);
}

/// What a run folder does not write again is what it has.
#[test]
fn a_state_since_a_step_completes_one_of_before() {
    for algorithm in [Algorithm::MWS, "elbo".parse().unwrap()] {
        let mut trainer = named(algorithm, 7);
        run(&mut trainer, 2);
        let mut whole = trainer.learner.save().unwrap();
        run(&mut trainer, 3);
        let since = trainer.learner.save_since(2).unwrap();
        // A step of 20 among 60 observations.
        assert_eq!((whole.records.len(), since.records.len()), (60, 20));
        whole.records.extend(since.records.clone());
        let all = trainer.learner.save().unwrap();
        assert_eq!(whole.records, all.records);
        assert_eq!((since.arrays, since.bytes), (all.arrays, all.bytes));
    }
}

#[test]
fn two_terms_do_not_share_a_state() {
    let fresh = Source::Guide {
        programs: 2,
        defensive: 0.0,
    };
    let term = Term {
        decay: Some(0.5),
        ..Term::new(fresh, WITNESS, Scale::new(1.0, 1.0))
    };
    let trainer = witnessed(fresh, 0);
    let phases = vec![Phase {
        terms: vec![term; 2],
        ..trainer.learner.phases[0].clone()
    }];
    let device = training_device();
    let (model, guide) = (
        Patterns::new(0.0, false, 1, &device),
        PatternGuide::new(1, &device),
    );
    let error = WakeSleep::new(model, guide, vec![[0; LENGTH]], 0, phases, 1).err();
    assert_eq!(error.unwrap().setting, "baseline");
}

/// At a fixed model, with edits that leave no program out, a bred memory comes to hold the best programs without one
/// proposal of the guide. Its bound is the logarithm of the sum of their joints, and the model's gradient is that of the
/// bound: Q(z) - p(z) by the logits of the prior, the mean slope under Q by the noise.
#[test]
fn breeding_finds_the_best_programs_and_follows_their_bound() {
    let algorithm: Algorithm = "tvem".parse().unwrap();
    let mut terms = algorithm.terms(&learning(6)).unwrap();
    terms[0].thinning = Thinning::None;
    let members = algorithm.memory(6).0;
    let mut trainer = world(terms, members, -1.0, 0.0, 3);
    run(&mut trainer, 3000);
    let learner = &mut trainer.learner;
    let (flip, observations) = (learner.model().flip(), learner.data.len() as f64);
    let (mut bound, mut slope) = (0.0, 0.0);
    let prior = host(&learner.model().prior());
    let mut by_prior: Vec<f64> = prior.iter().map(|&p| -f64::from(p).exp()).collect();
    let all = all_programs();
    for (x, memory) in learner.data.iter().zip(&learner.memories) {
        let joints = joints(learner, x);
        let mut order: Vec<usize> = (0..PROGRAMS).collect();
        order.sort_by(|&a, &b| joints[b].total_cmp(&joints[a]));
        let held: Vec<f64> = memory
            .programs()
            .iter()
            .map(|p| joints[number(p)])
            .collect();
        let best: Vec<f64> = order[..members].iter().map(|&n| joints[n]).collect();
        assert_eq!(held, best);
        bound += logsumexp(&best) / observations;
        for (&n, q) in order.iter().zip(softmax(&best)) {
            by_prior[n] += q / observations;
            slope += q * likelihood(flip, &all[n], x).1 / observations;
        }
    }
    // So slowly that nothing moves, but the model's gradient alone is measured.
    learner.phases[0].rates = Rates {
        model: 1e-12,
        guide: 0.0,
        likelihood: 1e-12,
    };
    let everything: Vec<usize> = (0..learner.data.len()).collect();
    let report = learner.step(&everything, 3000);
    let norm = by_prior.iter().map(|g| g * g).sum::<f64>() + slope * slope;
    assert!(
        (report.bound - bound).abs() < 1e-4,
        "{} {bound}",
        report.bound
    );
    let found = report.numbers["gradient_norm"];
    assert!(
        (found - norm.sqrt()).abs() < 1e-3 * norm.sqrt(),
        "{found} {}",
        norm.sqrt()
    );
}
