//! `helmholtz explain`: a file as programs.

use std::io::Write;

use anyhow::Result;

use crate::args::Explain;
use crate::domain::{self, Verbs, with_domain};
use crate::loaded::Loaded;

pub(super) fn run(args: &Explain, out: &mut dyn Write) -> Result<()> {
    with_domain!(domain::of_run(&args.run)?, D => {
        domain::refuse_others::<D>(&[
            ("horizon", args.horizon.is_some()),
            ("scale", args.scale.is_some()),
            ("forecast", args.forecast.is_some()),
            ("html", args.html.is_some()),
        ])?;
        D::explain(&Loaded::open(&args.run, D::shipped)?, args, out)
    })
}
