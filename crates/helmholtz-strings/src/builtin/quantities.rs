//! Bare numbers whose unit stands in the heading of the column.
//!
//! Only their range and their number of decimal places tell an altitude from a price.

use super::kit::{Column, Generator, Kit, named};

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    age,
    body_height,
    body_mass,
    air_temperature,
    rainfall,
    altitude,
    price,
    salary,
    index_number,
    unit_interval,
    reaction_time,
    exam_mark,
    day_number,
    record_number,
    inhabitants,
    ratio_to_one,
    net_change,
    share,
    intensity,
    signal_level,
];

/// The column of numbers in `low..high` with so many decimal places.
fn between(low: f64, high: f64, places: usize) -> Column {
    Box::new(move |k| k.decimal(low, high, places))
}

/// `34`
fn age(k: &mut Kit) -> Column {
    let low = k.pick(&[0.0, 18.0, 18.0, 50.0]);
    between(low, low + k.real(25.0, 60.0), k.pick(&[0, 0, 0, 1]))
}

/// `172.5`
fn body_height(k: &mut Kit) -> Column {
    let (middle, places) = k.pick(&[(170.0, 0), (170.0, 1), (1.7, 2), (67.0, 0), (67.0, 2)]);
    between(0.88 * middle, 1.15 * middle, places)
}

/// `71.4`
fn body_mass(k: &mut Kit) -> Column {
    let (middle, places) = k.pick(&[
        (75.0, 0),
        (75.0, 1),
        (165.0, 0),
        (27.0, 1),
        (3.4, 2),
        (3400.0, 0),
    ]);
    between(0.6 * middle, 1.5 * middle, places)
}

/// `-3.5`
fn air_temperature(k: &mut Kit) -> Column {
    let low = k.real(-20.0, 15.0);
    between(low, low + k.real(15.0, 35.0), k.pick(&[0, 1, 1, 2]))
}

/// `0`, `12.4`: mostly dry
fn rainfall(k: &mut Kit) -> Column {
    let (top, none) = (k.pick(&[12, 80, 400]), k.pick(&["0", "0.0", "tr"]));
    Box::new(move |k| {
        if k.chance(0.3) {
            none.to_string()
        } else {
            format!("{}.{}", k.magnitude(1, top), k.digits(1))
        }
    })
}

/// `1482`
fn altitude(k: &mut Kit) -> Column {
    let low = k.real(-5.0, 900.0);
    between(
        low,
        low + k.pick(&[60.0, 800.0, 3000.0]),
        k.pick(&[0, 0, 1, 2]),
    )
}

/// `12.99`
fn price(k: &mut Kit) -> Column {
    let (top, ends) = (
        k.pick(&[12, 90, 900]),
        k.pick(&["99", "99, 95, 49, 50, 00", "90, 50, 00", "5, 9, 0"]),
    );
    Box::new(move |k| format!("{}.{}", k.magnitude(1, top), k.one(ends)))
}

/// `48500`
fn salary(k: &mut Kit) -> Column {
    let unit = k.pick(&[1, 10, 100, 500, 1000]);
    Box::new(move |k| (k.int(14_000, 190_000) / unit * unit).to_string())
}

/// `103.7`
fn index_number(k: &mut Kit) -> Column {
    between(80.0, k.pick(&[120.0, 180.0]), k.pick(&[1, 1, 2, 3]))
}

/// `0.482`
fn unit_interval(k: &mut Kit) -> Column {
    let (low, high) = k.pick(&[(0.0, 1.0), (0.0, 1.0), (0.5, 1.0), (0.0, 0.1), (0.9, 1.0)]);
    between(low, high, k.pick(&[3, 3, 4, 5]))
}

/// `412`
fn reaction_time(k: &mut Kit) -> Column {
    let (low, high, places) = k.pick(&[
        (220.0, 990.0, 0),
        (220.0, 1400.0, 1),
        (0.2, 1.9, 3),
        (2.0, 90.0, 1),
    ]);
    between(low, high, places)
}

/// `67`, `67.5`
fn exam_mark(k: &mut Kit) -> Column {
    let (low, halves) = (k.int(20, 60), k.chance(0.3));
    Box::new(move |k| {
        format!(
            "{}{}",
            k.int(low, 100),
            if halves { k.pick(&["", ".5"]) } else { "" }
        )
    })
}

/// `2451545`
fn day_number(k: &mut Kit) -> Column {
    let first = k.pick(&[1, 32_000, 41_000, 2_451_000]);
    Box::new(move |k| k.int(first, first + 364).to_string())
}

/// `30417`: numbers handed out one after another
fn record_number(k: &mut Kit) -> Column {
    let first = k.magnitude(100, 9_000_000);
    let last = first + k.magnitude(20, 900);
    Box::new(move |k| k.int(first, last).to_string())
}

/// `18204`
fn inhabitants(k: &mut Kit) -> Column {
    let low = k.pick(&[80, 900, 20_000, 300_000]);
    Box::new(move |k| k.magnitude(low, 300 * low).to_string())
}

/// `1.037`
fn ratio_to_one(k: &mut Kit) -> Column {
    let spread = k.pick(&[0.05, 0.3, 0.8]);
    between(1.0 - spread, 1.0 + spread, k.pick(&[2, 3, 4]))
}

/// `-12.5`
fn net_change(k: &mut Kit) -> Column {
    let (size, places) = k.pick(&[(2.0, 1), (2.0, 2), (30.0, 0), (30.0, 1), (800.0, 0)]);
    between(-size, 1.4 * size, places)
}

/// `23.6`
fn share(k: &mut Kit) -> Column {
    let low = k.pick(&[0.0, 0.0, 30.0]);
    between(low, k.pick(&[60.0, 100.0]), k.pick(&[1, 1, 2, 3]))
}

/// `0.04`, `17.3`, `920`: three significant digits over many magnitudes
fn intensity(k: &mut Kit) -> Column {
    let top = k.int(2, 4);
    Box::new(move |k| match k.int(0, top) {
        0 => k.decimal(0.01, 1.0, 2),
        1 => k.decimal(1.0, 10.0, 2),
        2 => k.decimal(10.0, 100.0, 1),
        n => k
            .int(10_i64.pow(n as u32 - 1), 10_i64.pow(n as u32) - 1)
            .to_string(),
    })
}

/// `-72`
fn signal_level(k: &mut Kit) -> Column {
    between(-110.0, -k.real(20.0, 60.0), k.pick(&[0, 0, 1]))
}
