//! What programs and programmers write: settings, names, snippets of code and of formulae.

use super::kit::{Column, Generator, Kit, capital, named};
use super::lexicon::{ADJECTIVES, NOUNS, QUANTITIES};

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    package,
    mime_type,
    status_line,
    error_code,
    css_length,
    html_tag,
    query_string,
    setting,
    flag,
    variable,
    function_call,
    class_name,
    formula_cell,
    cell_reference,
    regular_expression,
    bits,
    boolean,
    markup,
    json_snippet,
    emoticon,
    tab_pair,
];

/// `libmill>=1.4`
fn package(k: &mut Kit) -> Column {
    let (prefix, mark) = (
        k.pick(&["", "lib", "py", "@ui/", "r-"]),
        k.pick(&["==", ">=", "-", "@", "^", "~=", " (>= "]),
    );
    let close = if mark.contains('(') { ")" } else { "" };
    Box::new(move |k| {
        format!(
            "{prefix}{}{mark}{}.{}{close}",
            k.one(NOUNS),
            k.int(0, 5),
            k.int(0, 20)
        )
    })
}

/// `image/png`
fn mime_type(k: &mut Kit) -> Column {
    let end = k.pick(&["", "", "; q=0.8"]);
    let types = "text/html, text/csv, text/plain, image/png, image/jpeg, image/gif, \
        image/svg+xml, audio/mpeg, video/mp4, font/woff2, application/json, application/pdf, \
        application/zip, text/css, */*";
    Box::new(move |k| k.one(types).to_string() + end)
}

/// `404 Not Found`
fn status_line(k: &mut Kit) -> Column {
    k.category(
        "200 OK, 201 Created, 204 No Content, 301 Moved Permanently, 302 Found, 304 Not Modified, \
        400 Bad Request, 401 Unauthorized, 403 Forbidden, 404 Not Found, 409 Conflict, 410 Gone, \
        429 Too Many Requests, 500 Internal Server Error, 502 Bad Gateway, 503 Unavailable",
    )
}

/// `E0382`, `ERR-42`
fn error_code(k: &mut Kit) -> Column {
    k.masked(&[
        "E0###",
        "ERR-%#",
        "ERR_%##",
        "0x8007####",
        "ORA-0####",
        "W%##",
        "CVE-20%#-####",
        "!%#",
        "exit %#",
    ])
}

/// `12px`, `1.5em`
fn css_length(k: &mut Kit) -> Column {
    let units = k.pick(&["px", "em", "rem, px", "%, px", "vh, vw", "pt", "fr"]);
    let places = k.pick(&[0, 0, 1, 2]);
    Box::new(move |k| format!("{}{}", k.decimal(0.5, 64.0, places), k.one(units)))
}

/// `<h2>`, `</td>`
fn html_tag(k: &mut Kit) -> Column {
    let (open, close) = k.pick(&[
        ("<", ">"),
        ("</", ">"),
        ("<", " />"),
        ("&lt;", "&gt;"),
        ("{{", "}}"),
    ]);
    Box::new(move |k| {
        let tag = k.one(
            "a, b, body, br, code, div, em, h1, h2, h3, hr, i, img, li, nav, ol, p, span, td, tr, \
            ul",
        );
        format!("{open}{tag}{close}")
    })
}

/// `?q=mill&page=3`
fn query_string(k: &mut Kit) -> Column {
    let (mark, key) = (
        k.pick(&["?", "?", "&", ""]),
        k.one("q, id, ref, tag, lang, sort"),
    );
    let numbered = k.chance(0.5);
    Box::new(move |k| {
        let value = if numbered {
            k.int(1, 999).to_string()
        } else {
            k.one(NOUNS).to_string()
        };
        let end = if k.chance(0.2) {
            format!("&page={}", k.int(1, 9))
        } else {
            String::new()
        };
        format!("{mark}{key}={value}{end}")
    })
}

/// `rate=0.05`
fn setting(k: &mut Kit) -> Column {
    let equals = k.pick(&["=", "=", " = ", ": ", ":", " := ", "->"]);
    let one = k.chance(0.3).then(|| k.one(QUANTITIES));
    Box::new(move |k| {
        let value =
            k.one("0, 1, 2, 5, 10, 0.5, 0.05, 0.1, true, false, auto, none, \"a\", 1e-3, 100, 64");
        format!(
            "{}{equals}{value}",
            one.unwrap_or_else(|| k.one(QUANTITIES))
        )
    })
}

/// `--no-cache`
fn flag(k: &mut Kit) -> Column {
    let (dash, shout) = (k.pick(&["--", "--", "-", "/", "$", "$"]), k.chance(0.2));
    Box::new(move |k| {
        let text = format!(
            "{dash}{}{}",
            k.pick(&["", "no-", "max-", "use-"]),
            k.one(QUANTITIES)
        );
        if shout {
            text.to_uppercase().replace('-', "_")
        } else {
            text
        }
    })
}

