//! `helmholtz explain`: a file as programs.

use std::io::Write;

use anyhow::{Result, bail};
use helmholtz::domain::Domain as _;

use crate::args::Explain;
use crate::domain::{self, Verbs, with_domain};
use crate::loaded::Loaded;

pub(super) fn run(args: &Explain, out: &mut dyn Write) -> Result<()> {
    with_domain!(domain::of_run(&args.run)?, D => {
        let asked = args.horizon.is_some() || args.forecast.is_some() || args.html.is_some();
        if asked && !D::FORECASTS {
            let name = D::NAME;
            bail!("--horizon, --forecast and --html are not for the domain `{name}`");
        }
        D::explain(&Loaded::<D>::open(&args.run)?, args, out)
    })
}
