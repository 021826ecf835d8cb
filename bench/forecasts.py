"""Our forecasts beside those of common methods, on the same series.

    python3 bench/forecasts.py FILE.csv [--groups GROUPS.csv] [--seen 96] [--ahead 32]

Every row of FILE is a series: the first values are seen, the next forecast. GROUPS has a line `row,source,...` for each;
series of one source are one cluster of the bootstrap. Prints means, and paired differences to ours with 95 % intervals.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
METRICS = ["crps", "log_score", "joint_log_score", "coverage"]


def lines(command):
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def scores(path, spans):
    """Per method, an array [series, metrics]."""
    ours = lines(["cargo", "run", "--release", "--quiet", "--example", "timeseries_forecasts", "--", path, *spans])
    table = {"helmholtz": [[r[m] for m in METRICS] for r in ours]}
    for r in lines([sys.executable, str(ROOT / "bench/peers/forecasts.py"), path, *spans]):
        row = [r.get(m, np.nan) for m in METRICS]
        table.setdefault(r["method"], []).append(row)
    seconds = np.mean([r["cpu_s"] for r in ours])
    return {name: np.array(rows) for name, rows in table.items()}, seconds


def clusters(path, count):
    if path is None:
        return np.arange(count)
    with open(path, newline="") as file:
        sources = [row[1] for row in csv.reader(file)][1:]
    names = sorted(set(sources))
    return np.array([names.index(s) for s in sources])


def interval(difference, cluster):
    """The mean of a paired difference and its 95 % interval, whole clusters drawn again."""
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(cluster == c) for c in np.unique(cluster)]
    draws = []
    for _ in range(4000):
        chosen = rng.integers(len(members), size=len(members))
        draws.append(np.nanmean(difference[np.concatenate([members[c] for c in chosen])], axis=0))
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return np.nanmean(difference, axis=0), low, high


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--groups")
    parser.add_argument("--seen", default="96")
    parser.add_argument("--ahead", default="32")
    options = parser.parse_args()
    table, seconds = scores(str(pathlib.Path(options.file).resolve()), [options.seen, options.ahead])
    cluster = clusters(options.groups, len(table["helmholtz"]))
    print(f"{len(cluster)} series, {len(np.unique(cluster))} clusters, {seconds:.2f} CPU s a series")
    print("| method | " + " | ".join(METRICS) + " | failed |\n|---|" + "---|" * (len(METRICS) + 1))
    for name, rows in table.items():
        means = " | ".join(f"{m:.3f}" for m in np.nanmean(rows, axis=0))
        print(f"| {name} | {means} | {np.isnan(rows[:, 0]).sum()} |")
    for name, rows in table.items():
        if name != "helmholtz":
            for metric, mean, low, high in zip(METRICS, *interval(rows - table["helmholtz"], cluster)):
                print(f"{name} - helmholtz, {metric}: {mean:+.3f} ({low:+.3f} to {high:+.3f})")


if __name__ == "__main__":
    main()