/// `maxDepth`, `total_cost`
fn variable(k: &mut Kit) -> Column {
    let (camel, mark) = (k.chance(0.5), k.pick(&["", "", "", "$", "_", "self."]));
    Box::new(move |k| {
        let (one, two) = (
            k.one("max, min, mean, total, is, has, get, num, old, new, raw, log"),
            k.one(QUANTITIES),
        );
        if camel {
            format!("{mark}{one}{}", capital(two))
        } else {
            format!("{mark}{one}_{two}")
        }
    })
}

/// `log(price)`
fn function_call(k: &mut Kit) -> Column {
    let ends = k.pick(&["", "", ", 2", "^2", "[1]", " + 1", "*x"]);
    Box::new(move |k| {
        let name = k.one("log, sqrt, mean, sum, max, min, exp, factor, f, I, poly, len");
        format!("{name}({}{ends})", k.one(QUANTITIES))
    })
}

/// `SilverTowerError`
fn class_name(k: &mut Kit) -> Column {
    let end = k.pick(&["", "", "Error", "Test", "Service", ".java", "Impl", "<T>"]);
    Box::new(move |k| {
        format!(
            "{}{}{end}",
            capital(k.one(ADJECTIVES)),
            capital(k.one(NOUNS))
        )
    })
}

/// `=SUM(B2:B14)`
fn formula_cell(k: &mut Kit) -> Column {
    let name = k.one("SUM, AVERAGE, COUNT, MAX, MIN, VLOOKUP");
    let (simple, column) = (k.chance(0.4), k.letters("ABCDEFG", 1));
    Box::new(move |k| {
        let (first, last) = (k.int(1, 9), k.int(10, 99));
        if simple {
            format!("={column}{first}{}C{last}", k.pick(&["*", "+", "/", "-"]))
        } else {
            format!("={name}({column}{first}:{column}{last})")
        }
    })
}

/// `Sheet1!A4`, `$B$12`, `#REF!`
fn cell_reference(k: &mut Kit) -> Column {
    let (sheet, dollar) = (
        k.pick(&["", "", "Sheet1!", "data!", "'Q1 21'!"]),
        k.pick(&["", "$"]),
    );
    Box::new(move |k| {
        if k.chance(0.1) {
            return k.one("#REF!, #N/A, #DIV/0!, #VALUE!, #NAME?").to_string();
        }
        format!(
            "{sheet}{dollar}{}{dollar}{}",
            k.letters("ABCDEFGHIJ", 1),
            k.int(1, 99)
        )
    })
}

/// `^[a-z]+\d*$`
fn regular_expression(k: &mut Kit) -> Column {
    let (start, end) = k.pick(&[("^", "$"), ("", ""), ("/", "/i"), ("\\b", "\\b")]);
    Box::new(move |k| {
        let n = k.int(1, 3);
        let atoms: String = (0..n)
            .map(|_| {
                k.one("[a-z], \\d, \\w, ., [A-Z]{2}, (a|b), \\s, [^,]")
                    .to_string()
                    + k.one("+, *, ?, , {3}")
            })
            .collect();
        format!("{start}{atoms}{end}")
    })
}

/// `01101`
fn bits(k: &mut Kit) -> Column {
    let (alphabet, n) = (
        k.pick(&["01", "01", "YN", "+-", "TF", ".#", "HT"]),
        k.int(4, 10) as usize,
    );
    let prefix = k.pick(&["", "", "0b", "'"]);
    Box::new(move |k| prefix.to_string() + &k.letters(alphabet, n))
}

/// `TRUE`, `no`, `N/A`: a yes-or-no column that several people filled in
fn boolean(k: &mut Kit) -> Column {
    k.codes(
        "TRUE, FALSE, true, false, True, False, yes, no, Yes, No, Y, N, y, n, 1, 0, T, F, x, on, \
        off, N/A, ?",
    )
}

/// `**lost mill**`, `_mirror_`
fn markup(k: &mut Kit) -> Column {
    let mark = k.pick(&["*", "**", "_", "`", "~~", "\"", "'", "=="]);
    let two = k.chance(0.5);
    Box::new(move |k| {
        let adjective = if two {
            k.one(ADJECTIVES).to_string() + " "
        } else {
            String::new()
        };
        format!("{mark}{adjective}{}{mark}", k.one(NOUNS))
    })
}

/// `{"id": 3}`
fn json_snippet(k: &mut Kit) -> Column {
    let key = k.one(QUANTITIES);
    let quote = k.pick(&["\"", "\"", "'"]);
    let text = k.chance(0.4);
    Box::new(move |k| {
        let value = if text {
            format!("{quote}{}{quote}", k.one(NOUNS))
        } else {
            k.int(0, 999).to_string()
        };
        format!("{{{quote}{key}{quote}: {value}}}")
    })
}

/// `:-)`
fn emoticon(k: &mut Kit) -> Column {
    let noses = k.pick(&["-, ", "-", ""]);
    Box::new(move |k| {
        format!(
            "{}{}{}",
            k.one(":, :, ;, =, 8, X"),
            k.one(noses),
            k.letters(")(DPO/|*]3", 1)
        )
    })
}

/// Two cells that a bad export left joined by a tab.
fn tab_pair(k: &mut Kit) -> Column {
    let top = k.magnitude(20, 5000);
    Box::new(move |k| format!("{}\t{}", k.one(QUANTITIES), k.int(0, top)))
}
