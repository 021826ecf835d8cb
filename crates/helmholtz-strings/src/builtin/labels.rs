//! Labels: how laboratories, field crews and surveys number what they look at.
//!
//! Most are one mask, a fixed prefix with something after it, or both.

use super::kit::{Column, Generator, Kit, named};
use super::lexicon::{AIRPORTS, QUANTITIES, STATES};
use super::tongue::Tongue;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    letter_and_number,
    letter_choice_and_number,
    word_and_number,
    prefixed_id,
    underscored_id,
    dashed_id,
    dotted_code,
    slashed_code,
    outline_number,
    numeric_id,
    hash_id,
    grid_cell,
    sample_label,
    replicate,
    treatment,
    questionnaire_item,
    test_code,
    random_letters,
    consonant_code,
    abbreviation,
    one_letter,
    letter_pair,
    trial_arm,
    pair_code,
    bracketed_index,
    column_name,
    signed_group,
    lot_and_year,
];

/// `P03`
fn letter_and_number(k: &mut Kit) -> Column {
    let (letter, width) = (
        k.letters("ABCDEFGHIKLMNPQRSTVWXabcdefghkmnprstvx", 1),
        k.pick(&[1, 2, 2, 3]),
    );
    let top = if width == 3 { 400 } else { k.magnitude(12, 90) };
    Box::new(move |k| format!("{letter}{:0width$}", k.int(1, top)))
}

/// `B2`, `D11`
fn letter_choice_and_number(k: &mut Kit) -> Column {
    let (letters, top) = (k.upper(3), k.magnitude(9, 60));
    let (gap, lower) = (k.pick(&["", "", "-", " ", "."]), k.chance(0.2));
    Box::new(move |k| {
        let code = format!("{}{gap}{}", k.letters(&letters, 1), k.int(1, top));
        if lower { code.to_lowercase() } else { code }
    })
}

/// `Plot 7`, `tank12`
fn word_and_number(k: &mut Kit) -> Column {
    let word = k.one(
        "Plot, Site, Group, Block, Tank, Patient, Level, Table, Team, Lot, Zone, \
        Stage, Box, Run, Batch, Line, Trial, Model, Class, Phase, Unit, District, Ward, Figure, \
        Item, Option, Task, Page, Chapter, Episode, Store, Region, Cluster, Sample, Test, Route, \
        Gate, Bus",
    );
    let (gap, width, top) = (
        k.pick(&[" ", " ", "", "_", "-"]),
        k.pick(&[1, 1, 2]),
        k.magnitude(14, 400),
    );
    let word = if k.chance(0.3) {
        word.to_lowercase()
    } else {
        word.to_string()
    };
    Box::new(move |k| format!("{word}{gap}{:0width$}", k.int(1, top)))
}

/// `KMT0000271`
fn prefixed_id(k: &mut Kit) -> Column {
    let (n, width) = (k.pick(&[1, 2, 2, 3, 4]), k.int(3, 9) as usize);
    let prefix = if k.chance(0.25) {
        k.lower(n)
    } else {
        k.upper(n)
    };
    let top = 10_i64.pow(k.int(2, width as i64) as u32) - 1;
    Box::new(move |k| format!("{prefix}{:0width$}", k.int(1, top)))
}

/// `SITE_0013`
fn underscored_id(k: &mut Kit) -> Column {
    let (n, width) = (k.int(2, 5) as usize, k.int(1, 5) as usize);
    let prefix = if k.chance(0.4) {
        k.lower(n)
    } else {
        k.upper(n)
    };
    let top = 10_i64.pow(width.max(2) as u32) - 1;
    Box::new(move |k| format!("{prefix}_{:0width$}", k.int(1, top)))
}

/// `QA-02-106`
fn dashed_id(k: &mut Kit) -> Column {
    let (prefix, mask) = (
        k.upper(3),
        k.pick(&["##-###", "0#-##", "####", "###-@", "#-##", "20##-##", "@##"]),
    );
    Box::new(move |k| format!("{prefix}-{}", k.fill(mask)))
}

/// `B.12.030`
fn dotted_code(k: &mut Kit) -> Column {
    let (prefix, mask) = (
        k.upper(1),
        k.pick(&[".@@.##", ".##", ".%.#", ".@.##", ".###.#", ".%.%.%"]),
    );
    let prefix = if k.chance(0.5) { prefix } else { k.digits(2) };
    Box::new(move |k| prefix.clone() + &k.fill(mask))
}

/// `23/104`
fn slashed_code(k: &mut Kit) -> Column {
    k.masked(&[
        "%#/###",
        "###/%#",
        "@#/##",
        "@@/##/###",
        "%/%",
        "##/@@/##",
        "%###/%",
    ])
}

