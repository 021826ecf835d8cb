//! `helmholtz sample`: what the model believes before it sees data, as in the paper's Table 2.

use std::io::Write;

use anyhow::Result;
use helmholtz::domain::strings::fantasy::{Fantasy, fantasies};

use crate::args::Sample;
use crate::format::visible;
use crate::loaded::Loaded;
use crate::output::{self, Style};

pub(super) fn run(args: &Sample, out: &mut dyn Write) -> Result<()> {
    let model = Loaded::open(&args.run)?.model;
    let drawn = fantasies(
        &model,
        args.programs as usize,
        args.samples as usize,
        args.seed,
    );
    if args.json {
        output::json(out, &drawn)?;
        return Ok(());
    }
    let style = Style::of_stdout();
    for Fantasy {
        regex,
        log_prior,
        samples,
        ..
    } in &drawn
    {
        writeln!(
            out,
            "{}  {}",
            style.bold(regex),
            style.dim(&format!("(log p {log_prior:.1})"))
        )?;
        samples
            .iter()
            .try_for_each(|sample| writeln!(out, "    {}", visible(sample)))?;
    }
    Ok(())
}
