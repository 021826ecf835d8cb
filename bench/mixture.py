"""Times training on the mixture of normals: ours against PyTorch, in one sitting.

Runs our example and its peer in turn on one thread and prints the median CPU time per 1000 iterations of
Memoised Wake-Sleep (K = 10, 20 of 100 sets of seven points per iteration).
"""

import argparse
import statistics
import subprocess
import sys

from strings import BENCH, ROOT, report

OURS = ROOT / "target" / "release" / "examples" / "mixture_step"
PEER = BENCH / "peers" / "mixture.py"


def measure(options):
    """CPU seconds per 1000 iterations of every round, by side."""
    steps, particles = str(options.steps), str(options.particles)
    commands = {
        "helmholtz": [OURS, "mws", particles, steps],
        "PyTorch": [sys.executable, PEER, "--steps", steps, "--particles", particles],
    }
    seconds = {side: [] for side in commands}
    for _ in range(options.rounds):
        for side, command in commands.items():
            one = report(command)
            seconds[side].append(1000 * one["cpu_s"] / one["steps"])
    return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--particles", type=int, default=10)
    build = ["cargo", "build", "--release", "--workspace", "--example", "mixture_step"]
    subprocess.run(build, cwd=ROOT, check=True)
    seconds = measure(parser.parse_args())
    ours = statistics.median(seconds["helmholtz"])
    print(f"{'side':<10} {'CPU s per 1000':>14} {'least':>7} {'most':>7} {'ratio':>6}")
    for side, each in seconds.items():
        median = statistics.median(each)
        print(f"{side:<10} {median:14.3f} {min(each):7.3f} {max(each):7.3f} {median / ours:6.1f}")
