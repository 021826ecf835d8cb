//! An algorithm is data: a row of a table, whose terms are summands of the surrogate.

pub mod learning;
mod table;
mod term;

pub use learning::Learning;
pub use table::{Members, Origin, Recipe, Row, Share, TABLE};
pub use term::{Parents, Pathwise, Ranking, Recall, Scale, Shares, Source, Term};

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use helmholtz_math::error::SettingError;

/// A row of the [`TABLE`]: what is given as its name, in settings and on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Algorithm(usize);

impl Algorithm {
    /// All of them, in the order of the table.
    pub const ALL: [Self; TABLE.len()] = {
        let mut all = [Self(0); TABLE.len()];
        let mut i = 0;
        while i < all.len() {
            all[i] = Self(i);
            i += 1;
        }
        all
    };
    /// Memoised wake-sleep.
    pub const MWS: Self = Self::named("mws");
    /// The same with a guide that learns from fantasies too.
    pub const MWS_MIX: Self = Self::named("mws-mix");
    /// The rule of the first submission.
    pub const MWS_2019: Self = Self::named("mws-2019");
    /// Hybrid memoised wake-sleep.
    pub const HMWS: Self = Self::named("hmws");
    /// Reweighted wake-sleep.
    pub const RWS: Self = Self::named("rws");
    /// The same with a guide that learns from fantasies.
    pub const RWS_SLEEP: Self = Self::named("rws-sleep");
    /// VIMCO.
    pub const VIMCO: Self = Self::named("vimco");

    /// The row of that name. A constant of a name that is not there does not compile.
    const fn named(name: &str) -> Self {
        let mut i = 0;
        while !same(TABLE[i].name, name) {
            i += 1;
        }
        Self(i)
    }

