//! The notations of chemistry, mineralogy, astronomy and mathematics.

use super::kit::{Column, Generator, Kit, named};
use super::lexicon::{ELEMENTS, GREEK};
use super::tongue::Tongue;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    element,
    isotope,
    formula,
    ion,
    hydrocarbon,
    registry_number,
    mineral,
    galaxy,
    spectral_type,
    minor_planet,
    greek_parameter,
];

/// `Fe`
fn element(k: &mut Kit) -> Column {
    let unit = k.pick(&["", "", "", "_ppm", " (mg/l)", "_conc", " wt%"]);
    Box::new(move |k| k.one(ELEMENTS).to_string() + unit)
}

/// `C-14`, `14C`
fn isotope(k: &mut Kit) -> Column {
    let (first, gap) = (k.chance(0.5), k.pick(&["-", "-", ""]));
    Box::new(move |k| {
        let (symbol, mass) = (k.one(ELEMENTS), k.int(2, 240));
        if first {
            format!("{mass}{gap}{symbol}")
        } else {
            format!("{symbol}{gap}{mass}")
        }
    })
}

/// `Fe2O3`, `Ca(NO3)2`
fn formula(k: &mut Kit) -> Column {
    let anions = k.pick(&[
        "O, S, Cl, F",
        "O",
        "(SO4), (CO3), (NO3), (PO4)",
        "(OH), (NO3)",
        "Cl, Br",
        "H",
    ]);
    Box::new(move |k| {
        let metal = k.one(ELEMENTS).to_string() + k.pick(&["", "", "2", "3"]);
        let (anion, count) = (k.one(anions), k.pick(&["", "2", "2", "3", "4", "5"]));
        // One polyatomic ion needs no brackets.
        let anion = if count.is_empty() {
            anion.trim_matches(['(', ')'])
        } else {
            anion
        };
        metal + anion + count
    })
}

/// `Ca2+`
fn ion(k: &mut Kit) -> Column {
    let (open, close) = k.pick(&[("", ""), ("[", "]"), ("^", ""), ("(", ")")]);
    Box::new(move |k| {
        format!(
            "{}{open}{}{}{close}",
            k.one(ELEMENTS),
            k.pick(&["", "2", "3"]),
            k.pick(&["+", "+", "-"])
        )
    })
}

/// `CH3CH(OH)CH3`, `n-C4H10`
fn hydrocarbon(k: &mut Kit) -> Column {
    let (structural, prefix) = (k.chance(0.6), k.pick(&["", "", "n-", "iso-"]));
    Box::new(move |k| {
        if !structural {
            return format!(
                "{prefix}C{}H{}{}",
                k.int(2, 24),
                k.int(4, 48),
                k.one(", O, O2, N, Cl")
            );
        }
        let n = k.int(1, 3);
        let chain: String = (0..n)
            .map(|_| k.one("CH2, CHOH, C(=O), CH=CH, CH(CH3), O"))
            .collect();
        format!("CH3{chain}{}", k.one("CH3, OH, NH2, COOH, CHO, Cl, C#N"))
    })
}

/// `50-78-2`
fn registry_number(k: &mut Kit) -> Column {
    k.masked(&[
        "%##-##-#",
        "%####-##-#",
        "CID %####",
        "DB0####",
        "EC %.%.%.%#",
        "CHEBI:%####",
        "UN %###",
    ])
}

/// `Karlovite`
fn mineral(k: &mut Kit) -> Column {
    let tongue = Tongue::new(k);
    let grade = k.pick(&["", "", " (tr)", " 10%", "?"]);
    Box::new(move |k| {
        let name = tongue.name(k);
        let marked = k.chance(0.3);
        format!(
            "{name}{}{}",
            k.one("ite, ite, ine, spar, ase"),
            if marked { grade } else { "" }
        )
    })
}

/// `NGC 4565`
fn galaxy(k: &mut Kit) -> Column {
    let (catalogue, top) = k.pick(&[
        ("NGC ", 7840),
        ("M", 110),
        ("M ", 110),
        ("IC ", 5386),
        ("HD ", 225_000),
        ("HIP", 118_000),
    ]);
    Box::new(move |k| format!("{catalogue}{}", k.int(1, top)))
}

/// `G2V`
fn spectral_type(k: &mut Kit) -> Column {
    let (gap, half) = (k.pick(&["", "", " "]), k.chance(0.3));
    Box::new(move |k| {
        let half = if half { k.pick(&["", ".5"]) } else { "" };
        format!(
            "{}{}{half}{gap}{}",
            k.letters("OBAFGKM", 1),
            k.int(0, 9),
            k.one("V, V, III, IV, I, Ia, II")
        )
    })
}

/// `2004 XR190`
fn minor_planet(k: &mut Kit) -> Column {
    let first = k.int(1950, 2005);
    Box::new(move |k| {
        let half_month = k.letters("ABCDEFGHJKLMNOPQRSTUVWXY", 2);
        format!(
            "{} {half_month}{}",
            k.int(first, first + 20),
            k.magnitude(1, 300)
        )
    })
}

/// `beta_2`
fn greek_parameter(k: &mut Kit) -> Column {
    let (gap, top, tex) = (
        k.pick(&["", "_", "[", "-"]),
        k.int(3, 9),
        k.pick(&["", "", "\\", "log_"]),
    );
    Box::new(move |k| {
        let closing = if gap == "[" { "]" } else { "" };
        format!("{tex}{}{gap}{}{closing}", k.one(GREEK), k.int(0, top))
    })
}
