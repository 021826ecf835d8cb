//! Linear-Gaussian state-space models: where filtering can be checked.

use faer::{Mat, MatRef};

use super::StepEnergy;
use helmholtz_math::dense::Factor;
use helmholtz_math::error::SettingError;
use helmholtz_math::normal::log_density_of_square;
use helmholtz_math::random::Stream;

/// z_1 ~ N(m, P), z_t = A z_{t-1} + N(0, Q), and x_t = C z_t + N(0, R).
#[derive(Clone, Debug)]
pub struct LinearGaussian {
    /// A.
    transition: Mat<f64>,
    /// Q.
    disturbance: Mat<f64>,
    /// C.
    emission: Mat<f64>,
    /// R.
    noise: Mat<f64>,
    first: Belief,
}

/// A Gaussian over a latent.
#[derive(Clone, Debug)]
pub struct Belief {
    /// The mean.
    pub mean: Vec<f64>,
    covariance: Mat<f64>,
}

impl Belief {
    /// A row of the covariance.
    pub fn covariance(&self, row: usize) -> Vec<f64> {
        (0..self.mean.len())
            .map(|j| self.covariance[(row, j)])
            .collect()
    }

    /// A draw.
    pub fn draw(&self, rng: &mut Stream) -> Vec<f64> {
        let noise: Vec<f64> = self.mean.iter().map(|_| rng.normal()).collect();
        let coloured = factor(self.covariance.as_ref()).map(|f| f.colour(&noise));
        let coloured = coloured.unwrap_or_else(|| vec![0.0; noise.len()]);
        self.mean.iter().zip(coloured).map(|(m, e)| m + e).collect()
    }
}

/// A symmetric matrix as rows.
type Rows<'a> = &'a [&'a [f64]];

/// What a model is made of, as rows of matrices.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// A, square.
    pub transition: Rows<'a>,
    /// Q, symmetric and positive definite.
    pub disturbance: Rows<'a>,
    /// C, a row per observed number.
    pub emission: Rows<'a>,
    /// R, symmetric and positive definite.
    pub noise: Rows<'a>,
    /// m.
    pub mean: &'a [f64],
    /// P, symmetric and positive definite.
    pub covariance: Rows<'a>,
}

impl LinearGaussian {
    /// A model from its matrices.
    ///
    /// # Errors
    /// When sizes do not fit, or a covariance is not symmetric and positive definite.
    pub fn new(parts: &Parts<'_>) -> Result<Self, SettingError> {
        let (z, x) = (parts.mean.len(), parts.emission.len());
        Ok(Self {
            transition: matrix("transition", parts.transition, (z, z))?,
            disturbance: covariance("disturbance", parts.disturbance, z)?,
            emission: matrix("emission", parts.emission, (x, z))?,
            noise: covariance("noise", parts.noise, x)?,
            first: Belief {
                mean: parts.mean.to_vec(),
                covariance: covariance("covariance", parts.covariance, z)?,
            },
        })
    }

    /// One latent and one observed number: z_t = a z_{t-1} + N(0, q), x_t = z_t + N(0, r), from z_0 = 0.
    ///
    /// # Errors
    /// When a variance is not positive.
    pub fn scalar(a: f64, q: f64, r: f64) -> Result<Self, SettingError> {
        Self::new(&Parts {
            transition: &[&[a]],
            disturbance: &[&[q]],
            emission: &[&[1.0]],
            noise: &[&[r]],
            mean: &[0.0],
            covariance: &[&[q]],
        })
    }

    /// p(z_1).
    pub fn first(&self) -> Belief {
        self.first.clone()
    }

    /// p(z_{t+1}), given a belief about z_t.
    pub fn next(&self, belief: &Belief) -> Belief {
        let a = &self.transition;
        Belief {
            mean: times(a, &belief.mean),
            covariance: a * &belief.covariance * a.transpose() + &self.disturbance,
        }
    }

    /// p(z_{t+1} | z_t).
    pub fn after(&self, z: &[f64]) -> Belief {
        Belief {
            mean: times(&self.transition, z),
            covariance: self.disturbance.clone(),
        }
    }

