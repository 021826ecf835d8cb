//! People, firms, and how to reach them: names, addresses, postcodes, telephone numbers.

use super::kit::{Column, Generator, Kit, capital, named};
use super::lexicon::{FIRST_NAMES, NOUNS, STATES, SURNAMES};
use super::tongue::Tongue;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    street_address,
    road_number,
    uk_postcode,
    postcode,
    us_telephone,
    international_telephone,
    local_telephone,
    census_tract,
    political_party,
    first_name,
    surname,
    full_name,
    initial_and_surname,
    surname_first,
    invented_surname,
    author_year,
    initials,
    titled_name,
    company,
];

/// `12 Mill Road`
fn street_address(k: &mut Kit) -> Column {
    let (kinds, numbered) = (
        k.pick(&[
            "St, Ave, Rd, Blvd",
            "Street, Road, Lane",
            "Rd., St.",
            "Way, Drive, Court",
        ]),
        k.chance(0.75),
    );
    let ends = k.pick(&["", "", ", Apt 2, , #4", "b, , , a"]);
    Box::new(move |k| {
        let street = format!("{} {}", capital(k.one(NOUNS)), k.one(kinds));
        if !numbered {
            return street;
        }
        // Letters go with the number ("12b"), flats behind the street.
        let (number, end) = (k.magnitude(1, 2000), k.one(ends));
        if end.len() == 1 {
            format!("{number}{end} {street}")
        } else {
            format!("{number} {street} {end}").trim_end().into()
        }
    })
}

/// `A34`, `I-95`, `B 27a`
fn road_number(k: &mut Kit) -> Column {
    let (classes, gap) = (
        k.pick(&["A, B, M", "I, US, SR", "E", "B, L, K", "N, D", "Hwy"]),
        k.pick(&["", "-", " "]),
    );
    Box::new(move |k| {
        format!(
            "{}{gap}{}{}",
            k.one(classes),
            k.magnitude(1, 900),
            k.pick(&["", "", "", "", "a", "N"])
        )
    })
}

/// `LS6 3HN`
fn uk_postcode(k: &mut Kit) -> Column {
    let (area, gap) = (k.upper(2), k.pick(&[" ", " ", ""]));
    let (one, district) = (k.chance(0.4), k.chance(0.25));
    Box::new(move |k| {
        let area = if one {
            &area
        } else {
            k.one("AB, B, BN, CF, DE, E, G, LS, M, N, NE, OX, SE, SW, W, YO")
        };
        let outward = format!("{area}{}", k.magnitude(1, 40));
        if district {
            outward
        } else {
            format!("{outward}{gap}{}", k.fill("%@@"))
        }
    })
}

/// `90210`, `K1A 0B1`, `1012 AB`
fn postcode(k: &mut Kit) -> Column {
    k.masked(&[
        "#####",
        "#####-####",
        "@#@ #@#",
        "@#@#@#",
        "%### @@",
        "##-###",
        "### ##",
        "####",
        "%####-##0",
        "AD#00",
    ])
}

/// `(512) 555-0142`
fn us_telephone(k: &mut Kit) -> Column {
    let area = k.fill("%0%");
    let (one, mask) = (
        k.chance(0.4),
        k.pick(&[
            ") 555-01##",
            ") %##-####",
            "-%##-####",
            ".%##.####",
            "%######",
        ]),
    );
    Box::new(move |k| {
        let area = if one { area.clone() } else { k.fill("%##") };
        let open = if mask.starts_with(')') { "(" } else { "" };
        format!("{open}{area}{}", k.fill(mask))
    })
}

/// `+44 161 496 0482`
fn international_telephone(k: &mut Kit) -> Column {
    let (country, mask) = (
        k.int(20, 98),
        k.pick(&[
            " %## ### ####",
            "-%#-#######",
            "%#########",
            " (0)%# ### ###",
            " %# ## ## ##",
        ]),
    );
    let plus = k.pick(&["+", "+", "00"]);
    Box::new(move |k| format!("{plus}{country}{}", k.fill(mask)))
}

/// `01632 960 482`
fn local_telephone(k: &mut Kit) -> Column {
    k.masked(&[
        "0%## ### ###",
        "0%## ## ## ##",
        "0%#/######",
        "(0%#) ####-####",
        "%##-####",
        "07### ######",
        "%### ####",
        "x####",
    ])
}

/// `06037 2141.02`
fn census_tract(k: &mut Kit) -> Column {
    let state = k.digits(2);
    let mask = k.pick(&["###", "########", "### ####.##", "-###-####", "######"]);
    Box::new(move |k| state.clone() + &k.fill(mask))
}

/// `Dem`, `R-TX`
fn political_party(k: &mut Kit) -> Column {
    let form = k.int(0, 2);
    Box::new(move |k| match form {
        0 => format!("{}-{}", k.one("D, R, I"), k.one(STATES)),
        1 => k
            .one(
                "Labour, Liberal, Green, Con, Lab, LD, SNP, Ind., Centre, Left, National, Reform, \
        None",
            )
            .into(),
        _ => format!("{} ({})", k.one(SURNAMES), k.one("D, R, G, Ind")),
    })
}

