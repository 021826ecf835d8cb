//! Patterns in the words of each dialect.

use regex_syntax::hir::{Hir, HirKind, Repetition};

use super::ranges::Ranges;
use super::{Atom, Class, Dialect, NotExported, Part, Run, named};
use crate::format::Count;

/// A pattern for formats, with anchors.
pub(super) fn pattern(formats: &[Vec<Run>], dialect: Dialect) -> Result<String, NotExported> {
    let mut writer = Writer {
        dialect,
        out: String::new(),
    };
    let (start, end) = match dialect {
        Dialect::Rust | Dialect::Pcre => (r"\A", r"\z"),
        Dialect::Python => (r"\A", r"\Z"),
        Dialect::JavaScript | Dialect::Posix | Dialect::Sql => ("^", "$"),
    };
    writer.out.push_str(start);
    writer.formats(formats)?;
    writer.out.push_str(end);
    Ok(writer.out)
}

/// The largest count of a dialect.
fn most_times(dialect: Dialect) -> u16 {
    match dialect {
        // RE_DUP_MAX and DUPMAX.
        Dialect::Posix | Dialect::Sql => 255,
        _ => u16::MAX,
    }
}

/// What stands for something else outside brackets, and in them.
fn special(dialect: Dialect, bracketed: bool) -> &'static str {
    match (dialect, bracketed) {
        (Dialect::Posix, _) => r"\.+*?()|[{^$",
        // What the flag `v` keeps for itself, too; what is superfluous is an error.
        (Dialect::JavaScript, true) => r"\-^$.*+?()[]{}|/",
        (Dialect::JavaScript, false) => r"\^$.*+?()[]{}|/",
        (_, true) => r"\-^[]",
        // PHP and Perl end patterns by slashes, and Perl reads names of arrays.
        (Dialect::Pcre, false) => r"\.+*?()|[]{}^$/@",
        (_, false) => r"\.+*?()|[]{}^$",
    }
}

struct Writer {
    dialect: Dialect,
    out: String,
}

type Written = Result<(), NotExported>;

impl Writer {
    fn open(&mut self) {
        self.out.push_str(match self.dialect {
            Dialect::Posix => "(",
            _ => "(?:",
        });
    }

    fn unwritable(&self, what: &str) -> NotExported {
        NotExported::Unwritable {
            dialect: self.dialect,
            what: what.to_owned(),
        }
    }

    fn formats(&mut self, formats: &[Vec<Run>]) -> Written {
        if formats.iter().all(Vec::is_empty) {
            return Ok(());
        }
        self.open();
        let mut bar = "";
        for (i, runs) in formats.iter().enumerate() {
            // POSIX has no empty alternative.
            if !runs.is_empty() {
                self.out.push_str(bar);
                self.runs(i + 1, runs)?;
                bar = "|";
            }
        }
        self.out.push(')');
        if formats.iter().any(Vec::is_empty) {
            self.out.push('?');
        }
        Ok(())
    }

    fn runs(&mut self, format: usize, runs: &[Run]) -> Written {
        let mut number = 0;
        for run in runs {
            if run.captured {
                number += 1;
                match self.dialect {
                    Dialect::Posix | Dialect::Sql => self.out.push('('),
                    Dialect::JavaScript => self.out += &format!("(?<f{format}_{number}>"),
                    _ => self.out += &format!("(?P<f{format}_{number}>"),
                }
            }
            self.parts(&run.parts)?;
            self.out.push_str(if run.captured { ")" } else { "" });
        }
        Ok(())
    }

    fn parts(&mut self, parts: &[Part]) -> Written {
        for part in parts {
            for count in pieces(part.count, most_times(self.dialect)) {
                match &part.atom {
                    Atom::Named(name) if count == Count::ONCE => {
                        self.one(&named::written(*name))?;
                    }
                    atom => self.atom(atom)?,
                }
                self.out += &count.to_string();
            }
        }
        Ok(())
    }

    fn atom(&mut self, atom: &Atom) -> Written {
        match atom {
            Atom::Literal(character) => self.character(*character, false),
            Atom::Class(class) => self.class(*class),
            Atom::Set(characters) => self.set(characters),
            Atom::Words(words) => {
                self.open();
                for (i, word) in words.iter().enumerate() {
                    self.out.push_str(if i == 0 { "" } else { "|" });
                    word.chars().try_for_each(|c| self.character(c, false))?;
                }
                self.out.push(')');
                Ok(())
            }
            Atom::Group(parts) => {
                self.open();
                self.parts(parts)?;
                self.out.push(')');
                Ok(())
            }
            Atom::Named(name) => self.grouped(&named::written(*name)),
        }
    }

