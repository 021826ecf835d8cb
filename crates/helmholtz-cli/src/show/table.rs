//! Answers for people: lines with a margin. What is not covered or doubted comes right after what the answer is about.

use std::io::{self, Write};

use helmholtz::product::text::{Line, Part, Tone, plain};
use helmholtz::product::{Answer, Attachment, LeftOut, Outcome};

use super::Form;
use crate::output::{Style, harmless};

/// The room for what stands before a line, in characters.
const MARGIN: usize = 12;
/// Rows that are named of what is left out.
const NAMED: usize = 5;

/// Lines of text.
pub(crate) struct Table {
    style: Style,
    begun: bool,
}

impl Table {
    pub(crate) fn new(style: Style) -> Self {
        Self {
            style,
            begun: false,
        }
    }

    fn line(&self, out: &mut dyn Write, line: &Line) -> io::Result<()> {
        if let Some(label) = &line.label {
            write!(out, "{:>MARGIN$}  ", harmless(label))?;
        }
        let shown = line.parts.iter().map(|part| self.part(part));
        let shown: String = shown.collect();
        writeln!(out, "{}", shown.trim_end())
    }

    fn part(&self, part: &Part) -> String {
        // What is emphasised is made harmless first: emphasis passes the gate.
        let text = harmless(&part.text);
        match part.tone {
            Tone::Plain => text,
            Tone::Strong => self.style.bold(&text),
            Tone::Faint => self.style.dim(&text),
        }
    }
}

impl Form for Table {
    fn answer(&mut self, out: &mut dyn Write, answer: &Answer) -> io::Result<()> {
        let mut lines = answer.text.lines.iter().peekable();
        let title = lines.next_if(|line| line.title);
        if title.is_some() && self.begun {
            writeln!(out)?;
        }
        self.begun = true;
        title.iter().try_for_each(|line| self.line(out, line))?;
        if answer.text.brief.is_some() {
            lines.by_ref().try_for_each(|line| self.line(out, line))?;
        }
        let left_out = answer
            .left_out
            .iter()
            .skip(answer.text.brief.unwrap_or(0))
            .map(|l| labelled("left out", left_out(l)));
        let doubts = answer
            .doubts
            .iter()
            .map(|d| labelled("in doubt", d.clone()));
        for line in left_out.chain(doubts) {
            self.line(out, &line)?;
        }
        lines.try_for_each(|line| self.line(out, line))?;
        for Attachment { what, path, .. } in &answer.files {
            self.line(out, &labelled(what, path.display().to_string()))?;
        }
        out.flush()
    }

    fn end(&mut self, _: &mut dyn Write, _: &Outcome) -> io::Result<()> {
        Ok(())
    }
}

fn labelled(label: &str, text: String) -> Line {
    Line {
        label: Some(label.to_owned()),
        parts: vec![plain(text)],
        title: false,
    }
}

/// `12 values over 40 characters (rows 3, 9, 11, ...)`.
pub(crate) fn left_out(left_out: &LeftOut) -> String {
    let LeftOut {
        what,
        reason,
        count,
        rows,
    } = left_out;
    let named = rows
        .iter()
        .take(NAMED)
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let dots = if (rows.len().min(NAMED) as u64) < *count {
        ", ..."
    } else {
        ""
    };
    let named = match rows.len() {
        0 => String::new(),
        1 if *count == 1 => format!(" (line {named})"),
        _ => format!(" (lines {named}{dots})"),
    };
    format!("{count} {}: {reason}{named}", counted(*count, what))
}

/// A word in the plural, with more perhaps, as it is said of so many.
fn counted(count: u64, what: &str) -> String {
    let plural = what
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    match plural
        .strip_suffix('s')
        .filter(|_| count == 1 && plural != "series")
    {
        Some(singular) => format!("{singular}{}", &what[plural.len()..]),
        None => what.to_owned(),
    }
}
