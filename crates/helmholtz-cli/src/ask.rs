//! A verb of a domain: from what was typed to the last answer.

use std::io::Write;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use helmholtz::product::registry::VerbOf;
use helmholtz::product::verb::Takes;
use helmholtz::product::{
    Answer, AnyProduct, Attachment, Input, LeftOut, Outcome, Registry, Verdict,
};

use crate::front::arguments::given;
use crate::front::everywhere::Everywhere;
use crate::front::files::expand;
use crate::front::first::{Asked, elsewhere};
use crate::front::help;
use crate::front::project::Project;
use crate::front::usage::{Usage, parse};
use crate::keep::Keeper;
use crate::output::{self, note};
use crate::progress::Waiting;
use crate::show::{Form, Question, form};

/// Does what was asked; answers go to standard output.
pub(crate) fn ask(registry: &Registry, asked: &Asked<'_>) -> Result<u8> {
    let verb = verb_of(registry, asked)?;
    let project = Project::here(registry)?;
    let (matches, added) = matches_of(registry, asked, &verb, &project)?;
    let everywhere = Everywhere::of(&matches);
    crate::prepare(&everywhere)?;
    if asked.guessed && !everywhere.quiet {
        let (name, verb) = (asked.product.name(), &asked.verb);
        note(&format!(
            "read as {name} (--as says otherwise; {} {verb} {name} --help)",
            help::program()
        ));
    }
    if !added.is_empty() && !everywhere.quiet {
        note(&format!(
            "options from helmholtz.toml: {}",
            added.join(", ")
        ));
    }
    let until = everywhere.max_time.map(|time| Instant::now() + time);
    let input = Input {
        until,
        ..input(&verb, &matches, &project)?
    };
    let question = Question {
        verb: &asked.verb,
        domain: asked.product.name(),
    };
    let role = verb.role.name;
    let mut telling = Telling {
        form: form(&everywhere, question),
        out: Box::new(output::stdout_as(everywhere.output.escapes())),
        keeper: Keeper::new(everywhere.force, &input.files),
        unkept: vec![],
        progress: Waiting::new(!everywhere.quiet, role, input.extent.clone()),
        until,
        told: vec![],
        stopped: false,
        failed: None,
    };
    let options = given(&verb.options, &matches);
    let request = (&asked.source, &input, options);
    let outcome = asked
        .product
        .call(&asked.verb, request, &mut |answer| telling.tell(answer));
    telling.end(outcome?, everywhere.quiet)
}

/// What was typed, with what the project adds, and the names of that.
fn matches_of(
    registry: &Registry,
    asked: &Asked<'_>,
    verb: &VerbOf,
    project: &Project,
) -> Result<(ArgMatches, Vec<String>)> {
    let command = help::of_verb(asked.product, verb);
    let typed = parse(command.clone(), &asked.rest);
    let typed = typed.map_err(|error| hinted(registry, asked, error))?;
    let names = (asked.verb.as_str(), asked.product.name());
    let added = project.added(names, &command, &typed)?;
    if added.names.is_empty() {
        return Ok((typed, vec![]));
    }
    let all = [&added.arguments[..], &asked.rest].concat();
    let all = parse(command, &all).map_err(|error| match error.downcast::<Usage>() {
        Ok(usage) => {
            let said = format!("helmholtz.toml: {}", usage.said());
            usage.with_hint(said).into()
        }
        Err(error) => error,
    })?;
    Ok((all, added.names))
}

/// An error that names the domains which have the option.
fn hinted(registry: &Registry, asked: &Asked<'_>, error: anyhow::Error) -> anyhow::Error {
    let usage = match error.downcast::<Usage>() {
        Ok(usage) => usage,
        Err(error) => return error,
    };
    let hint = usage
        .unknown()
        .and_then(|option| elsewhere(registry, asked, &option));
    match hint {
        Some(hint) => usage.with_hint(hint).into(),
        None => usage.into(),
    }
}