/// `2.3.1`
fn outline_number(k: &mut Kit) -> Column {
    let (prefix, mark) = (
        k.pick(&["", "", "A", "Sec. ", "C."]),
        k.pick(&["", "", ".", ")"]),
    );
    Box::new(move |k| {
        let depth = k.pick(&[1, 2, 2, 3]);
        let parts: Vec<_> = (0..=depth)
            .map(|_| k.magnitude(1, 12).to_string())
            .collect();
        format!("{prefix}{}{mark}", parts.join("."))
    })
}

/// `48213077`
fn numeric_id(k: &mut Kit) -> Column {
    let start = k.digits(2).replace('0', "1");
    let n = k.int(2, 8) as usize;
    Box::new(move |k| start.clone() + &k.digits(n))
}

/// `#1042`
fn hash_id(k: &mut Kit) -> Column {
    let (mark, n) = (
        k.pick(&["#", "#", "# ", "No. ", "no.", "n", "@", "&"]),
        k.int(1, 5) as usize,
    );
    Box::new(move |k| format!("{mark}{}{}", k.int(1, 9), k.digits(n)))
}

/// `B07`: a well of a plate, a cell of a sheet
fn grid_cell(k: &mut Kit) -> Column {
    let (width, flip) = (k.pick(&[1, 2]), k.chance(0.2));
    Box::new(move |k| {
        let (row, column) = (k.letters("ABCDEFGH", 1), k.int(1, 12));
        if flip {
            format!("{column}-{row}")
        } else {
            format!("{row}{column:0width$}")
        }
    })
}

/// `S12_R1`
fn sample_label(k: &mut Kit) -> Column {
    let (first, second) = (k.upper(1), k.upper(1));
    let (gap, top) = (k.pick(&["_", "-", "", "."]), k.magnitude(9, 99));
    Box::new(move |k| format!("{first}{}{gap}{second}{}", k.int(1, top), k.int(1, 4)))
}

/// `ctrl_2`, `treated_3`
fn replicate(k: &mut Kit) -> Column {
    let conditions = k.pick(&[
        "ctrl, treated",
        "WT, KO",
        "wt, mut, het",
        "pre, post",
        "A, B, AB",
        "hot, cold, mild",
    ]);
    let (gap, top) = (k.pick(&["_", "-", ".", " rep"]), k.int(6, 12));
    Box::new(move |k| format!("{}{gap}{}", k.one(conditions), k.int(1, top)))
}

/// `0`, `NPK`, `N+P`
fn treatment(k: &mut Kit) -> Column {
    let (factors, gap) = (
        k.pick(&["N, P, K", "C, W, T, F", "Lo, Hi, Mid", "a, b, c"]),
        k.pick(&["", "+", ".", "-"]),
    );
    let doses = k.pick(&["", "", "0, 1, 2"]);
    Box::new(move |k| {
        let n = k.int(1, 3) as usize;
        let arms: Vec<_> = k
            .some(factors, n)
            .iter()
            .map(|f| f.to_string() + k.one(doses))
            .collect();
        if k.chance(0.08) {
            "ctrl".to_string()
        } else {
            arms.join(gap)
        }
    })
}

/// `Q12a`
fn questionnaire_item(k: &mut Kit) -> Column {
    let (prefix, top) = (
        k.pick(&["Q", "q", "Q", "item", "v", "Q0", "B"]),
        k.magnitude(9, 60),
    );
    let parts = k.pick(&["a, b, c", ", a, b", "_1, _2, _3", "", ".1, .2", "r, "]);
    Box::new(move |k| format!("{prefix}{}{}", k.int(1, top), k.one(parts)))
}

/// `BP_SYS03`, `PHQ112`
fn test_code(k: &mut Kit) -> Column {
    let (scale, first) = (k.upper(3), k.int(1, 3));
    let parts = k.pick(&[", , B, C", "A, B", "N, NL, ML", "_SUM, _MEAN, , "]);
    Box::new(move |k| format!("{scale}{first}{:02}{}", k.int(1, 30), k.one(parts)))
}

/// `KXQ`
fn random_letters(k: &mut Kit) -> Column {
    let (n, small) = (k.pick(&[2, 3, 3, 4, 5]), k.chance(0.25));
    let first = k.upper(if n > 3 { 2 } else { 0 });
    Box::new(move |k| {
        let code = format!("{first}{}", k.upper(n - first.len()));
        if small { code.to_lowercase() } else { code }
    })
}

