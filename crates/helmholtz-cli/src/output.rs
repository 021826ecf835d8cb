//! Standard output and standard error.

mod gate;

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use serde::Serialize;

pub(crate) use gate::{Escapes, Gate};

use crate::front::everywhere::Color;

/// Where results go; whoever writes flushes. All but cells for other programs passes a [`Gate`].
pub(crate) fn stdout() -> Gate<BufWriter<StdoutLock<'static>>> {
    stdout_as(Escapes::Words)
}

/// The same in a form.
pub(crate) fn stdout_as(escapes: Escapes) -> Gate<BufWriter<StdoutLock<'static>>> {
    Gate::new(BufWriter::new(io::stdout().lock()), escapes)
}

/// Writes a result for machines.
pub(crate) fn json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// Says something that is no result, in a line: nothing in it can look like another. A closed standard error is nobody's
/// concern.
pub(crate) fn note(text: &str) {
    let line = harmless(text).replace('\n', "\\n");
    let _ = writeln!(io::stderr(), "{line}");
}

/// Text without what would move a terminal's cursor, change its title or turn its direction: it may come from a file.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    Escapes::Words.push(text, &mut shown);
    shown
}

/// Says what went wrong: each cause once, in one line.
pub(crate) fn error(error: &anyhow::Error) {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Some errors of the library print their cause themselves.
        if !line.contains(&cause) {
            let colon = if line.is_empty() { "" } else { ": " };
            line.extend([colon, &cause]);
        }
    }
    // The library's errors say where they are from; a bare one of the system is of standard output.
    match error.downcast_ref::<io::Error>() {
        Some(_) if error.chain().count() == 1 => {
            error_line(&format!("standard output: {line}; send it elsewhere"))
        }
        _ => error_line(&line),
    }
}

/// Says what went wrong.
pub(crate) fn error_line(line: &str) {
    note(&format!(
        "error: {}",
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    ));
}

/// Emphasis on a terminal that wants it, nothing elsewhere (<https://no-color.org>).
#[derive(Clone, Copy)]
pub(crate) struct Style(bool);

impl Style {
    /// What it writes besides text.
    const CODES: [&str; 3] = ["\x1b[0m", "\x1b[1m", "\x1b[2m"];

    /// The style of standard output.
    pub(crate) fn of_stdout(color: Color) -> Self {
        let refused = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self(match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => io::stdout().is_terminal() && !refused(),
        })
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
