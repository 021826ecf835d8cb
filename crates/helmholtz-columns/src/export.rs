//! Programs as patterns for other engines: the same texts match, and what an engine cannot say is told instead of written wrongly.
//!
//! Every pattern has anchors, so the plain search of an engine tests whether a whole value belongs.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::class::Class;
use super::format::{Atom, Format, Part, Program};
use super::names::Name;

mod named;
mod open;
mod ranges;
mod simple;
mod size;
mod steps;
mod write;

/// An engine that patterns are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The `regex` crate: `Regex::new(p)`, `is_match`. It never goes back, so nothing is slow.
    Rust,
    /// `re` of Python 3.6 and later, on `str`: `re.search(p, text)`, without flags. It has no Unicode classes, so these are
    /// written as ranges, up to 13,000 characters of them.
    Python,
    /// PCRE, Perl, PHP and `grep -P`, in UTF mode: `PCRE2_UTF`, `(*UTF)` in front, `use utf8`, the flag `u` of PHP, or a locale
    /// of UTF-8. Without it what is beyond ASCII is taken apart into bytes. Scripts are ranges, as `\p{Greek}` is something else
    /// in new versions than in old ones. Perl before 5.30 takes counts up to 32,766 only.
    Pcre,
    /// `new RegExp(p, "u")` or with the flag `v`, and the attribute `pattern` of HTML: `test`. A pattern can stand between
    /// slashes.
    JavaScript,
    /// POSIX extended: `grep -E`, `=~` of bash, an awk that knows `a{2}` (old versions of mawk do not), `regcomp` with
    /// `REG_EXTENDED`; in a locale of UTF-8 if anything is beyond ASCII. A value is a line. Classes of letters are those of the
    /// locale, which [`Export::of_locale`] tells; those of scripts cannot be written.
    Posix,
    /// PostgreSQL: `value ~ 'p'`. Quotes are left to the caller: double each `'` of the pattern, and keep
    /// `standard_conforming_strings` on. Other databases differ.
    Sql,
}

/// A program as a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The pattern.
    pub pattern: String,
    /// If some value of 1,000 characters could keep the engine for more than about 10 ms: why. Counted are steps that a value
    /// may take at most, so an engine may still be quick; but without a reason here it is. Of longer values it says nothing.
    pub slow: Option<String>,
    /// Whether its letters are those of the locale, such as `[[:upper:]]`, which are nearly those of the program.
    pub of_locale: bool,
}

/// Why there is no pattern.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum NotExported {
    /// No dialect has this name.
    #[error("`{0}` is no dialect; write one of rust, python, pcre, javascript, posix, sql")]
    Unknown(String),
    /// A program without formats generates nothing.
    #[error("the program has no formats, so there is nothing to match")]
    Nothing,
    /// A part that no text can be read as, made by hand.
    #[error("`{0}` has nothing to choose from, or its counts are the wrong way round")]
    Malformed(String),
    /// The dialect has no way to write something.
    #[error("{dialect} cannot match {what}; choose another dialect, or another program")]
    Unwritable {
        /// The dialect.
        dialect: Dialect,
        /// What it lacks.
        what: String,
    },
    /// The engine would refuse the pattern for its size.
    /// Engines would refuse the pattern for its size, or take seconds to read it.
    #[error(
        "the pattern is about {times:.1} times as large as {dialect} takes; write smaller counts"
    )]
    TooLarge {
        /// The dialect.
        dialect: Dialect,
        /// An estimate of the size, of what is taken.
        times: f64,
    },
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Rust,
        Self::Python,
        Self::Pcre,
        Self::JavaScript,
        Self::Posix,
        Self::Sql,
    ];

    /// Its name, which is how it is read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Pcre => "pcre",
            Self::JavaScript => "javascript",
            Self::Posix => "posix",
            Self::Sql => "sql",
        }
    }

    /// Whether its engines try one way after another.
    const fn backtracks(self) -> bool {
        matches!(self, Self::Python | Self::Pcre | Self::JavaScript)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = NotExported;

    fn from_str(name: &str) -> Result<Self, NotExported> {
        let known = Self::ALL.into_iter().find(|d| d.name() == name);
        known.ok_or_else(|| NotExported::Unknown(name.to_owned()))
    }
}

