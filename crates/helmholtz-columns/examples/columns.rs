//! The formats of a column: `columns FILE`, a value a line.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::error::Error;
use std::time::Instant;

use helmholtz_columns::rows::Rows;
use helmholtz_columns::search::search;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("columns FILE")?;
    let text = std::fs::read_to_string(path)?;
    let rows = Rows::of(text.lines());
    let begun = Instant::now();
    let found = search(&rows);
    let took = begun.elapsed().as_secs_f64();
    println!(
        "{} rows, {} distinct, {:.0} ms",
        rows.count(),
        rows.values.len(),
        took * 1e3
    );
    for (i, found) in found.iter().take(3).enumerate() {
        println!("{:10.1} nats", found.log_joint);
        for (format, count) in found.program.0.iter().zip(&found.explained.rows) {
            println!("    {count:6} {format:#}");
        }
        let odd = found.explained.format_of.iter().zip(&rows.values);
        let odd = odd
            .filter(|(of, _)| of.is_none())
            .map(|(_, v)| v.iter().collect());
        let odd: Vec<String> = odd.collect();
        println!(
            "    {:6} foreign {:?}",
            found.explained.foreign,
            &odd[..odd.len().min(if i == 0 { 12 } else { 3 })]
        );
    }
    Ok(())
}
