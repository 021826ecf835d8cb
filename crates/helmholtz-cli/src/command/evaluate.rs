//! `helmholtz evaluate`: a model measured on held-out data.

use std::io::Write;

use anyhow::Result;
use helmholtz::domain::strings::evaluate::{EvaluateOptions, evaluate};

use crate::args::Evaluate;
use crate::loaded::Loaded;
use crate::output::note;
use crate::{input, output};

pub(super) fn run(args: &Evaluate, out: &mut dyn Write) -> Result<()> {
    let Loaded {
        config,
        model,
        guide,
    } = Loaded::open(&args.run)?;
    let concepts = input::concepts(&args.data, &args.reading, &config)?;
    if concepts.iter().all(|c| c.test.is_empty()) {
        let values = 2 * config.strings;
        note(&format!(
            "no column has strings to be tested on; give `test` in JSON lines, or tables of more than \
             {values} distinct values"
        ));
    }
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
