//! The table of the README's first answer: six columns of invented orders, with what real tables have in them.
//!
//! `cargo run --release --example orders > examples/orders.csv`

use std::io::Write;

use helmholtz::random::Stream;

/// Rows.
const ROWS: usize = 120;
/// Two-letter codes, as often as they stand here.
const COUNTRIES: [&str; 8] = ["DE", "DE", "DE", "FR", "FR", "ES", "NL", "PL"];
/// The states of an order.
const STATES: [&str; 5] = ["sent", "sent", "sent", "open", "paid"];

/// Cells that people typed where the rest is exported: row, column, cell.
const TYPED: [(usize, usize, &str); 8] = [
    (17, 1, "14/03/2026"),
    (64, 1, "tbd"),
    (38, 2, "Germany"),
    (9, 3, "n/a"),
    (80, 3, "see mail"),
    (51, 4, "12.50 EUR"),
    (101, 4, ""),
    (72, 5, "-"),
];

/// The table as CSV.
pub(crate) fn table() -> String {
    let mut lines = vec!["order,date,country,phone,amount,state".to_owned()];
    for row in 0..ROWS {
        let mut rng = Stream::at([2026, row as u64, 0, 0]);
        let mut cells = [
            format!("SO-{}", 10_400 + row),
            format!("2026-{:02}-{:02}", 1 + row * 6 / ROWS, 1 + rng.below(28)),
            COUNTRIES[rng.below(COUNTRIES.len())].to_owned(),
            phone(&mut rng),
            format!("{}.{:02}", 5 + rng.below(900), rng.below(100)),
            STATES[rng.below(STATES.len())].to_owned(),
        ];
        for (_, column, cell) in TYPED.iter().filter(|typed| typed.0 == row) {
            cells[*column] = (*cell).to_owned();
        }
        lines.push(cells.join(","));
    }
    lines.join("\n") + "\n"
}

/// A number as two systems write it.
fn phone(rng: &mut Stream) -> String {
    let (area, first, second) = (
        200 + rng.below(700),
        100 + rng.below(900),
        rng.below(10_000),
    );
    match rng.uniform() < 0.7 {
        true => format!("({area}) {first}-{second:04}"),
        false => format!("{area}-{first}-{second:04}"),
    }
}

#[allow(dead_code, reason = "a test reads the table only")]
fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(table().as_bytes())
}
