//! Clusters as people meet them: tables of points, partitions with weights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evaluate::evaluate;
use super::explain::{Clustering, Explanation, explain};
use super::read::{NamedPoints, read};
use super::training::{BUILTIN_SETS, Fantasy, TRUE_VARIANCE, fantasies, generate};
use super::{Config, MixtureDomain, Points, fit};
use helmholtz_core::product::text::{faint, first_strong, plain, strong};
use helmholtz_core::product::verb::{EVALUATE, EXPLAIN, SAMPLE};
use helmholtz_core::product::words::percent;
use helmholtz_core::product::{
    Account, Answer, BUILTIN_SEED, Call, Draws, Glimpse, Input, Likely, Loaded, Outcome, Product,
    ProductError, Read, Sink, Text, Verb, send,
};
use helmholtz_data::reading::TableReading;

/// A number of clusters that is less probable is not shown.
const UNLIKELY: f64 = 0.005;

/// Options of explaining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct ExplainOptions {
    #[serde(flatten)]
    reading: TableReading,
    /// Partitions to show per set of points
    #[schemars(range(min = 1, max = 1_000_000))]
    programs: usize,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            reading: TableReading::default(),
            programs: 5,
        }
    }
}

impl Product for MixtureDomain {
    const ABOUT: &'static str =
        "Sets of points of the plane, explained by partitions into clusters";
    const OBSERVATIONS: &'static str = "sets of points";

    type Reading = TableReading;

    fn read(
        input: &Input,
        reading: &TableReading,
        _: &Config,
    ) -> Result<Read<Points>, ProductError> {
        let (sets, account) = named(input, reading)?;
        Ok(Read {
            observations: sets.into_iter().map(|(_, x)| x).collect(),
            account,
        })
    }

    fn builtin(config: &Config) -> Read<Points> {
        let sets = generate(BUILTIN_SETS, config.points, TRUE_VARIANCE, BUILTIN_SEED);
        Read::whole(sets, &Input::default())
    }

    fn shipped() -> Result<Loaded<Self>, ProductError> {
        let sd = TRUE_VARIANCE.sqrt();
        Loaded::untrained(Config {
            theta: [sd, 0.0, 0.0, sd],
            ..Config::default()
        })
    }

    fn verbs() -> Vec<Verb<Self>> {
        vec![
            Verb::new(EXPLAIN, "Of a table with columns x and y, and perhaps set: which points belong together, with \
                                the probability of every partition", explained)
                .with_examples(&["explain clusters points.csv", "explain clusters points.csv --programs 20 --json"]),
            Verb::new(SAMPLE, "Partitions, and sets of points from each", sampled),
            Verb::new(EVALUATE, "The exact negative log-likelihood of sets of points, beside the least possible", evaluated)
                .with_examples(&["evaluate runs/clusters-1-mws points.csv"]),
        ]
    }

    fn likely(glimpse: &Glimpse) -> Option<Likely> {
        let lines = glimpse.lines();
        let names = lines.first()?.split([',', ';', '\t']).map(str::trim);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        let points = ["x", "y"][..] == names || ["set", "x", "y"][..] == names;
        points.then_some(Likely::Certain)
    }
}

/// The sets of points of some files with their names.
fn named(
    input: &Input,
    reading: &TableReading,
) -> Result<(Vec<NamedPoints>, Account), ProductError> {
    let options = reading.options();
    let mut options = options.map_err(|bad| ProductError::option(bad.option, bad.reason))?;
    options.until = input.until;
    let (found, left_out) = input
        .each(|file| read(file, &options))
        .map_err(ProductError::input)?;
    let (sets, remarks): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let sets = sets.concat();
    let mut account = Account::whole(input, sets.len());
    account.left_out = left_out;
    account.remarks = remarks.concat();
    Ok((sets, account))
}

