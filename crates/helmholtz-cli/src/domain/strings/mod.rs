//! Strings: columns of tables, explained by regexes.

mod explain;
mod input;

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use helmholtz::domain::strings::evaluate::{EvaluateOptions, evaluate};
use helmholtz::domain::strings::fantasy::{Fantasy, fantasies};
use helmholtz::domain::strings::{Concept, Config, StringDomain};

use super::Verbs;
use crate::args::{Evaluate, Explain, Reading, Sample};
use crate::format::visible;
use crate::loaded::Loaded;
use crate::output::{self, Style, note};

impl Verbs for StringDomain {
    const OBSERVATIONS: &'static str = "columns";

    fn read(path: &Path, reading: &Reading, config: &Config) -> Result<Vec<Concept>> {
        input::concepts(path, reading, config)
    }

    fn builtin(config: &Config) -> Vec<Concept> {
        input::builtin(config)
    }

    fn explain(loaded: &Loaded<Self>, args: &Explain, out: &mut dyn Write) -> Result<()> {
        explain::run(loaded, args, out)
    }

    fn sample(loaded: &Loaded<Self>, args: &Sample, out: &mut dyn Write) -> Result<()> {
        let (model, _) = &loaded.networks;
        let drawn = fantasies(
            model,
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

    fn evaluate(loaded: &Loaded<Self>, args: &Evaluate, out: &mut dyn Write) -> Result<()> {
        let Loaded {
            config,
            networks: (model, guide),
            ..
        } = loaded;
        let concepts = input::concepts(&args.data, &args.reading, config)?;
        if concepts.iter().all(|c| c.test.is_empty()) {
            let values = 2 * config.strings;
            note(&format!(
                "no column has strings to be tested on; give `test` in JSON lines, or tables of more than \
                 {values} distinct values"
            ));
        }
        let evaluation = evaluate(model, guide, config, &concepts, &EvaluateOptions::default())?;
        Ok(output::either(out, args.json, &evaluation)?)
    }
}