    /// A character that stands for itself. What cannot be seen is written by its number.
    fn character(&mut self, character: char, bracketed: bool) -> Written {
        let is_seen = matches!(character, '\'' | '"' | '\\') || character.escape_debug().len() == 1;
        match (self.dialect, character) {
            (Dialect::Posix, '\n') => return Err(self.unwritable("an end of line")),
            (Dialect::Posix | Dialect::Sql, '\0') => {
                return Err(self.unwritable("the character of number 0"));
            }
            (_, c) if special(self.dialect, bracketed).contains(c) => self.out += &format!(r"\{c}"),
            (Dialect::Posix, c) => self.out.push(c),
            (_, '\n') => self.out.push_str(r"\n"),
            (_, '\r') => self.out.push_str(r"\r"),
            (_, '\t') => self.out.push_str(r"\t"),
            (_, c) if is_seen => self.out.push(c),
            (_, c) => self.number(c),
        }
        Ok(())
    }

    /// A character by its number.
    fn number(&mut self, character: char) {
        let code = u32::from(character);
        self.out += &match self.dialect {
            Dialect::JavaScript => format!(r"\u{{{code:x}}}"),
            Dialect::Python | Dialect::Sql if code > 0xffff => format!(r"\U{code:08x}"),
            Dialect::Python | Dialect::Sql => format!(r"\u{code:04x}"),
            _ => format!(r"\x{{{code:x}}}"),
        };
    }

    fn set(&mut self, characters: &[char]) -> Written {
        if self.dialect == Dialect::Posix {
            return self.posix_set(characters);
        }
        self.out.push('[');
        for run in characters.chunk_by(|a, b| follows(*a, *b)) {
            match run {
                [first, _, .., _, last] => self.out += &format!("{first}-{last}"),
                few => few.iter().try_for_each(|c| self.character(*c, true))?,
            }
        }
        self.out.push(']');
        Ok(())
    }

    /// Nothing is escaped in brackets of POSIX; what stands where tells whether it stands for itself.
    fn posix_set(&mut self, characters: &[char]) -> Written {
        if let [one] = characters {
            return self.character(*one, false);
        }
        let mut rest = characters.to_vec();
        let mut taken = |c: char| {
            let found = rest.iter().position(|r| *r == c);
            found.map(|i| rest.remove(i)).is_some()
        };
        let [closes, opens, caret, hyphen, backslash] = [']', '[', '^', '-', '\\'].map(&mut taken);
        self.out.push('[');
        let from = self.out.len();
        self.out.push_str(if closes { "]" } else { "" });
        // An awk takes it for the beginning of an escape, others for itself, twice.
        self.out.push_str(if backslash { r"\\" } else { "" });
        for c in rest {
            match c {
                '\n' | '\0' => self.character(c, false)?,
                c => self.out.push(c),
            }
        }
        self.out.push_str(if opens { "[" } else { "" });
        if caret && hyphen && self.out.len() == from {
            self.out.push_str("-^]");
            return Ok(());
        }
        self.out.push_str(if caret { "^" } else { "" });
        self.out.push_str(if hyphen { "-" } else { "" });
        self.out.push(']');
        Ok(())
    }

    fn grouped(&mut self, hir: &Hir) -> Written {
        self.open();
        self.hir(hir)?;
        self.out.push(')');
        Ok(())
    }

    /// What stands beside others.
    fn one(&mut self, hir: &Hir) -> Written {
        match hir.kind() {
            HirKind::Alternation(_) => self.grouped(hir),
            _ => self.hir(hir),
        }
    }

    /// What a name is written as.
    fn hir(&mut self, hir: &Hir) -> Written {
        match hir.kind() {
            HirKind::Literal(literal) => {
                named::characters(&literal.0).try_for_each(|c| self.character(c, false))
            }
            HirKind::Class(members) => {
                let ranges = named::ranges(members).into_iter();
                let each: Vec<char> = ranges.flat_map(|(first, last)| first..=last).collect();
                self.set(&each)
            }
            HirKind::Concat(all) => all.iter().try_for_each(|one| self.one(one)),
            HirKind::Alternation(all) => all.iter().enumerate().try_for_each(|(i, one)| {
                self.out.push_str(if i == 0 { "" } else { "|" });
                self.hir(one)
            }),
            HirKind::Repetition(repetition) => self.repetition(repetition),
            _ => Err(self.unwritable("an assertion")),
        }
    }