    /// The posterior of a latent when x is seen, and its free energy, which is -log p(x) under the prior. Where
    /// rounding leaves no positive definite covariance, or squares are no numbers any more, the free energy is infinite, and
    /// nothing is learned.
    pub fn condition(&self, prior: &Belief, x: &[f64]) -> (Belief, StepEnergy) {
        let impossible = StepEnergy {
            reconstruction: f64::INFINITY,
            kl: 0.0,
        };
        let Some(update) = Update::new(self, prior, x) else {
            return (prior.clone(), impossible);
        };
        let posterior = Belief {
            mean: update.mean(prior),
            covariance: update.covariance(prior),
        };
        let evidence = update.log_evidence();
        let kl = divergence(&posterior, prior);
        if !(evidence.is_finite() && kl.is_finite()) {
            return (prior.clone(), impossible);
        }
        let energy = StepEnergy {
            reconstruction: -evidence - kl,
            kl,
        };
        (posterior, energy)
    }

    /// -log p(x_t | z_{t-1}) in expectation over the sampled pasts of [`super::Conditional`], step by step: the
    /// least free energies of a filter that conditions on samples (AVF, eq. 7 and 11).
    ///
    /// Their sum exceeds -log p(x) by the filtering gap, the divergence of the product of the posteriors from the
    /// smoothing posterior.
    pub fn conditional_free_energies<'a>(
        &self,
        observations: impl IntoIterator<Item = &'a [f64]>,
    ) -> Vec<f64> {
        // The marginal of the samples of the step before; at the first step there is none.
        let mut sampled: Option<Belief> = None;
        let step = |x: &[f64]| {
            let prior = match &sampled {
                Some(belief) => self.after(&belief.mean),
                None => self.first(),
            };
            let Some(update) = Update::new(self, &prior, x) else {
                return f64::INFINITY;
            };
            let mut energy = -update.log_evidence();
            let mut covariance = update.covariance(&prior);
            if let Some(belief) = &sampled {
                // Samples differ: x - C A z has the covariance C A V A' C' besides.
                let spread = &self.transition * &belief.covariance * self.transition.transpose();
                energy +=
                    0.5 * update.trace(&(&self.emission * &spread * self.emission.transpose()));
                covariance += update.carried(&spread);
            }
            let mean = update.mean(&prior);
            sampled = Some(Belief { mean, covariance });
            energy
        };
        observations.into_iter().map(step).collect()
    }

    /// A sequence of observations.
    pub fn sample(&self, steps: usize, rng: &mut Stream) -> Vec<Vec<f64>> {
        let mut belief = self.first();
        let step = |_| {
            let z = belief.draw(rng);
            belief = self.after(&z);
            let x = Belief {
                mean: times(&self.emission, &z),
                covariance: self.noise.clone(),
            };
            x.draw(rng)
        };
        (0..steps).map(step).collect()
    }
}

/// What is common to everything that is said about a latent when x is seen.
struct Update {
    /// x - C m.
    error: Vec<f64>,
    /// Of S = C P C' + R.
    factor: Factor,
    /// C.
    emission: Mat<f64>,
    /// K = P C' S^-1.
    gain: Mat<f64>,
}

impl Update {
    fn new(model: &LinearGaussian, prior: &Belief, x: &[f64]) -> Option<Self> {
        let c = &model.emission;
        let expected = times(c, &prior.mean);
        let cross = &prior.covariance * c.transpose();
        let total = c * &cross + &model.noise;
        let factor = factor(total.as_ref())?;
        let rows = (0..cross.nrows()).map(|i| {
            let row: Vec<f64> = (0..cross.ncols()).map(|j| cross[(i, j)]).collect();
            factor.solve(&row)
        });
        let rows: Vec<Vec<f64>> = rows.collect();
        Some(Self {
            error: x.iter().zip(expected).map(|(x, e)| x - e).collect(),
            gain: Mat::from_fn(cross.nrows(), cross.ncols(), |i, j| rows[i][j]),
            emission: c.clone(),
            factor,
        })
    }

