//! Why an evidence by Laplace's approximation may be wrong, and how an answer says so.

/// Why an evidence that rests on a climb may be wrong; by default it is not in doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubt {
    /// The climb has not converged: the Gaussian is not around a mode.
    pub unfinished: bool,
    /// The curvature was damped: the Gaussian is not as wide as the posterior.
    pub damped: bool,
}

/// A program's doubt, and the program's weight in an answer.
pub type Weighted = (Doubt, f64);

/// A doubt about less than this share of the weight is not worth telling.
const NEGLIGIBLE: f64 = 0.005;

impl Doubt {
    /// That of an answer made of several programs: of each kind where it is about more than a negligible share.
    pub fn of_all(programs: &[Weighted]) -> Self {
        let total: f64 = programs.iter().map(|p| p.1).sum();
        let enough = |kind: fn(Self) -> bool| weight(programs, kind) > NEGLIGIBLE * total;
        Self {
            unfinished: enough(|d| d.unfinished),
            damped: enough(|d| d.damped),
        }
    }

    /// Whether there is any.
    pub fn exists(self) -> bool {
        self.unfinished || self.damped
    }

    /// What the answer says of one program; `None` where there is no doubt.
    pub fn said(self) -> Option<String> {
        Some(format!("its evidence rests on {}", self.reason()?))
    }

    fn reason(self) -> Option<&'static str> {
        match (self.unfinished, self.damped) {
            (false, false) => None,
            (true, false) => Some("a climb that has not converged"),
            (false, true) => Some("a damped curvature"),
            (true, true) => Some("a climb that has not converged and on a damped curvature"),
        }
    }
}

/// The weight of the programs that some doubt is about.
fn weight(programs: &[Weighted], kind: fn(Doubt) -> bool) -> f64 {
    let each = programs.iter().filter(|p| kind(p.0)).map(|p| p.1);
    each.sum()
}

/// What an answer says of all its programs, whose weights sum to 1 and that a person calls by `noun`; `None` where
/// those in doubt have no weight to speak of.
pub fn doubtful(noun: &str, programs: &[Weighted]) -> Option<String> {
    let reason = match Doubt::of_all(programs) {
        // Some of them for one reason, others for the other.
        Doubt {
            unfinished: true,
            damped: true,
        } => "a climb that has not converged or on a damped curvature",
        one => one.reason()?,
    };
    let share = percent(weight(programs, Doubt::exists));
    Some(format!(
        "{share} of the weight is of {noun} whose evidence rests on {reason}"
    ))
}

/// A share in percent that is never rounded to all.
fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p >= 99.5 && share < 1.0 - 1e-9 => ">99%".to_owned(),
        p => format!("{:.0}%", p.max(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Doubt = Doubt {
        unfinished: false,
        damped: false,
    };
    const UNFINISHED: Doubt = Doubt {
        unfinished: true,
        damped: false,
    };
    const DAMPED: Doubt = Doubt {
        unfinished: false,
        damped: true,
    };

    #[test]
    fn a_doubt_without_weight_is_not_told() {
        assert_eq!(NONE.said(), None);
        assert_eq!(doubtful("kernels", &[(NONE, 1.0)]), None);
        let light = [(NONE, 0.997), (DAMPED, 0.003)];
        assert_eq!(doubtful("kernels", &light), None);
        // Within a program that is made of several, weights do not sum to 1.
        assert_eq!(
            Doubt::of_all(&[(NONE, 1e-9), (UNFINISHED, 1e-10)]),
            UNFINISHED
        );
    }

    #[test]
    fn a_doubt_with_weight_is_told_with_its_share() {
        let said = DAMPED.said().unwrap();
        assert_eq!(said, "its evidence rests on a damped curvature");
        let told = |programs: &[Weighted]| doubtful("parses", programs).unwrap();
        assert_eq!(
            told(&[(NONE, 0.6), (UNFINISHED, 0.37), (UNFINISHED, 0.03)]),
            "40% of the weight is of parses whose evidence rests on a climb that has not converged"
        );
        let both = told(&[(UNFINISHED, 0.5), (DAMPED, 0.498), (NONE, 0.002)]);
        assert!(both.starts_with(">99% of the weight") && both.contains(" or on a damped"));
        assert!(told(&[(DAMPED, 1.0)]).starts_with("100%"));
    }
}
