"""Times variational filtering: ours against PyTorch, in one sitting.

Both sides run in turn for several rounds on one thread; the medians over rounds of CPU time (user and system) per time
step of a clip are printed. What a step does is told in bench/README.md.
"""

import argparse
import statistics
import subprocess
import sys

from strings import BENCH, ROOT, report

OURS = ROOT / "target" / "release" / "examples" / "sequence_step"
PEER = [sys.executable, BENCH / "peers" / "sequence.py"]
TASKS = ["music srnn avf", "music srnn direct", "speech srnn avf", "speech srnn direct", "speech vrnn avf"]


def print_table(reports):
    """One row per task and side."""
    print(f"{'task':<22} {'side':<10} {'CPU':>12} {'ratio':>7} {'peak MiB':>9}")
    for task, sides in reports.items():
        medians = [statistics.median(one["ms"] for one in side) for side in sides]
        for side, median, collected in zip(("helmholtz", "PyTorch"), medians, sides):
            peak = statistics.median(one["peak_mib"] for one in collected)
            print(f"{task:<22} {side:<10} {median:9.1f} ms {median / medians[0]:7.1f} {peak:9.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=2)
    parser.add_argument("--tasks", nargs="*", default=TASKS)
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "--workspace", "--example", "sequence_step"], cwd=ROOT, check=True)
    reports = {task: ([], []) for task in options.tasks}
    for _ in range(options.rounds):
        for task, sides in reports.items():
            updates = str(options.updates)
            for collected, command in zip(sides, ([OURS, *task.split(), updates], [*PEER, *task.split(), "--updates", updates])):
                collected.append(report(command))
    print_table(reports)