    /// log N(x; C m, S).
    fn log_evidence(&self) -> f64 {
        let whitened = self.factor.whiten(&self.error);
        let squares: f64 = whitened.iter().map(|w| w * w).sum();
        log_density_of_square(self.error.len(), self.factor.log_determinant(), squares)
    }

    fn mean(&self, prior: &Belief) -> Vec<f64> {
        let moved = times(&self.gain, &self.error);
        prior.mean.iter().zip(moved).map(|(m, d)| m + d).collect()
    }

    /// I - K C.
    fn left(&self) -> Mat<f64> {
        let n = self.gain.nrows();
        Mat::<f64>::identity(n, n) - &self.gain * &self.emission
    }

    /// (I - K C) P, made symmetric again.
    fn covariance(&self, prior: &Belief) -> Mat<f64> {
        symmetric(&(self.left() * &prior.covariance))
    }

    /// (I - K C) V (I - K C)': what is left of a covariance of prior means.
    fn carried(&self, spread: &Mat<f64>) -> Mat<f64> {
        let left = self.left();
        symmetric(&(&left * spread * left.transpose()))
    }

    /// The trace of S^-1 V.
    fn trace(&self, v: &Mat<f64>) -> f64 {
        let column = |j: usize| (0..v.nrows()).map(|i| v[(i, j)]).collect::<Vec<f64>>();
        (0..v.ncols())
            .map(|j| self.factor.solve(&column(j))[j])
            .sum()
    }
}

/// KL(N(q) || N(p)).
fn divergence(q: &Belief, p: &Belief) -> f64 {
    let n = q.mean.len();
    let (Some(own), Some(other)) = (factor(q.covariance.as_ref()), factor(p.covariance.as_ref()))
    else {
        return f64::INFINITY;
    };
    let column = |j: usize| (0..n).map(|i| q.covariance[(i, j)]).collect::<Vec<f64>>();
    let trace: f64 = (0..n).map(|j| other.solve(&column(j))[j]).sum();
    let off: Vec<f64> = q.mean.iter().zip(&p.mean).map(|(q, p)| q - p).collect();
    let squares: f64 = other.whiten(&off).iter().map(|w| w * w).sum();
    let determinants = other.log_determinant() - own.log_determinant();
    0.5 * (trace + squares - n as f64 + determinants)
}

fn factor(matrix: MatRef<'_, f64>) -> Option<Factor> {
    Factor::new(matrix.nrows(), |i, j| matrix[(i, j)])
}

fn symmetric(m: &Mat<f64>) -> Mat<f64> {
    Mat::from_fn(m.nrows(), m.ncols(), |i, j| 0.5 * (m[(i, j)] + m[(j, i)]))
}

fn times(m: &Mat<f64>, v: &[f64]) -> Vec<f64> {
    let row = |i: usize| (0..m.ncols()).map(|j| m[(i, j)] * v[j]).sum();
    (0..m.nrows()).map(row).collect()
}

fn matrix(
    name: &'static str,
    rows: Rows<'_>,
    (height, width): (usize, usize),
) -> Result<Mat<f64>, SettingError> {
    let fits = rows.len() == height && rows.iter().all(|row| row.len() == width);
    let finite = rows
        .iter()
        .flat_map(|row| row.iter())
        .all(|v| v.is_finite());
    match fits && finite && height > 0 && width > 0 {
        true => Ok(Mat::from_fn(height, width, |i, j| rows[i][j])),
        false => {
            let reason = format!("{height} rows of {width} finite numbers are needed");
            Err(SettingError::new(name, reason))
        }
    }
}

fn covariance(name: &'static str, rows: Rows<'_>, size: usize) -> Result<Mat<f64>, SettingError> {
    let m = matrix(name, rows, (size, size))?;
    let is_symmetric = (0..size).all(|i| (0..i).all(|j| m[(i, j)] == m[(j, i)]));
    match is_symmetric && factor(m.as_ref()).is_some() {
        true => Ok(m),
        false => Err(SettingError::new(
            name,
            "not symmetric and positive definite",
        )),
    }
}

#[cfg(test)]
mod tests;