fn explained(
    call: &Call<'_, MixtureDomain>,
    options: &ExplainOptions,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let (sets, account) = named(call.input, &options.reading)?;
    // Without a run of one's own the covariance is that of greatest likelihood for the files.
    let (sigma, source) = match call.is_shipped() {
        true => (fit(sets.iter().map(|(_, x)| x)), "fitted to these files"),
        false => (call.loaded.networks.0.sigma(), "learned"),
    };
    let [a, b, c] = sigma;
    for (i, (name, x)) in sets.iter().enumerate() {
        let explanation = explain(name, x, sigma, options.programs);
        let answer = Answer::of(name, &explanation)?;
        let rows = explanation.partitions.iter().map(Clustering::row);
        let answer = answer.with_text(text(&explanation)).with_rows(rows)?;
        let answer = match i {
            0 => answer.covering(&account),
            _ => answer,
        };
        if sink(answer).is_break() {
            break;
        }
    }
    let remark = format!("covariance of a cluster, {source}: [[{a:.4}, {b:.4}], [{b:.4}, {c:.4}]]");
    Ok(Outcome::of(account).with_remark(remark))
}

/// A partition in a table.
#[derive(Serialize)]
struct Row {
    clusters: String,
    weight: f64,
    log_joint: f64,
}

impl Clustering {
    fn row(&self) -> Row {
        Row {
            clusters: braces(&self.clusters),
            weight: self.weight,
            log_joint: self.log_joint,
        }
    }
}

fn text(explanation: &Explanation) -> Text {
    let first = explanation.partitions.first();
    let points: usize = first.map_or(0, |p| p.clusters.iter().map(Vec::len).sum());
    let mut text = Text::default();
    let size = format!("({points} points, {} partitions)", explanation.enumerated);
    text.title(&explanation.name, size);
    for (i, partition) in explanation.partitions.iter().enumerate() {
        let clusters = first_strong(i, braces(&partition.clusters));
        text.item(percent(partition.weight), [clusters]);
    }
    let counts = explanation.counts.iter().filter(|(_, p)| **p >= UNLIKELY);
    let counts: Vec<String> = counts
        .map(|(n, p)| format!("{n}: {}", percent(*p)))
        .collect();
    text.item("clusters", [plain(counts.join("  "))]);
    text.item(
        "entropy",
        [plain(format!("{:.2} nats", explanation.entropy))],
    );
    text
}

fn sampled(
    call: &Call<'_, MixtureDomain>,
    draws: &Draws,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let Draws {
        programs,
        samples,
        seed,
    } = *draws;
    let drawn = fantasies(&call.loaded.networks.0, programs, samples, seed);
    send(sink, drawn.iter().map(invented))?;
    Ok(Outcome::default())
}

fn invented(fantasy: &Fantasy) -> Result<Answer, ProductError> {
    let mut text = Text::default();
    let log_prior = faint(format!("(log p {:.1})", fantasy.log_prior));
    text.line([strong(braces(&fantasy.clusters)), plain("  "), log_prior]);
    for set in &fantasy.samples {
        let points = set
            .points()
            .iter()
            .map(|[x, y]| format!("({x:.2}, {y:.2})"));
        let points: Vec<String> = points.collect();
        text.line([plain(format!("    {}", points.join("  ")))]);
    }
    Ok(Answer::of("", fantasy)?.with_text(text))
}

fn evaluated(
    call: &Call<'_, MixtureDomain>,
    reading: &TableReading,
    sink: &mut Sink<'_>,
) -> Result<Outcome, ProductError> {
    let read = MixtureDomain::read(call.input, reading, &call.loaded.config)?;
    let sigma = call.loaded.networks.0.sigma();
    let _ = sink(Answer::measured(&evaluate(sigma, &read.observations))?.covering(&read.account));
    Ok(Outcome::of(read.account))
}

/// `{1 2 5} {3 4}`.
fn braces(clusters: &[Vec<usize>]) -> String {
    let one = |cluster: &Vec<usize>| {
        let members: Vec<String> = cluster.iter().map(usize::to_string).collect();
        format!("{{{}}}", members.join(" "))
    };
    clusters.iter().map(one).collect::<Vec<_>>().join(" ")
}
