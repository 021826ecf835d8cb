//! Places: their names, codes and coordinates.

use super::kit::{Column, Generator, Kit, named};
use super::lexicon::{
    AIRPORTS, COUNTIES, COUNTRIES, COUNTRY_CODES, COUNTRY_TRIPLES, CURRENCIES, STATES, TOWNS,
};
use super::tongue::Tongue;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    country,
    country_code,
    country_triple,
    currency_code,
    state_code,
    state_list,
    town,
    town_and_state,
    invented_town,
    county,
    river,
    airport,
    station_code,
    region,
    wind_direction,
    decimal_degrees,
    coordinate_pair,
    hemisphere_degrees,
    degrees_minutes,
    grid_reference,
    map_sheet,
];

/// `New Zealand`
fn country(k: &mut Kit) -> Column {
    k.category(COUNTRIES)
}

/// `NZ`
fn country_code(k: &mut Kit) -> Column {
    let small = k.chance(0.3);
    let end = k.pick(&["", "", "", "-", "-01"]);
    Box::new(move |k| {
        let code = k.one(COUNTRY_CODES);
        if small {
            code.to_lowercase()
        } else {
            code.to_string() + end
        }
    })
}

/// `NZL`
fn country_triple(k: &mut Kit) -> Column {
    k.codes(COUNTRY_TRIPLES)
}

/// `CHF`, `EUR/USD`
fn currency_code(k: &mut Kit) -> Column {
    let (paired, gap) = (k.chance(0.4), k.pick(&["/", "", "-"]));
    Box::new(move |k| {
        if paired {
            k.some(CURRENCIES, 2).join(gap)
        } else {
            k.one(CURRENCIES).to_string()
        }
    })
}

/// `NM`, `US-NM`
fn state_code(k: &mut Kit) -> Column {
    let prefix = k.pick(&["", "", "", "US-", "US_"]);
    Box::new(move |k| prefix.to_string() + k.one(STATES))
}

/// `CO,NM,UT`
fn state_list(k: &mut Kit) -> Column {
    let gap = k.pick(&[",", ", ", "-", "/", " "]);
    Box::new(move |k| {
        let n = k.int(1, 4) as usize;
        k.some(STATES, n).join(gap)
    })
}

/// `St. Gallen`
fn town(k: &mut Kit) -> Column {
    k.category(TOWNS)
}

/// `Fargo, ND`
fn town_and_state(k: &mut Kit) -> Column {
    let (gap, close) = k.pick(&[(", ", ""), (", ", ""), (" (", ")"), (" ", "")]);
    let tongue = Tongue::new(k);
    Box::new(move |k| {
        let town = if k.chance(0.5) {
            tongue.name(k)
        } else {
            k.one(TOWNS).to_string()
        };
        format!("{town}{gap}{}{close}", k.one(STATES))
    })
}

/// `Upper Drelham`, `Skarnsted`
fn invented_town(k: &mut Kit) -> Column {
    let tongue = Tongue::new(k);
    let ends = k.pick(&[
        "ton, ham, ford, ley",
        "burg, dorf, stadt",
        "",
        "by, sted, vik",
        "ville, mont",
        "ovo, sk, grad",
    ]);
    let before = k.pick(&[
        "",
        "",
        "San, Santa",
        "Bad",
        "Great, Upper, Old",
        "Port, Fort",
    ]);
    Box::new(move |k| {
        let town = tongue.name(k) + k.one(ends);
        if k.chance(0.2) {
            format!("{} {town}", k.one(before)).trim_start().to_string()
        } else {
            town
        }
    })
}

/// `Drelshire`, `Kalmar County`
fn county(k: &mut Kit) -> Column {
    let (tongue, end) = (
        Tongue::new(k),
        k.pick(&["shire", " County", " District", " Parish", "land", " Co."]),
    );
    Box::new(move |k| tongue.name(k) + end)
}

/// `River Drel`, `Mt. Skarn`
fn river(k: &mut Kit) -> Column {
    let (tongue, form) = (
        Tongue::new(k),
        k.pick(&[
            "River *", "Lake *", "* Creek", "Mt. *", "* Bay", "* Island", "Cape *",
        ]),
    );
    Box::new(move |k| form.replace('*', &tongue.name(k)))
}

