//! Completions for shells and manual pages, from the same data as the help.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Arg, Command, value_parser};
use clap_complete::Shell;
use helmholtz::files::write_whole;
use helmholtz::product::Registry;

use crate::front::help::{bare, of_program, of_verb, program, with_examples, with_settings};
use crate::front::usage::parse;
use crate::front::{everywhere, first};
use crate::{learn, output, reproduce};

/// `helmholtz completions SHELL`.
pub(crate) fn completions(registry: &Registry, args: &[String]) -> Result<u8> {
    let shell = Arg::new("shell")
        .value_name("SHELL")
        .required(true)
        .value_parser(value_parser!(Shell))
        .help("Which shell");
    let command = bare(
        "completions",
        "Write completions for a shell to standard output",
    )
    .args([shell, everywhere::help()]);
    let examples = ["completions bash > completions.bash"];
    let matches = parse(with_examples(command, &examples), args)?;
    let shell = matches
        .get_one::<Shell>("shell")
        .context("completions: name a shell")?;
    let mut out = output::stdout();
    clap_complete::generate(*shell, &mut whole(registry), program(), &mut out);
    Ok(0)
}

/// `helmholtz man DIR`.
pub(crate) fn manual(registry: &Registry, args: &[String]) -> Result<u8> {
    let folder = Arg::new("folder")
        .value_name("DIR")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("The folder for them; it is made where it is not there");
    let command = bare("man", "Write manual pages into a folder, one a command")
        .args([folder, everywhere::help()]);
    let matches = parse(with_examples(command, &["man man/man1"]), args)?;
    let folder = matches
        .get_one::<PathBuf>("folder")
        .context("man: name a folder")?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{}: cannot be made; check the path", folder.display()))?;
    let mut whole = whole(registry);
    whole.build();
    write(&whole, program(), folder)?;
    Ok(0)
}

/// The page of a command, and those of what is below it.
fn write(command: &Command, name: &str, folder: &Path) -> Result<()> {
    let mut page = vec![];
    let called = command
        .clone()
        .name(name.to_owned())
        .display_name(name.to_owned());
    clap_mangen::Man::new(called).render(&mut page)?;
    let path = folder.join(format!("{name}.1"));
    write_whole(&path, &page)
        .with_context(|| format!("{}: cannot be written; check the path", path.display()))?;
    let below = command.get_subcommands().filter(|c| c.get_name() != "help");
    below
        .into_iter()
        .try_for_each(|c| write(c, &format!("{name}-{}", c.get_name()), folder))
}

/// All commands in one tree: the program, its verbs, and below these the domains that have them.
fn whole(registry: &Registry) -> Command {
    let verbs = first::verbs(registry).into_iter().map(|name| {
        let of = registry.domains().filter_map(|domain| {
            let verb = domain.verbs().into_iter().find(|v| v.role.name == name)?;
            Some((of_verb(domain, &verb).name(domain.name()), verb.role.about))
        });
        let of: Vec<(Command, &str)> = of.collect();
        let about = of.first().map(|o| o.1).unwrap_or_default();
        let verb = Command::new(name).about(about).disable_help_flag(true);
        verb.subcommands(of.into_iter().map(|o| o.0))
    });
    let train = registry
        .domains()
        .map(|d| with_settings(learn::of_domain(d), d).name(d.name()));
    let train = Command::new("train")
        .about(first::OWN[0].1)
        .disable_help_flag(true)
        .subcommands(train);
    let own = [
        train,
        learn::of_resume().name("resume"),
        reproduce::command().name("reproduce"),
    ];
    of_program(registry)
        .name(program())
        .disable_help_subcommand(true)
        .subcommands(verbs.chain(own).collect::<Vec<_>>())
}

/// `helmholtz schema`.
pub(crate) fn schema(args: &[String]) -> Result<u8> {
    let about = "Write the JSON schema of answers to standard output";
    let command = bare("schema", about).arg(everywhere::help());
    parse(
        with_examples(command, &["schema > answers.schema.json"]),
        args,
    )?;
    let mut out = output::stdout();
    writeln!(out, "{:#}", crate::show::schema())?;
    out.flush()?;
    Ok(0)
}
