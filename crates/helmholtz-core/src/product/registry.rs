//! The domains that a program knows, a line each.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::answer::{Outcome, Sink};
use super::error::ProductError;
use super::input::{Glimpse, Input, Likely};
use super::options::{Field, fields};
use super::settings;
use super::training::{Resumption, Training, Watch, resume, train};
use super::verb::{Role, Source, Verb};
use super::{Flag, Product};
use crate::run::RunFolder;
use crate::train::StopReason;

/// A verb of some domain, to be shown.
#[derive(Clone, Debug)]
pub struct VerbOf {
    /// Its name, and what it does in every domain.
    pub role: Role,
    /// What it does in this one.
    pub help: &'static str,
    /// Command lines to learn from.
    pub examples: &'static [&'static str],
    /// Its options.
    pub options: Vec<Field>,
}

/// A domain whose types nobody needs to know.
pub trait AnyProduct: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its older names.
    fn aliases(&self) -> &'static [&'static str];
    /// What is explained by what.
    fn about(&self) -> &'static str;
    /// What an observation is called, in the plural.
    fn observations(&self) -> &'static str;
    /// What can be asked.
    fn verbs(&self) -> Vec<VerbOf>;
    /// How files are read for training.
    fn reading(&self) -> Vec<Field>;
    /// The settings of training, as [`settings::fields`] has them.
    fn settings(&self) -> Vec<Field>;
    /// Settings that have a flag of their own.
    fn flags(&self) -> &'static [Flag];
    /// How likely a file is one of this domain.
    fn likely(&self, glimpse: &Glimpse) -> Option<Likely>;

    /// Asks something.
    ///
    /// # Errors
    /// When the domain has no such verb, an option or the input does not fit, or the model cannot be had.
    fn call(
        &self,
        verb: &str,
        asked: (&Source, &Input, Map<String, Value>),
        sink: &mut Sink<'_>,
    ) -> Result<Outcome, ProductError>;

    /// Begins a run.
    ///
    /// # Errors
    /// When settings or data do not fit, or the folder cannot be written.
    fn train(
        &self,
        training: &Training<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<StopReason, ProductError>;

    /// Goes on with a run.
    ///
    /// # Errors
    /// When the run cannot be used or written.
    fn resume(
        &self,
        run: RunFolder,
        resumption: &Resumption<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<StopReason, ProductError>;
}

/// A domain by its type.
struct Of<D>(std::marker::PhantomData<fn(D)>);

impl<D: Product> AnyProduct for Of<D> {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn aliases(&self) -> &'static [&'static str] {
        D::ALIASES
    }

    fn about(&self) -> &'static str {
        D::ABOUT
    }

    fn observations(&self) -> &'static str {
        D::OBSERVATIONS
    }

    fn verbs(&self) -> Vec<VerbOf> {
        let of = |v: Verb<D>| VerbOf {
            options: v.options(),
            role: v.role,
            help: v.help,
            examples: v.examples,
        };
        D::verbs().into_iter().map(of).collect()
    }

    fn reading(&self) -> Vec<Field> {
        fields::<D::Reading>()
    }

    fn settings(&self) -> Vec<Field> {
        settings::fields::<D>()
    }

    fn flags(&self) -> &'static [Flag] {
        D::FLAGS
    }

    fn likely(&self, glimpse: &Glimpse) -> Option<Likely> {
        D::likely(glimpse)
    }

    fn call(
        &self,
        verb: &str,
        (source, input, options): (&Source, &Input, Map<String, Value>),
        sink: &mut Sink<'_>,
    ) -> Result<Outcome, ProductError> {
        let verbs = D::verbs();
        let Some(found) = verbs.iter().find(|v| v.role.name == verb) else {
            let names: Vec<&str> = verbs.iter().map(|v| v.role.name).collect();
            let (domain, names) = (D::NAME, names.join(", "));
            let reason = format!("`{domain}` has no verb `{verb}`; it has {names}");
            return Err(ProductError::Missing { reason });
        };
        found.run(source, input, options, sink)
    }

    fn train(
        &self,
        training: &Training<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<StopReason, ProductError> {
        train::<D>(training, watch)
    }

    fn resume(
        &self,
        run: RunFolder,
        resumption: &Resumption<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<StopReason, ProductError> {
        resume::<D>(run, resumption, watch)
    }
}

/// The domains that a program knows.
#[derive(Clone, Default)]
pub struct Registry {
    entries: Vec<Arc<dyn AnyProduct>>,
}

impl Registry {
    /// No domain.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more.
    pub fn with<D: Product>(mut self) -> Self {
        self.entries
            .push(Arc::new(Of::<D>(std::marker::PhantomData)));
        self
    }

    /// The domains.
    pub fn domains(&self) -> impl Iterator<Item = &dyn AnyProduct> {
        self.entries.iter().map(|e| &**e)
    }

    /// The domain of a name.
    pub fn find(&self, name: &str) -> Option<&dyn AnyProduct> {
        self.domains()
            .find(|d| d.name() == name || d.aliases().contains(&name))
    }

    /// The domain that a run folder says it is of.
    ///
    /// # Errors
    /// When the folder cannot be read, or the domain is not known.
    pub fn of_run(&self, run: &RunFolder) -> Result<&dyn AnyProduct, ProductError> {
        let name = run.domain()?;
        self.find(&name).ok_or_else(|| {
            let reason = "which this program does not know; use the program that made it, or update this one";
            ProductError::unfit(run.path().display(), format!("a run of `{name}`, {reason}"))
        })
    }

    /// The most likely domain of a file.
    ///
    /// # Errors
    /// When it is of none, or when two are as likely.
    pub fn guess(&self, path: &Path) -> Result<&dyn AnyProduct, ProductError> {
        let place = path.display();
        let Some(glimpse) = Glimpse::of(path) else {
            let reason = "it cannot be opened; check the path, relative to the current folder";
            return Err(ProductError::unfit(place, reason));
        };
        self.likeliest(place, &glimpse)
    }

    /// The most likely domain of what is seen of a file.
    ///
    /// # Errors
    /// When it is of none, or when two are as likely.
    pub fn likeliest(
        &self,
        place: impl std::fmt::Display,
        glimpse: &Glimpse,
    ) -> Result<&dyn AnyProduct, ProductError> {
        let likely = self.domains().filter_map(|d| Some((d.likely(glimpse)?, d)));
        let likely: Vec<(Likely, &dyn AnyProduct)> = likely.collect();
        let best = likely.iter().map(|l| l.0).max();
        let best: Vec<&dyn AnyProduct> = likely
            .iter()
            .filter(|l| Some(l.0) == best)
            .map(|l| l.1)
            .collect();
        let names =
            |of: &[&dyn AnyProduct]| of.iter().map(|d| d.name()).collect::<Vec<_>>().join(", ");
        match &best[..] {
            [one] => Ok(*one),
            [] => {
                let all: Vec<&dyn AnyProduct> = self.domains().collect();
                let what = match glimpse.folder {
                    true => {
                        "not a run folder, there is no config.toml in it, and no domain reads such folders"
                    }
                    false => "no domain reads such files",
                };
                let reason = format!("{what}; say which is meant by --as, one of {}", names(&all));
                Err(ProductError::unfit(place, reason))
            }
            several => {
                let reason = format!("it could be of {}; say which by --as", names(several));
                Err(ProductError::unfit(place, reason))
            }
        }
    }
}
