//! `helmholtz evaluate`: a model measured on held-out data.

use std::io::Write;

use anyhow::Result;
use helmholtz::domain::strings::evaluate::{EvaluateOptions, evaluate};

use crate::args::Evaluate;
use crate::loaded::Loaded;
use crate::{input, output};

pub(super) fn run(args: &Evaluate, out: &mut dyn Write) -> Result<()> {
    let Loaded {
        config,
        model,
        guide,
    } = Loaded::open(&args.run)?;
    let concepts = input::concepts(&args.data, &args.columns, &config)?;
    let evaluation = evaluate(
        &model,
        &guide,
        &config,
        &concepts,
        &EvaluateOptions::default(),
    )?;
    match args.json {
        true => output::json(out, &evaluation)?,
        false => writeln!(out, "{}", evaluation.to_string().trim_end())?,
    }
    Ok(())
}
