//! Temporary.
use helmholtz_math::random::Stream;
use helmholtz_timeseries::explain::{ExplainOptions, explain};
use helmholtz_timeseries::pretrained;
use helmholtz_timeseries::read::NamedSeries;

#[test]
fn measure() {
    let (_, model, guide) = pretrained().unwrap();
    let mut rng = Stream::at([7, 7, 7, 7]);
    let kinds: Vec<(&str, Box<dyn Fn(f64, f64) -> f64>)> = vec![
        (
            "wave",
            Box::new(|k, e| 100.0 + 0.5 * k + 8.0 * (std::f64::consts::TAU * k / 12.0).sin() + e),
        ),
        ("noise", Box::new(|_, e| e)),
        ("ramp", Box::new(|k, e| k + 0.01 * e)),
        (
            "smooth",
            Box::new(|k, e| (k / 9.0).sin() * (k / 23.0).cos() * 5.0 + 0.1 * e),
        ),
        (
            "exact",
            Box::new(|k, _| (std::f64::consts::TAU * k / 12.0).sin()),
        ),
    ];
    for n in [4, 12, 40, 96, 400] {
        for (name, f) in &kinds {
            let values: Vec<f64> = (0..n).map(|k| f(f64::from(k), rng.normal())).collect();
            let named = NamedSeries {
                name: "s".into(),
                times: (0..n).map(f64::from).collect(),
                values,
                unit: "years".into(),
                missing: 0,
            };
            let t = std::time::Instant::now();
            match explain(&model, &guide, &named, &ExplainOptions::default()) {
                Ok(found) => {
                    println!(
                        "{n} {name} {:?} {:.1}s",
                        found.approximate,
                        t.elapsed().as_secs_f64()
                    );
                    for p in &found.programs {
                        println!("      {:.3} {} {:?}", p.weight, p.expression, p.approximate);
                    }
                }
                Err(e) => println!("{n} {name} {e}"),
            }
        }
    }
}
