//! `train` and `resume`: a run begins, or goes on.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use helmholtz::algorithm::{Algorithm, Learning};
use helmholtz::machine::peak;
use helmholtz::product::settings::Asked;
use helmholtz::product::training::{Bounds, Copying, Event, Resumption, Training};
use helmholtz::product::{AnyProduct, Extent, Flag, Input, Registry, Taken};
use helmholtz::run::RunFolder;
use helmholtz::train::StopReason;
use toml::Value;

use crate::ask::left_out;
use crate::format::parse_size;
use crate::front::arguments::{argument, given};
use crate::front::everywhere::{self, Everywhere};
use crate::front::files::expand;
use crate::front::first::Values;
use crate::front::help::{bare, listed, program, with_examples, with_settings};
use crate::front::usage::parse;
use crate::interrupt;
use crate::output::{self, note};
use crate::progress::{Progress, Waiting};

/// The largest count that every file format of a run can hold.
const LARGEST: u64 = i64::MAX as u64;
const TRAINING: &str = "Training";
const SETTINGS: &str = "Settings";

/// `helmholtz train DOMAIN`.
pub(crate) fn train(registry: &Registry, args: Vec<String>) -> Result<u8> {
    let words = Values::of(registry).words(&args);
    let named = words.first().map(|i| (*i, args[*i].as_str()));
    let Some((place, product)) = named.and_then(|(i, name)| Some((i, registry.find(name)?))) else {
        if let Some((_, name)) = named {
            return Err(crate::front::first::no_domain(registry, "train", name));
        }
        parse(of_any(registry), &args)?;
        bail!("train: name a domain; see `{} train --help`", program());
    };
    let rest = crate::front::first::without(args, place);
    let matches = parse(with_settings(of_domain(product), product), &rest)?;
    let everywhere = Everywhere::of(&matches);
    crate::prepare(&everywhere)?;
    let input = input(&matches)?;
    let reading = given(&product.reading(), &matches);
    if input.is_none() && !reading.is_empty() {
        bail!("options of reading, such as --column, are about a file; name it");
    }
    let training = Training {
        input: input.as_ref(),
        reading,
        settings: settings(product, &matches),
        out: matches.get_one::<PathBuf>("out").cloned(),
        copying: copying(&matches),
        bounds: bounds(&everywhere, &matches)?,
    };
    let mut telling = Telling::new(product, &everywhere);
    let reason = product.train(&training, &mut |event| telling.tell(&event))?;
    telling.end(reason)
}

/// `helmholtz resume RUN`.
pub(crate) fn resume(registry: &Registry, args: &[String]) -> Result<u8> {
    let matches = parse(of_resume(), args)?;
    let everywhere = Everywhere::of(&matches);
    crate::prepare(&everywhere)?;
    let path = matches
        .get_one::<PathBuf>("run")
        .context("resume: name a run folder")?;
    let run = RunFolder::open(path)?;
    let product = registry.of_run(&run)?;
    let resumption = Resumption {
        steps: matches.get_one::<u64>("steps").copied(),
        bounds: bounds(&everywhere, &matches)?,
    };
    let mut telling = Telling::new(product, &everywhere);
    telling.run = Some(path.clone());
    let reason = product.resume(run, &resumption, &mut |event| telling.tell(&event))?;
    telling.end(reason)
}

/// The words of `--copy-data`, and what each means.
const COPYING: [(&str, Copying); 3] = [
    ("small", Copying::Small),
    ("always", Copying::Always),
    ("never", Copying::Never),
];

fn copying(matches: &ArgMatches) -> Copying {
    let asked = matches.get_one::<String>("copy_data");
    let found = asked.and_then(|word| COPYING.iter().find(|c| c.0 == word));
    found.map(|c| c.1).unwrap_or_default()
}

fn bounds(everywhere: &Everywhere, matches: &ArgMatches) -> Result<Bounds<'static>> {
    Ok(Bounds {
        time: everywhere.max_time,
        memory: matches.get_one("max_memory").copied(),
        interrupt: interrupt::flag()?,
    })
}

/// What is learned from, where it is not what comes with the domain.
fn input(matches: &ArgMatches) -> Result<Option<Input>> {
    let named = |id| {
        matches
            .get_many::<String>(id)
            .into_iter()
            .flatten()
            .cloned()
    };
    let names: Vec<String> = named("files").chain(named("data")).collect();
    match names.is_empty() {
        true => Ok(None),
        false => Ok(Some(Input::files(expand(&names)?))),
    }
}

/// Settings from flags, a file and `--set`.
fn settings(product: &dyn AnyProduct, matches: &ArgMatches) -> Asked {
    let set = matches.get_many::<String>("set").into_iter().flatten();
    let flags = COMMON
        .iter()
        .map(|f| f.0)
        .chain(product.flags().iter().copied());
    Asked {
        config: matches.get_one::<PathBuf>("config").cloned(),
        set: set.cloned().collect(),
        flags: flags.filter_map(|flag| flag_of(&flag, matches)).collect(),
    }
}

