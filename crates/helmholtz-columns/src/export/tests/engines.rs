//! The engines themselves, where they are installed.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;

/// Programs of all that is escaped or limited somewhere; the texts to try are theirs and others.
const WRITTEN: [&str; 14] = [
    r"\$[0-9]{1,3}(?:,[0-9]{3})*|n/a",
    r"[\]\[\^\-\\a.=:&~|]{2}",
    r"[\^\-][\[.][\]\^][\[\-][!\-]",
    r"\.\+\*\?\(\)\|\[\]\{\}\^\$\-/@&~#%`'<>_,;:=! x",
    "[ -~]+",
    "[!-~]{2}[0-9A-F]?[\\-0-9A-Z_a-z]",
    "x{300}y{0,270}",
    "(?:ab){256,}",
    "(?:a|ab|b){2}|",
    "é{2}[éß]?[a-z]",
    "(?s:.){2}",
    "a {2}b",
    r"\{1,2\}a",
    r"\\d[\\d]",
];
const TEXTS: [&str; 28] = [
    "",
    "$1,234",
    "$1,23",
    "n/a",
    "]^",
    "\\\\",
    "-[",
    "a&",
    "~|",
    "^[][!",
    "--.]--",
    "-.^--",
    ".+*?()|[]{}^$-/@&~#%`'<>_,;:=! x",
    "A_-",
    "~~F-",
    "abab",
    "éé",
    "ééßz",
    "éé",
    "a  b",
    "{1,2}a",
    "\\dd",
    "\\d\\",
    "aa",
    "ab",
    "aba",
    "😀é",
    "x\t",
];
/// Dates, times and addresses, and what is none.
const OF_NAMES: [&str; 17] = [
    "2024-02-29",
    "2024-13-01",
    "20240131",
    "31.12.1999",
    "1/2/24",
    "Mar 5, 2021",
    "March 15, 2021",
    "05-Mar-21",
    "23:59:59",
    "24:00",
    "11:05 pm",
    "192.168.0.255",
    "192.168.0.256",
    "2001:db8::1",
    "01234567-89ab-cdef-0123-456789abcdef",
    "a.b+c@x",
    "mail.example-1.org",
];
/// Those that POSIX and PCRE in lines cannot hold.
const ODD: [(&str, &str); 8] = [
    (r"\n[\n\r\t]", "\n\t"),
    (r"a\x{0}?", "a\0"),
    (r"\p{Lu}\p{Ll}+", "Éa"),
    (r"\p{L}[\p{L}\p{N}]*", "a٣中"),
    (r"\p{Greek}+\p{Han}*\p{Latin}?", "αω中é"),
    (r"\p{Hangul}{2}\p{Cyrillic}\p{Arabic}", "한국жع"),
    (r"[\x{a0}\x{2028}😀]{2}\x{200b}?", "\u{2028}\u{a0}\u{200b}"),
    (r"(?s:.)a", "\na"),
];

/// A group that may be empty, so often. It is not read, but a search may come to it.
fn may_be_empty(count: Count) -> Program {
    let maybe = |c| Part {
        atom: Atom::Literal(c),
        count: Count::MAYBE,
    };
    let atom = Atom::Group(vec![maybe('a'), maybe('b')]);
    Program(vec![Format(vec![Part { atom, count }])])
}

/// A name, and perhaps a space and the name again.
fn twice(name: Name) -> Program {
    let named = Part::once(Atom::Named(name));
    let again = Part {
        atom: Atom::Group(vec![Part::once(Atom::Literal(' ')), named.clone()]),
        count: Count::MAYBE,
    };
    Program(vec![Format(vec![named, again])])
}

/// What a program is written as, which is what it generates, but for days that a pattern cannot count.
fn written(program: &Program) -> regex::Regex {
    regex::Regex::new(&format!(r"\A(?:{program})\z")).unwrap()
}

/// Programs and texts, some of them drawn.
fn cases(odd: bool) -> (Vec<Program>, Vec<String>) {
    let mut programs: Vec<Program> = WRITTEN.iter().map(|text| program(text)).collect();
    let mut tried: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    tried.push("x".repeat(300) + &"y".repeat(270));
    tried.push("x".repeat(300) + &"y".repeat(271));
    tried.push("x".repeat(299));
    tried.extend([255, 256, 300].map(|n| "ab".repeat(n)));
    programs.extend([Count::from(0), Count::between(2, 3), Count::MAYBE].map(may_be_empty));
    programs.extend(Name::all().map(twice));
    tried.extend(OF_NAMES.map(str::to_owned));
    tried.extend(OF_NAMES.map(|text| format!("{text} {text}")));
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        programs.push(super::programs().new_tree(&mut runner).unwrap().current());
        tried.push(
            texts()
                .new_tree(&mut runner)
                .unwrap()
                .current()
                .iter()
                .collect(),
        );
    }
    if odd {
        programs.extend(ODD.iter().map(|(text, _)| program(text)));
        tried.extend(ODD.iter().map(|(_, text)| (*text).to_owned()));
        tried.extend(ODD.iter().map(|(_, text)| format!("{text}\n")));
    }
    tried.sort();
    tried.dedup();
    (programs, tried)
}

