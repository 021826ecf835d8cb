//! The model that ships with the library, trained on the built-in concepts.

use super::config::Config;
use super::guide::StringGuide;
use super::model::StringModel;
use super::training::StringDomain;
use helmholtz_core::domain;
use helmholtz_math::error::StateError;

/// The configuration, model and guide that ship with the library.
///
/// # Errors
/// When the shipped file does not fit the code, which a test excludes.
pub fn pretrained() -> Result<(Config, StringModel, StringGuide), StateError> {
    let (config, (model, guide)) = domain::pretrained::<StringDomain>()?;
    Ok((config, model, guide))
}

#[cfg(test)]
mod tests {
    use super::*;
    use helmholtz_core::domain::Settings as _;

    #[test]
    fn the_shipped_model_loads_and_knows_common_programs() {
        let (config, model, _) = pretrained().unwrap();
        assert_eq!(config.check(), Ok(()));
        let common = "\\d\\d\\d\\d".parse().unwrap();
        let odd = "~}\\l@".parse().unwrap();
        let log_prior = model.log_priors(&[common, odd]);
        assert!(log_prior[0] > log_prior[1] + 5.0, "{log_prior:?}");
    }
}
