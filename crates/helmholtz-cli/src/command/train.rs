//! `helmholtz train`: a new run.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use helmholtz::domain::Settings;
use helmholtz::run::RunFolder;

use crate::args::Train;
use crate::domain::{Verbs, with_domain};
use crate::session::Session;
use crate::settings;

pub(super) fn run(args: &Train, out: &mut dyn Write) -> Result<ExitCode> {
    with_domain!(args.domain, D => train::<D>(args, out))
}

fn train<D: Verbs>(args: &Train, out: &mut dyn Write) -> Result<ExitCode> {
    let config = settings::resolve::<D>(&args.settings)?;
    let data = match &args.data {
        Some(path) => D::read(path, &args.reading, &config)?,
        None if args.reading.is_default() => D::builtin(&config),
        None => {
            bail!("options of tables, such as --column, are about a file; name it by --data FILE")
        }
    };
    let config = D::settle(config, &data)?;
    let learner = D::learner(&config, &data)?;
    let default = || free_folder(D::NAME, &config);
    let folder = args.out.clone().unwrap_or_else(default);
    let (run, lock) = RunFolder::create(&folder, D::NAME, &config, &data)?;
    Session::<D> {
        run,
        lock,
        config,
        learner,
        step: 0,
    }
    .train(args.time, out)
}

/// `runs/strings-1-mws-mix`, or the first of `-2`, `-3`, ... that is not there yet.
fn free_folder(domain: &str, settings: &impl Settings) -> PathBuf {
    let seed = settings.schedule().seed;
    let name = format!("{domain}-{seed}-{}", settings.method());
    let numbered = (2..).map(|n: u64| format!("{name}-{n}"));
    let names = std::iter::once(name.clone()).chain(numbered);
    let mut paths = names.map(|name| PathBuf::from("runs").join(name));
    paths.find(|path| !path.exists()).unwrap_or_default()
}