/// `Priya`
fn first_name(k: &mut Kit) -> Column {
    k.category(FIRST_NAMES)
}

/// `O'Brien`
fn surname(k: &mut Kit) -> Column {
    k.category(SURNAMES)
}

/// `Maria Keller`
fn full_name(k: &mut Kit) -> Column {
    let (tongue, middle) = (Tongue::new(k), k.chance(0.2));
    Box::new(move |k| {
        let last = if k.chance(0.5) {
            k.one(SURNAMES).to_string()
        } else {
            tongue.name(k)
        };
        let middle = if middle {
            k.upper(1) + ". "
        } else {
            String::new()
        };
        format!("{} {middle}{last}", k.one(FIRST_NAMES))
    })
}

/// `M. Keller`
fn initial_and_surname(k: &mut Kit) -> Column {
    let (dot, tongue) = (k.pick(&[". ", ".", " "]), Tongue::new(k));
    Box::new(move |k| {
        let last = if k.chance(0.4) {
            k.one(SURNAMES).to_string()
        } else {
            tongue.name(k)
        };
        format!("{}{dot}{last}", k.letters("ABCDEFGHIJKLMNPRSTVW", 1))
    })
}

/// `Keller, Maria`
fn surname_first(k: &mut Kit) -> Column {
    let (comma, short, shout) = (
        k.pick(&[", ", ", ", " ", ","]),
        k.chance(0.5),
        k.chance(0.2),
    );
    Box::new(move |k| {
        let (first, last) = (k.one(FIRST_NAMES), k.one(SURNAMES));
        let last = if shout {
            last.to_uppercase()
        } else {
            last.to_string()
        };
        if short {
            format!("{last}{comma}{}.", &first[..1])
        } else {
            format!("{last}{comma}{first}")
        }
    })
}

/// `Strelov`
fn invented_surname(k: &mut Kit) -> Column {
    let tongue = Tongue::new(k);
    let ends = k.pick(&[
        "ov, ev, in",
        "son, sen",
        "ini, etti, i, ucci",
        "ez, es, o",
        "mann, er, stein",
        "ski, icz",
        "",
        "idis, akis",
    ]);
    let start = k.pick(&["", "", "", "Mc", "de ", "van ", "O'"]);
    Box::new(move |k| start.to_string() + &tongue.name(k) + k.one(ends))
}

/// `Keller 2013`, `Keller et al. (2013)`
fn author_year(k: &mut Kit) -> Column {
    let (open, close) = k.pick(&[
        (" ", ""),
        (" (", ")"),
        (" et al. (", ")"),
        (", ", ""),
        (" et al., ", ""),
    ]);
    let first = k.int(1965, 2010);
    Box::new(move |k| {
        let letter = k.pick(&["", "", "", "", "a", "b"]);
        format!(
            "{}{open}{}{letter}{close}",
            k.one(SURNAMES),
            k.int(first, first + 14)
        )
    })
}

/// `MK`, `m.k.`
fn initials(k: &mut Kit) -> Column {
    let (n, dots, small) = (k.pick(&[2, 2, 3]), k.chance(0.25), k.chance(0.25));
    Box::new(move |k| {
        let code = k.letters("ABCDEFGHIJKLMNOPRSTVWY", n);
        let code = if small { code.to_lowercase() } else { code };
        if dots {
            code.chars().map(|c| format!("{c}.")).collect()
        } else {
            code
        }
    })
}

/// `Dr. Keller`, `Ms Novak`
fn titled_name(k: &mut Kit) -> Column {
    let titles = k.pick(&[
        "Dr., Prof.",
        "Mr, Mrs, Ms",
        "Mr., Ms.",
        "Sir, Lady",
        "Sgt., Lt., Capt., Maj.",
        "Sen., Rep.",
    ]);
    let (tongue, after) = (
        Tongue::new(k),
        k.pick(&["", "", "", ", Jr., , ", ", PhD, , "]),
    );
    Box::new(move |k| {
        let name = if k.chance(0.5) {
            k.one(SURNAMES).to_string()
        } else {
            tongue.name(k)
        };
        format!("{} {name} {}", k.one(titles), k.one(after))
            .trim_end()
            .to_string()
    })
}

/// `Drelko Ltd`, `Skarn & Sons`
fn company(k: &mut Kit) -> Column {
    let tongue = Tongue::new(k);
    let ends = k.pick(&[
        "Ltd, PLC, LLP",
        "Inc., Corp., LLC",
        "GmbH, AG, KG",
        "& Sons, & Co, Bros.",
        "Group, Bank, Foods",
        "S.A., SpA",
    ]);
    Box::new(move |k| {
        let name = if k.chance(0.4) {
            k.one(SURNAMES).to_string()
        } else {
            tongue.name(k)
        };
        format!("{name} {}", k.one(ends))
    })
}
