"""Times training steps and likelihoods of time series: ours against PyTorch, in one sitting.

Both sides run in turn for several rounds on one thread; the medians of CPU time (user and system) over rounds are
printed. What a step does is told in bench/README.md.
"""

import argparse
import statistics
import subprocess
import sys

from strings import BENCH, ROOT, report

EXAMPLES = ROOT / "target" / "release" / "examples"
PEER = [sys.executable, BENCH / "peers" / "timeseries.py"]


def work(options):
    """Per row of the table its unit, our command and the peer's."""
    steps = [str(options.steps)]
    rows = {
        f"step of {name}": ("ms", [EXAMPLES / "timeseries_step", name, "50", *steps], [*PEER, name, "--steps", *steps])
        for name in ("hmws", "rws")
    }
    for points, ours, theirs in ((128, "5000", "20"), (1024, "200", "5")):
        command = [EXAMPLES / "timeseries_likelihood", str(points), ours]
        peer = [*PEER, "likelihood", "--points", str(points), "--steps", theirs]
        rows[f"likelihood and gradient, {points} points"] = ("us", command, peer)
    return rows


def print_table(reports):
    """One row per work and side."""
    print(f"{'work':<38} {'side':<10} {'CPU':>12} {'ratio':>7} {'peak MiB':>9}")
    for name, (unit, sides) in reports.items():
        medians = [statistics.median(one[unit] for one in side) for side in sides]
        for side, median, collected in zip(("helmholtz", "PyTorch"), medians, sides):
            peak = statistics.median(one["peak_mib"] for one in collected)
            print(f"{name:<38} {side:<10} {median:9.1f} {unit} {median / medians[0]:7.1f} {peak:9.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    for example in ("timeseries_step", "timeseries_likelihood"):
        subprocess.run(["cargo", "build", "--release", "--workspace", "--example", example], cwd=ROOT, check=True)
    reports = {name: (unit, ([], [])) for name, (unit, _, _) in work(options).items()}
    for _ in range(options.rounds):
        for name, (_, *commands) in work(options).items():
            for collected, command in zip(reports[name][1], commands):
                collected.append(report(command))
    print_table(reports)