impl Program {
    /// A pattern that matches just the texts of this program.
    ///
    /// Parts beside each other may be written as fewer, if these match the same and with less to try. Of dates and addresses a
    /// pattern matches what [`Name::regex`] does, which is the 31st of any month, too.
    ///
    /// ```
    /// use helmholtz_columns::export::Dialect;
    /// use helmholtz_columns::format::Program;
    ///
    /// let program: Program = r"[A-Z]{2}-[0-9]+|n/a".parse()?;
    /// assert_eq!(program.export(Dialect::Python)?.pattern, r"\A(?:[A-Z]{2}-[0-9]+|n/a)\Z");
    /// assert_eq!(program.export(Dialect::JavaScript)?.pattern, r"^(?:[A-Z]{2}-[0-9]+|n\/a)$");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the dialect cannot say it, or its engines would refuse it.
    pub fn export(&self, dialect: Dialect) -> Result<Export, NotExported> {
        self.exported(dialect, false)
    }

    /// The same with a group around each run of parts that vary, which is all but characters that always stand as often.
    ///
    /// The groups of the first format are named `f1_1`, `f1_2` and so on, those of the second `f2_1`. POSIX and PostgreSQL have
    /// no names, so theirs are plain brackets in the same order; in POSIX all other brackets count as well.
    ///
    /// # Errors
    ///
    /// As for [`Program::export`].
    pub fn export_captured(&self, dialect: Dialect) -> Result<Export, NotExported> {
        self.exported(dialect, true)
    }

    fn exported(&self, dialect: Dialect, captured: bool) -> Result<Export, NotExported> {
        if self.0.is_empty() {
            return Err(NotExported::Nothing);
        }
        for format in &self.0 {
            checked(&format.0)?;
        }
        let formats: Vec<Vec<Run>> = self.0.iter().map(|f| runs(&f.0, captured)).collect();
        let flat: Vec<Vec<Part>> = formats.iter().map(|runs| flat(runs)).collect();
        size::checked(&flat, dialect)?;
        Ok(Export {
            of_locale: dialect == Dialect::Posix && has_letters(&flat),
            pattern: write::pattern(&formats, dialect)?,
            slow: dialect
                .backtracks()
                .then(|| steps::slow(&flat, dialect))
                .flatten(),
        })
    }
}

/// Parts of a format, and whether they are a group of an export.
struct Run {
    parts: Vec<Part>,
    captured: bool,
}

/// Parts in simpler words, apart where those that vary are to be told from others.
fn runs(parts: &[Part], captured: bool) -> Vec<Run> {
    let varies = |part: &Part| !(matches!(part.atom, Atom::Literal(_)) && is_exact(part));
    let apart = parts.chunk_by(|a, b| !captured || varies(a) == varies(b));
    let runs = apart.map(|parts| Run {
        captured: captured && varies(&parts[0]),
        parts: simple::simplified(parts),
    });
    runs.filter(|run| !run.parts.is_empty()).collect()
}

fn flat(runs: &[Run]) -> Vec<Part> {
    runs.iter().flat_map(|run| run.parts.clone()).collect()
}

/// Whether a part always stands as often.
fn is_exact(part: &Part) -> bool {
    part.count.most == Some(part.count.least)
}

/// Refuses what nothing can be generated from.
fn checked(parts: &[Part]) -> Result<(), NotExported> {
    for part in parts {
        let chosen = match &part.atom {
            Atom::Literal(_) | Atom::Class(_) | Atom::Named(_) => true,
            Atom::Set(characters) => !characters.is_empty(),
            Atom::Words(words) => !words.is_empty() && words.iter().all(|w| !w.is_empty()),
            Atom::Group(inside) => {
                checked(inside)?;
                true
            }
        };
        if !chosen || part.count.most.is_some_and(|most| most < part.count.least) {
            return Err(NotExported::Malformed(part.to_string()));
        }
    }
    Ok(())
}

/// Whether there are letters beyond ASCII that POSIX has names for.
fn has_letters(formats: &[Vec<Part>]) -> bool {
    let letters = |part: &Part| match &part.atom {
        Atom::Class(class) => write::of_locale(*class).is_some(),
        Atom::Group(inside) => has_letters(std::slice::from_ref(inside)),
        _ => false,
    };
    formats.iter().flatten().any(letters)
}

#[cfg(test)]
mod tests;
