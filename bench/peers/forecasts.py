"""Forecasts by common methods, scored as `timeseries_forecasts` scores ours: one line of JSON per series and method.

    python3 bench/peers/forecasts.py FILE.csv [SEEN=96] [AHEAD=32]

Every row of the file is a series. Methods: the last season again (its length by autocorrelation), exponential smoothing
(statsmodels; additive, trend and season chosen by AIC, intervals from 1,000 simulated paths), and a Gaussian process with
SE + PER + WN of greatest likelihood. Scores are in units of the standard deviation of the values seen.
"""

import json
import sys
import warnings

import numpy as np
from scipy.optimize import minimize
from scipy.special import erf
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

warnings.filterwarnings("ignore")
Z90 = 1.6448536269514722
PATHS = 1000
LOG_TAU = np.log(2 * np.pi)


def season(y):
    """The lag of the highest peak of the autocorrelation, 1 if there is none."""
    t = np.arange(len(y))
    y = y - np.polyval(np.polyfit(t, y, 1), t)
    r = np.correlate(y, y, "full")[len(y) - 1 :] / max((y * y).sum(), 1e-12)
    peaks = [k for k in range(2, len(y) // 2) if r[k] > r[k - 1] and r[k] >= r[k + 1] and r[k] > 0.2]
    return max(peaks, key=lambda k: r[k], default=1)


def gaussian_scores(mean, covariance, actual):
    """Scores of a joint normal forecast."""
    sd = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    z = (actual - mean) / sd
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    crps = sd * (z * erf(z / np.sqrt(2)) + 2 * density - 1 / np.sqrt(np.pi))
    n = len(actual)
    l = np.linalg.cholesky(covariance + 1e-9 * np.eye(n) * np.trace(covariance) / n)
    white = np.linalg.solve(l, actual - mean)
    joint = -0.5 * (n * LOG_TAU + white @ white) - np.log(np.diag(l)).sum()
    return {
        "crps": crps.mean(),
        "log_score": (-np.log(sd) - 0.5 * (z * z + LOG_TAU)).mean(),
        "joint_log_score": joint / n,
        "coverage": (np.abs(z) <= Z90).mean(),
    }


def seasonal_naive(y, ahead):
    m = season(y)
    variance = max(np.mean((y[m:] - y[:-m]) ** 2), 1e-6)
    mean = np.array([y[len(y) - m + k % m] for k in range(ahead)])
    # Errors of the same phase add up season by season.
    rounds = np.arange(ahead) // m + 1
    same = (np.arange(ahead)[:, None] - np.arange(ahead)[None]) % m == 0
    return mean, variance * same * np.minimum(rounds[:, None], rounds[None])


def ets(y, ahead):
    m = season(y)
    best = None
    for trend, damped in [(None, False), ("add", False), ("add", True)]:
        for seasonal in [None] + (["add"] if 1 < m <= len(y) // 2 else []):
            periods = m if seasonal else None
            try:
                model = ETSModel(y, trend=trend, damped_trend=damped, seasonal=seasonal, seasonal_periods=periods)
                fitted = model.fit(disp=False)
            except Exception:
                continue
            if np.isfinite(fitted.aic) and (best is None or fitted.aic < best.aic):
                best = fitted
    paths = best.simulate(ahead, anchor="end", repetitions=PATHS, rng=np.random.default_rng(0))
    paths = np.asarray(paths).reshape(ahead, PATHS)
    covariance = np.cov(paths)
    return paths.mean(axis=1), covariance + 1e-8 * np.eye(ahead)


def kernel(d, p):
    s, length, a, period, rough, noise = np.exp(p)
    smooth = s * np.exp(-0.5 * (d / length) ** 2)
    wave = a * np.exp(-2 * np.sin(np.pi * d / period) ** 2 / rough)
    return smooth + wave + (noise + 1e-4) * (d == 0)


def gp(y, ahead):
    n = len(y)
    d = np.abs(np.subtract.outer(np.arange(n + ahead), np.arange(n + ahead))).astype(float)

    def loss(p):
        try:
            l = np.linalg.cholesky(kernel(d[:n, :n], p))
        except np.linalg.LinAlgError:
            return 1e10
        white = np.linalg.solve(l, y)
        return 0.5 * white @ white + np.log(np.diag(l)).sum()

    starts = {season(y), 2 * season(y), 12}
    first = [np.log([0.5, 10.0, 0.5, max(m, 2), 1.0, 0.1]) for m in starts]
    bounds = [(-8, 4), (-1, 8), (-8, 4), (0.6, 5), (-4, 4), (-10, 2)]
    found = [minimize(loss, p, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60}) for p in first]
    p = min(found, key=lambda f: f.fun).x
    k = kernel(d, p)
    gain = np.linalg.solve(k[:n, :n], k[:n, n:]).T
    return gain @ y, k[n:, n:] - gain @ k[:n, n:]


METHODS = {"seasonal naive": seasonal_naive, "ets": ets, "gp": gp}


def main():
    path = sys.argv[1]
    seen, ahead = (int(a) for a in (sys.argv[2:4] + ["96", "32"][len(sys.argv) - 2 :]))
    for i, row in enumerate(np.atleast_2d(np.genfromtxt(path, delimiter=","))):
        mean, sd = row[:seen].mean(), row[:seen].std()
        y, actual = (row[:seen] - mean) / sd, (row[seen : seen + ahead] - mean) / sd
        for name, method in METHODS.items():
            try:
                scores = gaussian_scores(*method(y, ahead), actual)
            except Exception as error:
                scores = {"failed": repr(error)}
            print(json.dumps({"name": f"row {i + 1}", "method": name, **scores}), flush=True)


if __name__ == "__main__":
    main()