/// `BRT`, `KLSD`: a name without its vowels
fn consonant_code(k: &mut Kit) -> Column {
    let tongue = Tongue::new(k);
    let small = k.chance(0.2);
    Box::new(move |k| {
        let word = tongue.word(k, 3) + &k.letters("klmnrst", 2);
        let code: String = word
            .chars()
            .filter(|c| !"aeiouy".contains(*c))
            .take(4)
            .collect();
        if small { code } else { code.to_uppercase() }
    })
}

/// `HR`, `R&D`, `DofE`
fn abbreviation(k: &mut Kit) -> Column {
    let (dots, n) = (k.chance(0.15), k.int(2, 3) as usize);
    Box::new(move |k| {
        let extra = k.pick(&[0, 0, 1]);
        let code = k.letters("AAABCCDEEFGHIIKLMNOPPRSSTTUW", n + extra);
        if dots {
            code.chars().map(|c| format!("{c}.")).collect()
        } else {
            code
        }
    })
}

/// `F`
fn one_letter(k: &mut Kit) -> Column {
    let alphabet = k.pick(&[
        "ABCDEFGHIJKL",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "abcdefghijklmnop",
        "KLMNPQRSTUVW",
    ]);
    Box::new(move |k| k.letters(alphabet, 1))
}

/// `ab`, `AC`
fn letter_pair(k: &mut Kit) -> Column {
    let (alphabet, gap) = (
        k.pick(&["ABCDE", "abcd", "NPKS", "XYZW", "ACGT", "EWNS"]),
        k.pick(&["", "", "/", "-", ">"]),
    );
    Box::new(move |k| format!("{}{gap}{}", k.letters(alphabet, 1), k.letters(alphabet, 1)))
}

/// `XEH50`, `PBO`
fn trial_arm(k: &mut Kit) -> Column {
    let (one, two) = (k.upper(3), k.upper(3));
    let (gap, step) = (k.pick(&["", "-", "_"]), k.pick(&[1, 5, 10, 25]));
    Box::new(move |k| {
        let drug = if k.chance(0.5) { &one } else { &two };
        if k.chance(0.1) {
            "PBO".to_string()
        } else {
            format!("{drug}{gap}{}", step * k.int(1, 8))
        }
    })
}

/// `AxB`, `03x11`: a cross, a pairing
fn pair_code(k: &mut Kit) -> Column {
    let (gap, mask) = (
        k.pick(&["x", " x ", "-", "_vs_", ":", "/"]),
        k.pick(&["0#", "@", "@#", "%#", "@@"]),
    );
    Box::new(move |k| format!("{}{gap}{}", k.fill(mask), k.fill(mask)))
}

/// `[14]`, `(3)`, `12.`
fn bracketed_index(k: &mut Kit) -> Column {
    let (open, close) = k.pick(&[
        ("[", "]"),
        ("(", ")"),
        ("", "."),
        ("", ")"),
        ("{", "}"),
        ("<", ">"),
        ("/", "/"),
    ]);
    let (letter, top) = (k.pick(&["", "", "i=", "x", "$"]), k.magnitude(12, 500));
    Box::new(move |k| format!("{open}{letter}{}{close}", k.int(1, top)))
}

/// `mean_temp`, `V12`, `POP_2010`
fn column_name(k: &mut Kit) -> Column {
    let (gap, shout) = (k.pick(&["_", "_", ".", ""]), k.chance(0.35));
    let ends = k.pick(&[
        "mean, sd, max, min",
        "1, 2, 3",
        "2010, 2011, 2012",
        "pre, post",
        "x, y, z",
        "id, n, pct",
    ]);
    Box::new(move |k| {
        let name = format!("{}{gap}{}", k.one(QUANTITIES), k.one(ends));
        if shout { name.to_uppercase() } else { name }
    })
}

/// `CD4+`, `K-`
fn signed_group(k: &mut Kit) -> Column {
    let (letters, signs) = (
        k.pick(&["A, B, C, D, F", "O, A, B, AB", "G, H, K, L"]),
        k.pick(&["+, -, ", "++, +, --, -", "^, *, '"]),
    );
    Box::new(move |k| format!("{}{}", k.one(letters), k.one(signs)))
}

/// `S16-07`, `14-TX-03`, `OSL1612`
fn lot_and_year(k: &mut Kit) -> Column {
    let (form, first) = (k.int(0, 2), k.int(1988, 2016));
    Box::new(move |k| {
        let (year, n) = (k.int(first, first + 7), k.int(1, 40));
        match form {
            0 => format!("{}{:02}-{n:02}", k.letters("BKSW", 1), year % 100),
            1 => format!("{:02}-{}-{n:02}", year % 100, k.one(STATES)),
            _ => format!("{}{:02}{n:02}", k.one(AIRPORTS), year % 100),
        }
    })
}