fn verb_of(registry: &Registry, asked: &Asked<'_>) -> Result<VerbOf> {
    let verbs = asked.product.verbs();
    let (domain, wanted) = (asked.product.name(), &asked.verb);
    let names: Vec<&str> = verbs.iter().map(|v| v.role.name).collect();
    let names = names.join(", ");
    let has = |d: &&dyn AnyProduct| d.verbs().iter().any(|v| v.role.name == wanted);
    let others = || {
        registry
            .domains()
            .filter(has)
            .map(|d| d.name())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let found = verbs.into_iter().find(|v| v.role.name == wanted);
    found.with_context(|| {
        format!(
            "{wanted}: `{domain}` has no such verb; it has {names}, and `{wanted}` is for {}",
            others()
        )
    })
}

/// What the verb is asked about.
fn input(verb: &VerbOf, matches: &ArgMatches, project: &Project) -> Result<Input> {
    let all = |id: &str| -> Vec<String> {
        matches
            .get_many::<String>(id)
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    };
    match verb.role.takes {
        Takes::Nothing => Ok(Input::default()),
        Takes::Words(..) => Ok(Input {
            words: all("first").into_iter().chain(all("rest")).collect(),
            ..Input::default()
        }),
        Takes::Files => {
            let mut names = all("files");
            names.extend(all("data"));
            if names.is_empty() && crate::is_piped() {
                names.push("-".into());
            }
            if names.is_empty() && OF_PROJECT.contains(&verb.role.name) {
                names.clone_from(&project.files);
            }
            if names.is_empty() {
                bail!("{}: name a file, or `-` for standard input", verb.role.name);
            }
            Ok(Input::files(expand(&names)?))
        }
    }
}

/// Verbs that take the files of the project where none is named.
const OF_PROJECT: [&str; 2] = ["explain", "check"];

/// Answers on their way to standard output.
struct Telling<'a> {
    form: Box<dyn Form + 'a>,
    out: Box<dyn Write>,
    keeper: Keeper,
    /// Files that could not be written, and why.
    unkept: Vec<String>,
    progress: Waiting,
    until: Option<Instant>,
    /// What answers said that they leave out.
    told: Vec<LeftOut>,
    /// Whether the time was up before the last answer.
    stopped: bool,
    failed: Option<anyhow::Error>,
}

impl Telling<'_> {
    fn tell(&mut self, mut answer: Answer) -> ControlFlow<()> {
        // An answer is told, whatever becomes of its files.
        answer.files.retain_mut(|file| self.keeps(file));
        let (form, out) = (&mut self.form, &mut *self.out);
        let told = self.progress.answered(|| form.answer(out, &answer));
        self.told.extend(answer.left_out.iter().cloned());
        if let Err(error) = told {
            self.failed = Some(error.into());
            return ControlFlow::Break(());
        }
        self.stopped = self.until.is_some_and(|until| Instant::now() >= until);
        match self.stopped {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Whether a file is written; if not, why is told in the end.
    fn keeps(&mut self, file: &mut Attachment) -> bool {
        let unkept = self.keeper.keep(file).err();
        self.unkept.extend(unkept.iter().map(|e| format!("{e:#}")));
        unkept.is_none()
    }

    fn end(mut self, mut outcome: Outcome, quiet: bool) -> Result<u8> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        outcome.files.retain_mut(|file| self.keeps(file));
        let written = outcome.files.iter();
        let written = written.map(|file| format!("{}: {}", file.path.display(), file.what));
        outcome.remarks.extend(written);
        drop(self.progress);
        if self.stopped {
            outcome
                .remarks
                .push("the time was up: there may be more answers; see --max-time".into());
        }
        self.form.end(&mut *self.out, &outcome)?;
        self.out.flush()?;
        let left_out_of = outcome.input.left_out.iter();
        let untold = left_out_of.filter(|l| !self.told.contains(l));
        untold.for_each(|l| note(&left_out(l)));
        if !quiet {
            outcome.remarks.iter().for_each(|remark| note(remark));
        }
        if let Some(last) = self.unkept.pop() {
            self.unkept.iter().for_each(|e| output::error_line(e));
            bail!(last);
        }
        Ok(match outcome.verdict {
            Verdict::Done => 0,
            Verdict::Findings => 1,
            Verdict::Unjudged => 2,
        })
    }
}

/// What was left out of the input, in a line.
pub(crate) fn left_out(left_out: &LeftOut) -> String {
    format!("left out: {}", crate::show::left_out(left_out))
}
