//! `helmholtz sample`: what a model believes before it sees data.

use std::io::Write;

use anyhow::Result;

use crate::args::Sample;
use crate::domain::{self, Verbs, with_domain};
use crate::loaded::Loaded;

pub(super) fn run(args: &Sample, out: &mut dyn Write) -> Result<()> {
    with_domain!(domain::of_run(&args.run)?, D => {
        domain::refuse_others::<D>(&[
            ("steps", args.steps.is_some()),
            ("out", args.out.is_some()),
            ("after", args.after.is_some()),
            ("alphabet", args.alphabet.is_some()),
        ])?;
        D::sample(&Loaded::open(&args.run, D::shipped)?, args, out)
    })
}
