//! `helmholtz evaluate`: a model measured on held-out data.

use std::io::Write;

use anyhow::Result;

use crate::args::Evaluate;
use crate::domain::{self, Verbs, with_domain};
use crate::loaded::Loaded;

pub(super) fn run(args: &Evaluate, out: &mut dyn Write) -> Result<()> {
    with_domain!(domain::of_run(&args.run)?, D => {
        domain::refuse_others::<D>(&[
            ("particles", args.particles.is_some()),
            ("iterations", args.iterations.is_some()),
        ])?;
        D::evaluate(&Loaded::open(&args.run, D::shipped)?, args, out)
    })
}