    /// What it is.
    pub const fn row(self) -> &'static Row {
        &TABLE[self.0]
    }

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The size of its memory and the proposals it is offered in a step; `(0, 0)` without a memory.
    pub fn memory(self, programs: usize) -> (usize, usize) {
        self.row().members.of(programs)
    }

    /// Whether its guide learns from fantasies.
    fn sleeps(self) -> bool {
        self.row().terms.iter().any(|t| t.origin == Origin::Fantasy)
    }

    /// The terms of the surrogate.
    ///
    /// # Errors
    /// Degenerate settings are refused with a reason: fewer than two particles where a memory needs a
    /// proposal beside it, a wake phase would reinforce the guide's own sample or a leave-one-out baseline
    /// would be of nothing; no fantasies where the guide learns from them; shares and decays out of range.
    pub fn terms(self, learning: &Learning) -> Result<Vec<Term>, SettingError> {
        self.check(learning)?;
        let (_, proposals) = self.memory(learning.programs());
        let terms = self.row().terms.iter();
        Ok(terms.map(|t| t.term(learning, proposals)).collect())
    }

    fn check(self, learning: &Learning) -> Result<(), SettingError> {
        let refuse = |setting, reason: String| Err(SettingError::new(setting, reason));
        let name = self.name();
        match (learning.particles, self.row().alone) {
            (0, _) => return refuse("particles", format!("{name} needs at least 1")),
            (1, Some(why)) => {
                return refuse("particles", format!("{name} needs at least 2, for {why}"));
            }
            _ => {}
        }
        if self.sleeps() && learning.fantasies == 0 {
            let reason = format!("the guide of {name} learns from fantasies, at least 1");
            return refuse("fantasies", reason);
        }
        if !(0.0..=1.0).contains(&learning.mix) {
            return refuse("mix", "a share from 0 to 1".into());
        }
        if !(0.0..1.0).contains(&learning.defensive) {
            return refuse("defensive", "a share of at least 0 and below 1".into());
        }
        if learning
            .baseline
            .is_some_and(|decay| !(0.0..1.0).contains(&decay))
        {
            return refuse("baseline", "a decay of at least 0 and below 1".into());
        }
        Ok(())
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// The names, in the order of the table.
const NAMES: [&str; TABLE.len()] = {
    let mut names = [""; TABLE.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = TABLE[i].name;
        i += 1;
    }
    names
};

impl std::fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Algorithm {
    type Err = SettingError;

    fn from_str(name: &str) -> Result<Self, SettingError> {
        let found = NAMES.iter().position(|n| *n == name).map(Self);
        found.ok_or_else(|| {
            let reason = format!("`{name}` is none of {}", NAMES.join(", "));
            SettingError::new("algorithm", reason)
        })
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        let unknown = |_| serde::de::Error::unknown_variant(&name, &NAMES);
        name.parse().map_err(unknown)
    }
}

impl JsonSchema for Algorithm {
    fn schema_name() -> Cow<'static, str> {
        "Algorithm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let name = |row: &Row| json_schema!({"description": row.about, "type": "string", "const": row.name});
        let names: Vec<Schema> = TABLE.iter().map(name).collect();
        json_schema!({"description": "The algorithms, by the names of the command line", "oneOf": names})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::{MEMOISED, SLEEP};

    fn learning() -> Learning {
        Learning {
            particles: 5,
            defensive: 0.1,
            ..Learning::default()
        }
    }

    #[test]
    fn particles_are_the_evaluations_of_every_algorithm() {
        assert_eq!(Algorithm::MWS.memory(5), (3, 2));
        for algorithm in Algorithm::ALL {
            let terms = algorithm.terms(&learning()).unwrap();
            let (memory, _) = algorithm.memory(5);
            let total: usize = terms.iter().map(|t| t.evaluations(memory)).sum();
            let more = match algorithm.name() {
                "mws-2019" | "mws-2019-fantasy" => 1,
                // A wake phase besides, and a memory of fresh programs besides.
                "hmws-minus" => 5,
                "rws-plus" => 3,
                _ => 0,
            };
            assert_eq!(total, 5 + more, "{}", algorithm.name());
        }
    }

    #[test]
    fn continuous_samples_are_counted_among_the_particles() {
        let hybrid = Learning {
            particles: 50,
            samples: 5,
            ..learning()
        };
        assert_eq!(Algorithm::HMWS.memory(hybrid.programs()), (5, 5));
        let terms = Algorithm::HMWS.terms(&hybrid).unwrap();
        assert_eq!((terms[0].samples, terms[0].evaluations(5)), (5, 50));
        let fresh = Algorithm::RWS.terms(&hybrid).unwrap();
        assert_eq!((fresh[0].samples, fresh[0].evaluations(0)), (1, 50));
        let odd = Learning {
            algorithm: Algorithm::HMWS,
            samples: 7,
            ..hybrid
        };
        assert_eq!(odd.check().unwrap_err().setting, "samples");
    }

    #[test]
    fn the_guide_and_the_model_each_learn_with_total_weight_one() {
        for algorithm in Algorithm::ALL {
            let terms = algorithm.terms(&learning()).unwrap();
            let sum = |f: fn(&Scale) -> f64| terms.iter().map(|t| f(&t.scale)).sum::<f64>();
            let sums = [sum(|s| s.joint), sum(|s| s.discrete), sum(|s| s.continuous)];
            assert_eq!(sums, [1.0; 3], "{}", algorithm.name());
        }
    }

    #[test]
    fn degenerate_settings_are_refused_with_a_reason() {
        let setting = |algorithm: Algorithm, learning: Learning| {
            let error = algorithm.terms(&learning).err();
            error.map(|e| e.setting).unwrap_or_default()
        };
        for algorithm in Algorithm::ALL {
            let of = |particles| Learning {
                particles,
                ..learning()
            };
            assert_eq!(setting(algorithm, of(0)), "particles");
            let single = ["mws-2019", "mws-2019-fantasy", "iwae", "elbo", "wake-sleep"];
            let refused = !single.contains(&algorithm.name());
            assert_eq!(
                setting(algorithm, of(1)),
                if refused { "particles" } else { "" }
            );
            let silent = Learning {
                fantasies: 0,
                ..learning()
            };
            let refused = if algorithm.sleeps() { "fantasies" } else { "" };
            assert_eq!(setting(algorithm, silent), refused);
        }
        let all = Learning {
            defensive: 1.0,
            ..learning()
        };
        assert_eq!(setting(Algorithm::RWS, all), "defensive");
        let more_than_all = Learning {
            mix: 1.1,
            ..learning()
        };
        assert_eq!(setting(Algorithm::named("rws-mix"), more_than_all), "mix");
        let for_ever = Learning {
            baseline: Some(1.0),
            ..learning()
        };
        assert_eq!(setting(Algorithm::named("elbo"), for_ever), "baseline");
    }

    #[test]
    fn shares_that_are_none_are_refused() {
        let shares = |exploration, edits| {
            let source = Source::Memory {
                proposals: 2,
                shares: Shares { exploration, edits },
            };
            Term::new(source, MEMOISED, Scale::new(1.0, 1.0)).check(3)
        };
        assert!(shares(0.5, 0.5).is_ok() && shares(0.0, 1.0).is_ok());
        let ranking = Ranking {
            broad: 1.5,
            power: 0.0,
            apart: false,
        };
        let term = Term {
            ranking,
            ..Term::new(Source::Fantasy { count: 1 }, SLEEP, Scale::new(0.0, 1.0))
        };
        assert_eq!(term.check(3).unwrap_err().setting, "broad");
        let apart = Ranking {
            apart: true,
            ..Ranking::default()
        };
        let refused = |samples| Term {
            ranking: apart,
            ..term.with_samples(samples)
        };
        assert_eq!(refused(1).check(3).unwrap_err().setting, "apart");
        assert!(refused(2).check(3).is_ok());
        let pooled = Term {
            recall: Recall {
                pooling: 0.5,
                ..Recall::default()
            },
            ..refused(2)
        };
        assert_eq!(pooled.check(3).unwrap_err().setting, "apart");
        for (exploration, edits) in [(-0.1, 0.0), (0.6, 0.6), (0.0, f64::NAN)] {
            assert_eq!(shares(exploration, edits).unwrap_err().setting, "edits");
        }
    }

    #[test]
    fn names_round_trip() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse::<Algorithm>().unwrap(), algorithm);
            let written = serde_json::to_value(algorithm).unwrap();
            assert_eq!(written, algorithm.name());
            assert_eq!(Algorithm::deserialize(&written).unwrap(), algorithm);
        }
        let unknown = serde_json::from_str::<Algorithm>("\"wake\"").unwrap_err();
        assert!(
            unknown
                .to_string()
                .starts_with("unknown variant `wake`, expected one of `mws`, ")
        );
        assert!(
            "wake"
                .parse::<Algorithm>()
                .unwrap_err()
                .to_string()
                .contains("mws-mix")
        );
    }
}