fn flag_of(flag: &Flag, matches: &ArgMatches) -> Option<(String, String, Value)> {
    let value = match flag.takes {
        Taken::Count => Value::from(*matches.get_one::<u64>(flag.name)? as i64),
        Taken::Word(_) => Value::from(matches.get_one::<String>(flag.name)?.clone()),
        Taken::Nothing(value) => Value::from(matches.get_flag(flag.name).then_some(value)?),
    };
    Some((flag.name.into(), flag.key.into(), value))
}

/// A setting of every domain, with what it is where nothing is said.
struct Common(Flag, fn() -> String);

const COMMON: [Common; 4] = [
    Common(
        Flag {
            name: "algorithm",
            key: "algorithm",
            help: "How to learn",
            takes: Taken::Word(&ALGORITHMS),
        },
        || "the domain's own".into(),
    ),
    Common(
        Flag {
            name: "particles",
            key: "particles",
            help: "Programs scored per observation and step",
            takes: Taken::Count,
        },
        || Learning::default().particles.to_string(),
    ),
    Common(
        Flag {
            name: "steps",
            key: "steps",
            help: "The step to stop at, counted from the start, pre-training included",
            takes: Taken::Count,
        },
        || "the domain's own".into(),
    ),
    Common(
        Flag {
            name: "seed",
            key: "seed",
            help: "The seed of everything random; the same seed gives the same bytes",
            takes: Taken::Count,
        },
        || Learning::default().seed.to_string(),
    ),
];

/// The names of the algorithms.
const ALGORITHMS: [&str; Algorithm::ALL.len()] = {
    let mut names = [""; Algorithm::ALL.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = Algorithm::ALL[i].name();
        i += 1;
    }
    names
};

fn flag_argument(flag: &Flag, default: Option<String>) -> Arg {
    let default = default
        .map(|d| format!(" [default: {d}]"))
        .unwrap_or_default();
    let arg = Arg::new(flag.name)
        .long(flag.name)
        .help(format!("{}{default}", flag.help))
        .help_heading(TRAINING);
    match flag.takes {
        Taken::Count => arg
            .value_name("N")
            .value_parser(value_parser!(u64).range(0..=LARGEST))
            .allow_negative_numbers(true),
        Taken::Word(words) => arg.value_name("NAME").value_parser(words.to_vec()),
        Taken::Nothing(_) => arg.action(ArgAction::SetTrue),
    }
}

/// `train`, whatever the domain.
fn of_any(registry: &Registry) -> Command {
    let domains = registry.domains().map(|d| (d.name().to_owned(), d.about()));
    let lines = listed(&domains.collect::<Vec<_>>());
    let program = program();
    let known = EXAMPLES.iter().filter(|e| registry.find(e.0).is_some());
    let known: String = known
        .map(|e| format!("\n  {program} train {}", e.1))
        .collect();
    let examples = match known.is_empty() {
        true => String::new(),
        false => format!("\n\nExamples:{known}"),
    };
    bare("train", "Learn a model and write it to a run folder")
        .arg(everywhere::help())
        .override_usage(format!("{program} train DOMAIN [OPTIONS] [FILE]..."))
        .after_help(format!(
            "Domains, each with options of its own ({program} train DOMAIN --help):{lines}{examples}"
        ))
}

/// Command lines to learn from: the domain that each is about, and what is typed.
const EXAMPLES: [(&str, &str); 2] = [
    ("strings", "strings people.csv --column phone --max-time 5m"),
    ("clusters", "clusters points.csv --set points=7"),
];

/// `train` of a domain.
pub(crate) fn of_domain(product: &dyn AnyProduct) -> Command {
    let name = product.name();
    let about = format!(
        "Learn a model of {} and write it to a run folder\n\n{}. Without a file the model learns from built-in data. \
         Ctrl-C saves a checkpoint first; `resume` then goes on as if nothing had happened. The path of the run \
         folder is printed on standard output.",
        product.observations(),
        product.about()
    );
    let files = Arg::new("files")
        .value_name("FILE")
        .num_args(0..)
        .help("Learn from these files, folders or patterns; `-` is standard input");
    let data = Arg::new("data")
        .long("data")
        .value_name("FILE")
        .num_args(1..)
        .hide(true);
    let out = Arg::new("out")
        .long("out")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .help("The run folder, new or empty [default: runs/DOMAIN-SEED-ALGORITHM]")
        .help_heading("Output");
    let copy = Arg::new("copy_data")
        .long("copy-data")
        .value_name("WHEN")
        .num_args(0..=1)
        .default_missing_value("always")
        .require_equals(true)
        .value_parser(COPYING.map(|c| c.0).to_vec())
        .help(
            "Copy what is learned from into the run folder: always, never, or if it takes at most 64 MiB (small); without a \
             copy the run reads the files again, and refuses them once they have changed [default: small]",
        )
        .help_heading("Output");
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Read settings from a TOML file, such as the config.toml of a run")
        .help_heading(SETTINGS);
    let set = Arg::new("set")
        .long("set")
        .value_name("KEY=VALUE")
        .action(ArgAction::Append)
        .help("Set one setting, such as rates.guide=0.002; may be repeated")
        .help_heading(SETTINGS);
    let command = bare(&format!("train {name}"), &about)
        .args([files, data, out, copy])
        .args(product.reading().iter().map(argument))
        .args(COMMON.iter().map(|c| flag_argument(&c.0, Some((c.1)()))))
        .args(product.flags().iter().map(|f| flag_argument(f, None)))
        .args([config, set]);
    bounded(command)
}