/// A file that is gone with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let name = format!("helmholtz-columns-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// What a command says; `None` if it is not installed.
fn said(command: &mut Command) -> Option<Output> {
    command.env("LC_ALL", "C.UTF-8").output().ok()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Tells an engine patterns and texts in hexadecimal digits, and compares what it says: for each pattern a 1 or 0 for each text.
fn compare(dialect: Dialect, engine: &str, flag: &str, script: &str) {
    let (programs, texts) = cases(true);
    let (mut told, mut expected) = (String::new(), vec![]);
    for program in &programs {
        for captured in [false, true] {
            let Ok(export) = program.exported(dialect, captured) else {
                continue;
            };
            told += &format!("{}\n", hex(&export.pattern));
            expected.push((program, export.pattern));
        }
    }
    assert!(expected.len() > 100);
    let words: Vec<String> = texts.iter().map(|text| hex(text)).collect();
    let file = Scratch::new(engine, format!("{}\n{told}", words.join(" ")).as_bytes());
    let Some(output) = said(Command::new(engine).args([flag, script]).arg(&file.0)) else {
        return eprintln!("skipped: there is no {engine}");
    };
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), expected.len());
    for (answer, (program, pattern)) in answers.lines().zip(expected) {
        let written = written(program);
        for (said, text) in answer.chars().zip(&texts) {
            let belongs = written.is_match(text);
            assert_eq!(
                said == '1',
                belongs,
                "{engine}: {program} as {pattern} {text:?}"
            );
        }
    }
}

#[test]
fn python_agrees() {
    let script = "
import re, sys, warnings
warnings.simplefilter('error')
sys.stdout.reconfigure(newline='\\n')
read = lambda word: bytes.fromhex(word).decode('utf8')
with open(sys.argv[1]) as file:
    lines = file.read().split('\\n')
texts = [read(word) for word in lines[0].split(' ')]
for line in lines[1:-1]:
    p = re.compile(read(line))
    print(''.join('1' if p.search(text) else '0' for text in texts))
";
    compare(Dialect::Python, "python3", "-c", script);
}

#[test]
fn node_agrees() {
    let script = "
const read = word => Buffer.from(word, 'hex').toString('utf8');
const lines = require('fs').readFileSync(process.argv[1], 'utf8').split('\\n');
const texts = lines[0].split(' ').map(read);
for (const line of lines.slice(1, -1)) {
    const answers = ['u', 'v'].map(flag => {
        const p = new RegExp(read(line), flag);
        return texts.map(text => p.test(text) ? '1' : '0').join('');
    });
    console.log(answers[0] === answers[1] ? answers[0] : 'x');
}
";
    compare(Dialect::JavaScript, "node", "-e", script);
}

#[test]
fn perl_agrees() {
    let script = r#"
use utf8; use strict; use warnings FATAL => 'all'; use Encode;
my $read = sub { decode('UTF-8', pack('H*', $_[0])) };
open my $file, '<', $ARGV[0] or die;
chomp(my @lines = <$file>);
my @texts = map { $read->($_) } split / /, shift @lines, -1;
for my $line (@lines) {
    my $p = $read->($line);
    print join('', map { $_ =~ /$p/ ? 1 : 0 } @texts), "\n";
}
"#;
    compare(Dialect::Pcre, "perl", "-e", script);
}

/// A value a line, and the numbers of the lines that match.
fn grep_agrees(dialect: Dialect, flag: &str) {
    let (programs, texts) = cases(false);
    let lines = Scratch::new(
        &format!("lines{flag}"),
        (texts.join("\n") + "\n").as_bytes(),
    );
    for program in &programs {
        for captured in [false, true] {
            let Ok(export) = program.exported(dialect, captured) else {
                continue;
            };
            let mut command = Command::new("grep");
            command
                .args([flag, "-n", "-e", &export.pattern])
                .arg(&lines.0);
            let Some(output) = said(&mut command) else {
                return eprintln!("skipped: there is no grep");
            };
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            if complaint.contains("built without") || complaint.contains("option") {
                return eprintln!("skipped: this grep has no {flag}");
            }
            assert!(complaint.is_empty(), "{} {complaint}", export.pattern);
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let said: Vec<&str> = said.lines().filter_map(|l| l.split(':').next()).collect();
            let written = written(program);
            let expected = texts.iter().enumerate();
            let expected = expected.filter(|(_, text)| written.is_match(text));
            let expected: Vec<String> = expected.map(|(i, _)| (i + 1).to_string()).collect();
            assert_eq!(said, expected, "{flag} {program} as {}", export.pattern);
        }
    }
}

#[test]
fn grep_for_posix_agrees() {
    grep_agrees(Dialect::Posix, "-E");
}

#[test]
fn grep_for_pcre_agrees() {
    grep_agrees(Dialect::Pcre, "-P");
}
