//! `helmholtz filter`: a stream, step by step.

use std::io::Write;

use anyhow::Result;

use crate::args::Filter;
use crate::domain::{self, Verbs, with_domain};
use crate::loaded::Loaded;

pub(super) fn run(args: &Filter, out: &mut dyn Write) -> Result<()> {
    with_domain!(domain::of_run(&args.run)?, D => {
        D::filter(&Loaded::open(&args.run, D::shipped)?, args, out)
    })
}