/// `resume`.
pub(crate) fn of_resume() -> Command {
    let about = "Go on with a run, exactly as if it had never stopped\n\nTraining continues from the newest usable \
                 checkpoint, and ends in the same bytes as an uninterrupted run.";
    let run = Arg::new("run")
        .value_name("RUN")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("The run folder");
    let steps = Flag {
        name: "steps",
        key: "steps",
        help: "The step to stop at, counted from the start of the run",
        takes: Taken::Count,
    };
    let command = bare("resume", about)
        .arg(run)
        .arg(flag_argument(&steps, Some("the run's setting".into())));
    let examples = [
        "resume runs/strings-1-mws-mix",
        "resume runs/strings-1-mws-mix --max-time 1h",
    ];
    with_examples(bounded(command), &examples)
}

/// The options of every verb, with a word of old for the time, and what a run may take.
fn bounded(command: Command) -> Command {
    let memory = Arg::new("max_memory")
        .long("max-memory")
        .value_name("SIZE")
        .value_parser(parse_size)
        .help_heading(TRAINING)
        .help("Refuse a run that needs more memory, such as 500M or 8G [default: 80 % of the machine's]");
    let command = command.arg(memory);
    let arguments = everywhere::some(&["quiet", "threads", "max_time", "help"]);
    command.args(arguments.map(|arg| {
        match arg.get_id() == "max_time" {
            true => arg
                .alias("time")
                .help("Stop after this time, such as 90s, 5m or 1h30m, and save a checkpoint"),
            false => arg,
        }
    }))
}

/// What is told of a run as it goes.
struct Telling<'a> {
    product: &'a dyn AnyProduct,
    progress: Progress,
    /// Until training begins.
    waiting: Option<Waiting>,
    quiet: bool,
    run: Option<PathBuf>,
}

impl<'a> Telling<'a> {
    fn new(product: &'a dyn AnyProduct, everywhere: &Everywhere) -> Self {
        Self {
            product,
            progress: Progress::new(everywhere.max_time, !everywhere.quiet),
            waiting: Some(Waiting::new(
                !everywhere.quiet,
                "reading",
                Extent::default(),
            )),
            quiet: everywhere.quiet,
            run: None,
        }
    }

    fn tell(&mut self, event: &Event<'_>) {
        if let Event::Begun(begun) = event {
            self.run = Some(begun.run.to_owned());
        }
        // What is said does not run into what is shown.
        self.waiting = None;
        if self.quiet && !matches!(event, Event::Read(_)) {
            return;
        }
        match event {
            Event::Read(account) => {
                account.remarks.iter().for_each(|remark| note(remark));
                account.left_out.iter().map(left_out).for_each(|l| note(&l));
                self.waiting = Some(Waiting::new(!self.quiet, "preparing", Extent::default()));
            }
            Event::Remark(remark) => note(remark),
            Event::Begun(begun) => {
                note(&begun_line(
                    begun.run,
                    begun.items,
                    self.product.observations(),
                ));
                self.progress.begin(begun);
            }
            Event::Step(step, report) => self.progress.step(*step, report),
            Event::Stopped(step, reason) => self.progress.stop(*step, *reason),
        }
    }

    /// Prints the folder as the result.
    fn end(self, reason: StopReason) -> Result<u8> {
        if let Some(peak) = peak().filter(|_| !self.quiet) {
            note(&format!("memory: {} MB at the peak", peak / 1_000_000));
        }
        let mut out = output::stdout();
        if let Some(run) = &self.run {
            writeln!(out, "{}", run.display())?;
        }
        out.flush()?;
        Ok(match reason {
            StopReason::Interrupted => interrupt::CODE,
            _ => 0,
        })
    }
}

fn begun_line(run: &Path, items: usize, observations: &str) -> String {
    format!("run folder: {} ({items} {observations})", run.display())
}
