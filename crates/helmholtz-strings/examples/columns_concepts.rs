//! Nats of concepts in the language of columns: `columns_concepts FILE`, with training and test strings as `evaluate strings` reads
//! them.
//!
//! Told are means over concepts: of the training strings the negative logarithm of the sum of the joints of all programs that were
//! found, which is an upper bound; and of the test strings the sum of their negative log-probabilities,
//! each as the next row.

#![allow(clippy::print_stdout, reason = "a program's result")]

use std::path::Path;

use helmholtz_columns::predict::Predictive;
use helmholtz_columns::rows::Rows;
use helmholtz_columns::search::search;
use helmholtz_data::{Column, ReadOptions, read};

/// A mean with its standard error.
struct Mean(Vec<f64>);

impl Mean {
    fn told(&self) -> String {
        let n = self.0.len() as f64;
        let mean = self.0.iter().sum::<f64>() / n;
        let squares: f64 = self.0.iter().map(|x| (x - mean).powi(2)).sum();
        let error = (squares / (n - 1.0) / n).sqrt();
        format!("{mean:.2} +- {error:.2}")
    }
}

/// Nats of the training strings, and of the test strings.
fn nats(column: &Column) -> (f64, Option<f64>) {
    let rows = Rows {
        values: column.values.iter().map(|v| v.chars().collect()).collect(),
        counts: column.counts.clone(),
    };
    let found = search(&rows);
    let best = found.first().map_or(f64::NEG_INFINITY, |f| f.log_joint);
    let sum: f64 = found.iter().map(|f| (f.log_joint - best).exp()).sum();
    let next = Predictive::new(&rows, &found);
    let texts = column.test.iter().map(|t| t.chars().collect::<Vec<_>>());
    let test = texts.map(|text| -next.log_prob(&text)).sum();
    (-best - sum.ln(), (!column.test.is_empty()).then_some(test))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("columns_concepts FILE")?;
    let dataset = read(Path::new(&path), &ReadOptions::default())?;
    let (all, test): (Vec<f64>, Vec<Option<f64>>) = dataset.columns.iter().map(nats).unzip();
    println!("{} concepts", all.len());
    println!("training strings, nats a concept: {}", Mean(all).told());
    let test: Vec<f64> = test.into_iter().flatten().collect();
    println!("test strings, nats a concept: {}", Mean(test).told());
    Ok(())
}