    fn repetition(&mut self, repetition: &Repetition) -> Written {
        let sub = &repetition.sub;
        match sub.kind() {
            HirKind::Class(_) => self.hir(sub)?,
            HirKind::Literal(literal) if literal.0.len() == 1 => self.hir(sub)?,
            _ => self.grouped(sub)?,
        }
        // The numbers of a name are small.
        let count = Count {
            usual: None,
            least: repetition.min as u16,
            most: repetition.max.map(|most| most as u16),
        };
        self.out += &count.to_string();
        Ok(())
    }

    fn class(&mut self, class: Class) -> Written {
        let name = class.to_string();
        let script = script(class);
        let is_ascii = class.members().all(|c| c.is_ascii());
        match self.dialect {
            // `[^]` is shorter, but after it `?` and `*` go wrong with the flag `v` in Node 20.
            Dialect::JavaScript if class == Class::ANY => self.out.push_str(r"[\s\S]"),
            Dialect::Posix | Dialect::Sql if class == Class::ANY => self.out.push('.'),
            Dialect::Posix if is_ascii => {
                return self.posix_set(&class.members().collect::<Vec<_>>());
            }
            Dialect::Posix => match of_locale(class) {
                Some(name) => self.out += &format!("[[:{name}:]]"),
                None => return Err(self.unwritable(&format!("the class {name}"))),
            },
            _ if is_ascii || class == Class::ANY => self.out += &name,
            Dialect::Rust => self.out += &name,
            Dialect::JavaScript if let Some(script) = script => {
                self.out += &format!(r"\p{{Script={script}}}");
            }
            Dialect::Pcre | Dialect::JavaScript if script.is_none() => self.out += &name,
            _ => self.ranges(Ranges::of_class(class)),
        }
        Ok(())
    }

    /// A class by its members.
    fn ranges(&mut self, ranges: &Ranges) {
        self.out.push('[');
        for (first, last) in &ranges.0 {
            self.end_of_range(*first);
            if first < last {
                self.out.push('-');
                self.end_of_range(*last);
            }
        }
        self.out.push(']');
    }

    fn end_of_range(&mut self, character: char) {
        match character.is_ascii_alphanumeric() {
            true => self.out.push(character),
            false => self.number(character),
        }
    }
}

/// Whether a letter or digit of ASCII is the one after another.
fn follows(a: char, b: char) -> bool {
    let alike = a.is_ascii_digit() && b.is_ascii_digit()
        || a.is_ascii_alphabetic() && b.is_ascii_alphabetic();
    alike && u32::from(a) + 1 == u32::from(b)
}

/// What POSIX calls letters, which are those of the locale.
pub(super) fn of_locale(class: Class) -> Option<&'static str> {
    match class {
        Class::UPPERCASE => Some("upper"),
        Class::LOWERCASE => Some("lower"),
        Class::ALPHABETIC => Some("alpha"),
        Class::ALPHANUMERIC => Some("alnum"),
        _ => None,
    }
}

/// The name of the class of a script.
pub(super) fn script(class: Class) -> Option<String> {
    let name = class.to_string();
    let name = name.strip_prefix(r"\p{")?.strip_suffix('}')?;
    // Others are of one letter or two.
    (name.len() > 2).then(|| name.to_owned())
}

/// A count as several that follow each other, none larger than a dialect takes.
pub(super) fn pieces(count: Count, most: u16) -> Vec<Count> {
    if count.least.max(count.most.unwrap_or(0)) <= most {
        return vec![count];
    }
    let split = |mut n: u16, of: fn(u16) -> Count| {
        let mut all = vec![];
        while n > 0 {
            all.push(of(n.min(most)));
            n -= n.min(most);
        }
        all
    };
    let needed = split(count.least, Count::exactly);
    let more = match count.most {
        Some(largest) => split(largest - count.least, |n| Count::between(0, n)),
        None => vec![Count::from(0)],
    };
    [needed, more].concat()
}
