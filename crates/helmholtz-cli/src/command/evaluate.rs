//! `helmholtz evaluate`: a model measured on held-out data.

use std::io::Write;

use anyhow::Result;

use crate::args::Evaluate;
use crate::domain::{self, Verbs, with_domain};
use crate::loaded::Loaded;

pub(super) fn run(args: &Evaluate, out: &mut dyn Write) -> Result<()> {
    with_domain!(domain::of_run(&args.run)?, D => {
        D::evaluate(&Loaded::<D>::open(&args.run)?, args, out)
    })
}
