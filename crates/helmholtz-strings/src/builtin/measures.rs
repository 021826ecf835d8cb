//! Measurements: a number and its unit, glued, spaced or implied.

use super::kit::{Column, Generator, Kit, named};

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    quantity,
    mixed_quantity,
    temperature,
    feet_and_inches,
    dimensions,
    screen_size,
    storage,
    frequency,
    dose,
    concentration,
    blood_pressure,
    rate,
    bearing,
    photo_exposure,
    pack,
    screw,
    tyre,
    resistor,
    clothing_size,
    shoe_size,
    vision,
    scale,
];

/// `12 mg`
fn quantity(k: &mut Kit) -> Column {
    let unit = k.one(
        "mg, g, kg, t, lb, oz, mm, cm, m, km, ft, mi, ml, mL, L, gal, s, ms, min, N, Pa, kPa, \
        bar, J, kcal, kWh, W, V, mA, dB, lx, m2, m3, ha, rpm, ppm, pts, px, pcs, people",
    );
    let (gap, places) = (k.pick(&["", " ", " "]), k.pick(&[0, 0, 1, 2]));
    let top = k.pick(&[20.0, 100.0, 500.0, 5000.0]);
    Box::new(move |k| format!("{}{gap}{unit}", k.decimal(1.0, top, places)))
}

/// `500 g`, `1.5 kg`
fn mixed_quantity(k: &mut Kit) -> Column {
    let units = k.pick(&[
        "g, kg",
        "ml, l",
        "cm, m",
        "mm, in",
        "kB, MB, GB",
        "s, min, h",
        "oz, lb",
        "us, ms",
    ]);
    let gap = k.pick(&["", " "]);
    Box::new(move |k| {
        let amount = match k.pick(&[0, 0, 1]) {
            0 => (5 * k.magnitude(1, 150)).to_string(),
            _ => k.decimal(1.0, 20.0, 1),
        };
        format!("{amount}{gap}{}", k.one(units))
    })
}

/// `-3.5 C`
fn temperature(k: &mut Kit) -> Column {
    let (unit, places) = (
        k.pick(&["C", " C", " degC", "F", " F", "K", " deg"]),
        k.pick(&[0, 1, 1]),
    );
    let low = k.real(-25.0, 30.0);
    Box::new(move |k| format!("{}{unit}", k.decimal(low, low + 30.0, places)))
}

/// `5'11"`
fn feet_and_inches(k: &mut Kit) -> Column {
    let (feet, inches) = k.pick(&[
        ("'", "\""),
        ("-", ""),
        (" ft ", " in"),
        ("' ", "''"),
        ("ft ", "in"),
    ]);
    Box::new(move |k| format!("{}{feet}{}{inches}", k.int(4, 6), k.int(0, 11)))
}

/// `10 x 20 x 5 cm`
fn dimensions(k: &mut Kit) -> Column {
    let (times, unit) = (
        k.pick(&["x", "x", " x ", "X", "*", " by "]),
        k.pick(&["", "", " cm", "mm", "\""]),
    );
    let (n, top, places) = (
        k.pick(&[2, 2, 3]),
        k.pick(&[12.0, 60.0, 300.0]),
        k.pick(&[0, 0, 1]),
    );
    Box::new(move |k| {
        let sides: Vec<_> = (0..n).map(|_| k.decimal(1.0, top, places)).collect();
        format!("{}{unit}", sides.join(times))
    })
}

/// `1920x1080`
fn screen_size(k: &mut Kit) -> Column {
    let (times, grid) = (k.pick(&["x", "x", " x ", "*"]), k.pick(&[8, 16, 40]));
    Box::new(move |k| format!("{}{times}{}", grid * k.int(16, 120), grid * k.int(12, 80)))
}

/// `512 MB`
fn storage(k: &mut Kit) -> Column {
    let (gap, unit) = (
        k.pick(&["", " "]),
        k.pick(&["MB", "GB", "MB, GB", "GB, TB", "KiB, MiB", "M, G"]),
    );
    Box::new(move |k| format!("{}{gap}{}", 2_i64.pow(k.int(0, 10) as u32), k.one(unit)))
}

/// `2.40 GHz`
fn frequency(k: &mut Kit) -> Column {
    let (unit, places) = (
        k.pick(&[" GHz", "GHz", " MHz", " kHz", "Hz", " bpm"]),
        k.pick(&[0, 1, 2]),
    );
    Box::new(move |k| format!("{}{unit}", k.decimal(1.0, 120.0, places)))
}

/// `10 mg/kg`
fn dose(k: &mut Kit) -> Column {
    let unit = k.one(
        "mg/kg, mg/day, ug/mL, mL/h, mg/m2, IU/L, mmol/L, g/cm3, km/h, m/s, m3/s, t/ha, W/m2, \
        $/h, mi/gal, kg/m2, ind/m2",
    );
    let (gap, places, top) = (
        k.pick(&[" ", " ", ""]),
        k.pick(&[0, 0, 1, 2]),
        k.pick(&[12.0, 90.0, 400.0]),
    );
    Box::new(move |k| format!("{}{gap}{unit}", k.decimal(0.5, top, places)))
}

/// `0.5 uM`
fn concentration(k: &mut Kit) -> Column {
    let units = k.pick(&["nM, uM", "uM", "mM", "M", "ppm, ppb", "% v/v", "ug/L"]);
    let (gap, solute) = (
        k.pick(&[" ", "", "_"]),
        k.pick(&["", "", " NaCl", " KCl", " glucose", " EtOH"]),
    );
    Box::new(move |k| {
        let amount =
            k.one("0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10, 20, 25, 50, 75, 100, 250, 500");
        format!("{amount}{gap}{}{solute}", k.one(units))
    })
}

