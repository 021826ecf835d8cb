//! What streams of random numbers are for, all in one place: two that are for different things never meet.

/// What a stream is for: the last part of its address ([`super::random::Stream::at`]).
///
/// Each purpose has 2^48 addresses of its own, so that several particles, terms or moments can be told apart within
/// it. Domains share purposes, since two domains never share a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Purpose {
    /// The first weights of a model.
    ModelWeights = 1,
    /// The first weights of a guide.
    GuideWeights,
    /// Built-in data.
    Data,
    /// The order of built-in data.
    DataOrder,
    /// The parts into which data are split, and what is drawn from long observations.
    Split,
    /// The part of a long observation that is learned from.
    Subset,
    /// The order in which observations are visited.
    Visits,

    /// Training: programs of a guide.
    Program,
    /// Training: continuous samples.
    Continuous,
    /// Training: which proposals are broad ones.
    Defence,
    /// Training: broad proposals.
    Defensive,
    /// Training: which particles are thinned out.
    Thin,
    /// Training: latents of fantasies.
    Latent,
    /// Training: observations of fantasies.
    Observation,
    /// Training: edits of members of a memory.
    Edit,
    /// Training: continuous samples from remembered posteriors.
    Recall,
    /// Training: which member repeats.
    Repeat,

    /// Training of filters: the beginning of a clip.
    Clip,
    /// Training of filters: the sample that is carried on.
    Carry,
    /// Training of filters: which particles go on.
    CarryOn,
    /// Training of filters: the samples at which posteriors are judged.
    Judge,
    /// Filtering: samples of posteriors.
    Filter,
    /// Filtering: which particles go on.
    Resample,
    /// Filtering: samples of an exact posterior.
    Conditional,
    /// Filtering: what is predicted.
    Predict,
    /// Filtering: the numbers that are invented.
    Invent,

    /// Fantasies, before or beside training: programs, or all of them.
    Fantasy,
    /// Fantasies: what their programs make.
    FantasyObservation,

    /// Search: proposals.
    Proposals,
    /// Search: edits.
    SearchEdit,
    /// Search: the values that are scored.
    Scored,
    /// Search: the values that a guide is shown.
    Shown,

    /// Explanations: samples of programs.
    Sample,
    /// Explanations: what may come next.
    Future,
    /// Explanations: draws of parameters.
    Parameters,

    /// Measurements: particles.
    Particles,
    /// Measurements: draws of all kinds.
    Draws,
    /// Measurements: which draws are broad ones.
    Broad,
    /// Measurements: broad draws.
    BroadDraws,
    /// Measurements: programs of a background.
    Background,
    /// Measurements: classes to be told apart.
    Classes,
    /// Measurements: a guide that is fitted anew.
    Refit,
    /// Experiments: what is chosen to be measured.
    Choice,
    /// Experiments: what is shown.
    Exhibit,
    /// Training: the number that a rule asks for.
    Rule,
    /// Search: what it begins with.
    Seeds,
}

/// Bits of an address below its purpose.
const DETAIL: u32 = 48;

impl Purpose {
    /// The address of the purpose as such.
    pub const fn tag(self) -> u64 {
        self.with(0)
    }

    /// One of the 2^48 addresses of the purpose.
    pub const fn with(self, detail: u64) -> u64 {
        debug_assert!(detail < 1 << DETAIL, "a detail reaches into the purpose");
        ((self as u64) << DETAIL) | detail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_detail_of_a_purpose_is_another_purpose() {
        let last = (1 << DETAIL) - 1;
        for (a, b) in [
            (Purpose::Program, Purpose::Continuous),
            (Purpose::ModelWeights, Purpose::GuideWeights),
        ] {
            assert!(a.with(last) < b.tag());
        }
        // A number without a purpose, such as a particle's, is none.
        assert!(last < Purpose::ModelWeights.tag());
    }
}
