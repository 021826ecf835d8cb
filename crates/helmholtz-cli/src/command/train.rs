//! `helmholtz train`: a new run.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use helmholtz::domain::strings::Config;
use helmholtz::domain::strings::training::learner;
use helmholtz::run::RunFolder;

use crate::args::{Domain, Train};
use crate::session::Session;
use crate::{STRINGS, input, settings};

pub(super) fn run(args: &Train, out: &mut dyn Write) -> Result<ExitCode> {
    let Domain::Strings = args.domain;
    let config = settings::resolve(&args.settings)?;
    let concepts = match &args.data {
        Some(path) => input::concepts(path, &args.reading, &config)?,
        None if args.reading.is_default() => input::builtin(&config),
        None => {
            bail!("--column, --format and --delimiter are about a file; name it by --data FILE")
        }
    };
    let learner = learner(&config, &concepts)?;
    let folder = args.out.clone().unwrap_or_else(|| free_folder(&config));
    let (run, lock) = RunFolder::create(&folder, STRINGS, &config, &concepts)?;
    Session {
        run,
        lock,
        config,
        learner,
        step: 0,
    }
    .train(args.time, out)
}

/// `runs/strings-1-mws-mix`, or the first of `-2`, `-3`, ... that is not there yet.
fn free_folder(config: &Config) -> PathBuf {
    let name = format!("{STRINGS}-{}-{}", config.seed, config.algorithm.name());
    let numbered = (2..).map(|n: u64| format!("{name}-{n}"));
    let names = std::iter::once(name.clone()).chain(numbered);
    let mut paths = names.map(|name| PathBuf::from("runs").join(name));
    paths.find(|path| !path.exists()).unwrap_or_default()
}