/// `120/80`
fn blood_pressure(k: &mut Kit) -> Column {
    let unit = k.pick(&["", "", " mmHg"]);
    Box::new(move |k| format!("{}/{}{unit}", k.int(95, 175), k.int(55, 105)))
}

/// `3/day`
fn rate(k: &mut Kit) -> Column {
    let unit = k.pick(&[
        "/day",
        "/week",
        " per year",
        " x daily",
        "/min",
        "/100000",
        "/yr",
    ]);
    let (top, places) = (k.magnitude(15, 400), k.pick(&[0, 0, 1]));
    Box::new(move |k| format!("{}{unit}", k.decimal(1.0, top as f64, places)))
}

/// `45 deg`, `N45E`
fn bearing(k: &mut Kit) -> Column {
    let (unit, quadrant) = (k.pick(&[" deg", "deg", "T", "M", ""]), k.chance(0.5));
    Box::new(move |k| {
        if quadrant {
            format!(
                "{}{}{}",
                k.pick(&["N", "S"]),
                k.int(1, 89),
                k.pick(&["E", "W"])
            )
        } else {
            format!("{:03}{unit}", k.int(0, 359))
        }
    })
}

/// `f/2.8`, `1/250`
fn photo_exposure(k: &mut Kit) -> Column {
    let items = k.pick(&[
        "f/1.4, f/1.8, f/2, f/2.8, f/3.5, f/4, f/5.6, f/8, f/11, f/16, f/22",
        "1/4, 1/8, 1/15, 1/30, 1/60, 1/125, 1/250, 1/500, 1/1000, 1/2000, 2\", 1\"",
        "ISO 50, ISO 100, ISO 200, ISO 320, ISO 400, ISO 640, ISO 800, ISO 1600, ISO 3200, \
        ISO 6400",
    ]);
    k.codes(items)
}

/// `6 x 330 ml`
fn pack(k: &mut Kit) -> Column {
    let (times, unit) = (
        k.pick(&[" x ", "x", "*"]),
        k.pick(&["ml", " ml", "g", " g", " oz", "cl"]),
    );
    Box::new(move |k| format!("{}{times}{}{unit}", k.int(2, 24), 5 * k.int(10, 150)))
}

/// `M6x20`
fn screw(k: &mut Kit) -> Column {
    let (times, head) = (
        k.pick(&["x", " x ", "X"]),
        k.pick(&["", "", " hex", " A2", "-8.8"]),
    );
    Box::new(move |k| {
        format!(
            "M{}{times}{}{head}",
            k.pick(&[2, 3, 4, 5, 6, 8, 10, 12]),
            2 * k.int(3, 40)
        )
    })
}

/// `205/55R16`
fn tyre(k: &mut Kit) -> Column {
    let (gap, speed) = (k.pick(&["R", " R"]), k.chance(0.4));
    Box::new(move |k| {
        let index = if speed {
            k.fill(" ##") + k.pick(&["H", "T", "V"])
        } else {
            String::new()
        };
        format!(
            "{}5/{}{gap}{}{index}",
            k.int(15, 29),
            5 * k.int(8, 14),
            k.int(13, 20)
        )
    })
}

/// `4k7`, `10uF`
fn resistor(k: &mut Kit) -> Column {
    let units = k.pick(&["R, k, M", "k", "pF, nF, uF", "uH, mH", " Ohm, kOhm"]);
    Box::new(move |k| {
        let value =
            k.one("1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2, 10, 22, 47, 100, 220");
        let unit = k.one(units);
        // "4k7" survives a bad photocopy; "4.7k" does not.
        if unit.len() == 1 && value.contains('.') {
            value.replace('.', unit)
        } else {
            value.to_string() + unit
        }
    })
}

/// `XL`, `32/34`
fn clothing_size(k: &mut Kit) -> Column {
    let waist = k.chance(0.4);
    let sizes = k.pick(&[
        "XXS, XS, S, M, L, XL, XXL, XXXL, S/M, L/XL, One size, 4XL",
        "xs, s, m, l, xl, 2xl, 3xl, 4xl, 5xl, one, kids",
        "Small, Medium, Large, X-Large, XX-Large, X-Small, Tall, Petite, Short, Long, Plus",
    ]);
    if waist {
        return k.masked(&["W3#/L3#", "3#/3#", "3%R", "1#.5"]);
    }
    k.codes(sizes)
}

/// `42.5`, `UK 9`
fn shoe_size(k: &mut Kit) -> Column {
    let (system, low) = k.pick(&[("", 35), ("EU ", 35), ("UK ", 3), ("US ", 5), ("EU", 36)]);
    Box::new(move |k| format!("{system}{}{}", low + k.int(0, 11), k.pick(&["", ".5"])))
}

/// `20/40`, `-1.25 D`
fn vision(k: &mut Kit) -> Column {
    let fraction = k.chance(0.4);
    Box::new(move |k| {
        if fraction {
            format!(
                "{}/{}",
                k.pick(&[6, 20]),
                k.pick(&[5, 6, 9, 12, 20, 25, 30, 40, 60, 80, 100, 200])
            )
        } else {
            format!("{}{:.2} D", k.pick(&["-", "+"]), k.int(1, 24) as f64 * 0.25)
        }
    })
}

/// `1:25000`
fn scale(k: &mut Kit) -> Column {
    let (separator, zeros) = (
        k.pick(&[":", ":", " : ", "/"]),
        k.pick(&["", "0", "00", "000", ",000"]),
    );
    Box::new(move |k| format!("1{separator}{}{zeros}", 5 * k.magnitude(1, 50)))
}
