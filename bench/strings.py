"""Times one training step of the string model: ours against PyTorch, in one sitting.

Builds our example, lets it write the concepts and programs that all sides then use, runs the sides in
turn for several rounds on one thread, and prints the medians over rounds. CPU time (user and system) is
compared, so that other load on the machine matters little; taking turns lets what remains hit all sides.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
OURS = ROOT / "target" / "release" / "examples" / "strings_step"
PEER = BENCH / "peers" / "strings_mws.py"
ONE_THREAD = {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
MODES = ("iteration", "neural")


def report(command):
    """Runs one side; its last line of output is a JSON object."""
    environment = os.environ | ONE_THREAD
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def build():
    """Builds our side."""
    subprocess.run(["cargo", "build", "--release", "--workspace", "--example", "strings_step"], cwd=ROOT, check=True)


def sides(folder):
    """The command of each side; ours writes what the others read, by a first short run."""
    data, programs = folder / "concepts.jsonl", folder / "programs.txt"
    dump = ["--dump-data", data, "--dump-programs", programs]
    report([OURS, "--mode", "neural", "--steps", "1", "--warmup", "0", *dump])
    peer = [sys.executable, PEER, "--data", data, "--programs", programs]
    return {
        "helmholtz": [OURS],
        "PyTorch, LSTM by hand": [*peer, "--lstm", "table"],
        "PyTorch, nn.LSTM": [*peer, "--lstm", "library"],
    }


def measure(commands, options):
    """The reports of all rounds, by mode and side."""
    reports = {(mode, side): [] for mode in MODES for side in commands}
    counts = ["--steps", str(options.steps), "--warmup", str(options.warmup)]
    for _ in range(options.rounds):
        for (mode, side), collected in reports.items():
            collected.append(report([*commands[side], "--mode", mode, *counts]))
    return reports


def print_table(reports):
    """One row per mode and side: medians over rounds, the time as a multiple of ours, and peak memory."""
    print(f"{'mode':<10} {'side':<22} {'CPU ms':>8} {'least':>8} {'most':>8} {'ratio':>6} {'peak MiB':>9}")
    for (mode, side), collected in reports.items():
        times = [one["cpu_ms"] for one in collected]
        median = statistics.median(times)
        ratio = median / statistics.median(one["cpu_ms"] for one in reports[mode, "helmholtz"])
        peak = statistics.median(one["peak_mib"] for one in collected)
        print(f"{mode:<10} {side:<22} {median:8.1f} {min(times):8.1f} {max(times):8.1f} {ratio:6.2f} {peak:9.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=30)
    options = parser.parse_args()
    build()
    with tempfile.TemporaryDirectory() as temporary:
        print_table(measure(sides(Path(temporary)), options))