/// `CPH`, `CPH-OSL`
fn airport(k: &mut Kit) -> Column {
    let (route, gap) = (k.chance(0.35), k.pick(&["-", "/", " - ", ">"]));
    Box::new(move |k| {
        if route {
            k.some(AIRPORTS, 2).join(gap)
        } else {
            k.one(AIRPORTS).to_string()
        }
    })
}

/// `KDRL`, `SKN`
fn station_code(k: &mut Kit) -> Column {
    let (first, mask) = (
        k.letters("EKLSU", 1),
        k.pick(&["@@@", "@@", "@@#", "@@@@", "###"]),
    );
    Box::new(move |k| first.clone() + &k.fill(mask))
}

/// `North East`
fn region(k: &mut Kit) -> Column {
    k.category(COUNTIES)
}

/// `NNE`
fn wind_direction(k: &mut Kit) -> Column {
    k.category("N, NNE, NE, ENE, E, ESE, SE, SSE, S, SSW, SW, WSW, W, WNW, NW, NNW, VRB, calm")
}

/// `-37.81361`
fn decimal_degrees(k: &mut Kit) -> Column {
    let (places, spread) = (k.int(2, 7) as usize, k.pick(&[0.5, 5.0, 40.0]));
    let centre = k.real(-120.0, 120.0);
    Box::new(move |k| k.decimal(centre - spread, centre + spread, places))
}

/// `52.5096, 13.3759`
fn coordinate_pair(k: &mut Kit) -> Column {
    let (open, comma, close) = k.pick(&[
        ("", ", ", ""),
        ("(", ", ", ")"),
        ("", ",", ""),
        ("", " ", ""),
        ("POINT(", " ", ")"),
    ]);
    let (lat, lon, places) = (
        k.real(-60.0, 60.0),
        k.real(-170.0, 170.0),
        k.int(2, 6) as usize,
    );
    Box::new(move |k| {
        let north = k.decimal(lat - 3.0, lat + 3.0, places);
        format!(
            "{open}{north}{comma}{}{close}",
            k.decimal(lon - 3.0, lon + 3.0, places)
        )
    })
}

/// `13.38E`, `52 N`
fn hemisphere_degrees(k: &mut Kit) -> Column {
    let (letters, top) = k.pick(&[("NS", 80.0), ("EW", 179.0), ("N", 80.0), ("W", 179.0)]);
    let (gap, places, first) = (k.pick(&["", " "]), k.int(0, 4) as usize, k.chance(0.2));
    Box::new(move |k| {
        let (degrees, letter) = (k.decimal(0.0, top, places), k.letters(letters, 1));
        if first {
            format!("{letter}{gap}{degrees}")
        } else {
            format!("{degrees}{gap}{letter}")
        }
    })
}

/// `52 30 34 N`, `52d30'34"N`
fn degrees_minutes(k: &mut Kit) -> Column {
    let (degree, minute, second) = k.pick(&[
        (" ", " ", " "),
        ("d", "'", "\""),
        ("-", "-", ""),
        ("d ", "' ", "\" "),
        (":", ":", ""),
    ]);
    let (letters, start) = (k.pick(&["NS", "EW", "N", "E"]), k.int(0, 70));
    Box::new(move |k| {
        let (degrees, minutes, seconds) = (start + k.int(0, 9), k.int(0, 59), k.int(0, 59));
        format!(
            "{degrees}{degree}{minutes:02}{minute}{seconds:02}{second}{}",
            k.letters(letters, 1)
        )
    })
}

/// `NT 253 736`, `33U`
fn grid_reference(k: &mut Kit) -> Column {
    let square = k.upper(2);
    let (mask, own) = (
        k.pick(&[" ### ###", "####", " #### ####", "##", "######"]),
        k.chance(0.5),
    );
    Box::new(move |k| {
        let square = if own {
            k.letters("HNOST", 1) + &k.upper(1)
        } else {
            square.clone()
        };
        square + &k.fill(mask)
    })
}

/// `NK 31-7`, `B4-2D`
fn map_sheet(k: &mut Kit) -> Column {
    k.masked(&[
        "@@ %#-%",
        "%# %/%",
        "S@-%#",
        "%###-@@",
        "@#-#@",
        "Sheet %#@",
        "%#@ #@",
    ])
}
