//! The model that ships with the library, trained on hand-written kernels and built-in series.

use super::config::Config;
use super::guide::SeriesGuide;
use super::model::SeriesModel;
use super::training::SeriesDomain;
use helmholtz_core::domain;
use helmholtz_math::error::StateError;

/// The configuration, model and guide that ship with the library.
///
/// # Errors
/// When the shipped file does not fit the code, which a test excludes.
pub fn pretrained() -> Result<(Config, SeriesModel, SeriesGuide), StateError> {
    let (config, (model, guide)) = domain::pretrained::<SeriesDomain>()?;
    Ok((config, model, guide))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expression, Series};
    use helmholtz_core::domain::Settings as _;
    use helmholtz_core::model::{Model, Rows};

    #[test]
    fn the_shipped_model_loads_and_prefers_what_is_common() {
        let (config, model, _) = pretrained().unwrap();
        assert_eq!(config.check(), Ok(()));
        let programs = ["WN+SE", "PER1*PER2*PER3+PER4"].map(|t| t.parse::<Expression>().unwrap());
        let x = Series::even(vec![0.0; 4]).unwrap();
        let observations = [&x];
        let prior = model
            .log_prior(&Rows::new(&observations, &[0, 0], &programs))
            .values();
        assert!(prior[0] > prior[1] + 3.0, "{prior:?}");
    }
}
