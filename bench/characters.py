"""Times characters: a training step and the renderer, ours against PyTorch, in one sitting.

A step is Memoised Wake-Sleep with K = 10 on 50 images of 28 by 28 pixels, with and without 40 affine maps; both sides
run in turn on one thread, and the median CPU time of a step is printed with the peak memory. The renderer is timed by
`cargo bench --bench characters` on our side, in microseconds a program of ten strokes, and by 500 programs at a time
on PyTorch's.
"""

import argparse
import statistics
import subprocess
import sys

from strings import BENCH, ROOT, report

OURS = ROOT / "target" / "release" / "examples" / "characters_step"
PEER = BENCH / "peers" / "characters.py"


def steps(options):
    for maps in (0, 40):
        commands = {
            "helmholtz": [OURS, "mws", "10", str(maps), "60"],
            "PyTorch": [sys.executable, PEER, "--maps", str(maps), "--steps", "4"],
        }
        reports = {side: [] for side in commands}
        for _ in range(options.rounds):
            for side, command in commands.items():
                reports[side].append(report(command))
        cost = lambda r: 1000 * r["cpu_s"] / r["steps"]
        ours = statistics.median(map(cost, reports["helmholtz"]))
        print(f"{maps} maps, ms a step")
        for side, each in reports.items():
            median = statistics.median(map(cost, each))
            print(f"  {side:<10} {median:9.1f}  {median / ours:5.1f}x  peak {each[-1]['peak_mib']:.0f} MiB")


def renderer(options):
    for maps in (0, 40):
        for value in (True, False):
            command = [sys.executable, PEER, "--renderer", "--maps", str(maps), "--steps", "2"]
            each = [report(command + ["--value"] * value) for _ in range(options.rounds)]
            micro = statistics.median(1e6 * r["cpu_s"] / r["steps"] / 500 for r in each)
            what = "value" if value else "value and gradient"
            print(f"PyTorch, {what}, {maps} maps: {micro:.0f} us a program")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "--workspace", "--example", "characters_step"]
    subprocess.run(build, cwd=ROOT, check=True)
    steps(options)
    renderer(options)
