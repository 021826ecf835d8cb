"""Times a step of Adam through an unrolled recurrent network: ours against JAX and PyTorch, in one sitting.

All sides run in turn for several rounds on one thread; the medians over rounds of CPU time and of peak memory are
printed. What the network is, `peers/unroll.py` tells.
"""

import argparse
import statistics
import subprocess
import sys

from strings import BENCH, ROOT, report

PEER = [sys.executable, BENCH / "peers" / "unroll.py"]
SIDES = {
    "helmholtz": [ROOT / "target" / "release" / "examples" / "unroll_step"],
    "JAX, a loop": [*PEER, "scan"],
    "JAX, written out": [*PEER, "jax"],
    "PyTorch": [*PEER, "torch"],
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "--workspace", "--example", "unroll_step"], cwd=ROOT, check=True)
    reports = {side: [] for side in SIDES}
    for _ in range(options.rounds):
        for side, command in SIDES.items():
            reports[side].append(report(command))
    for side, collected in reports.items():
        median = {key: statistics.median(one[key] for one in collected) for key in ("ms", "peak_mib")}
        print(f"{side:<17} {median['ms']:7.1f} ms {median['peak_mib']:6.0f} MiB")
