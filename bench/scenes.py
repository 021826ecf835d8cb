"""Times scenes: a training step of HMWS and RWS, and the paper's encoder against PyTorch, in one sitting.

The encoder is that of HMWS, appendix B.2, forward and backward on 20 pictures of 128 by 128 pixels; a step is one at the
paper's settings (five pictures, K (M + N) = 50, five fantasies for each). Both sides run in turn on one thread, and the
median CPU time is printed with the peak memory. The authors' renderer does not install here, so that a step has no peer;
ours is timed by `cargo bench --bench scenes`.
"""

import argparse
import statistics
import subprocess
import sys

from strings import BENCH, ROOT, report

OURS = ROOT / "target" / "release" / "examples" / "scenes_step"
PEER = BENCH / "peers" / "scenes.py"
WORK = {
    "encoder, batch of 20": {
        "helmholtz": [OURS, "encoder", "20", "1", "1", "paper", "5"],
        "PyTorch": [sys.executable, PEER, "--steps", "5"],
    },
    "step of hmws": {"helmholtz": [OURS, "hmws", "50", "5", "5", "paper", "6"]},
    "step of rws": {"helmholtz": [OURS, "rws-mix", "50", "5", "5", "paper", "6"]},
    "step of hmws, small network, one fantasy": {"helmholtz": [OURS, "hmws", "50", "5", "1", "strided", "40"]},
    "step of rws, small network, one fantasy": {"helmholtz": [OURS, "rws-mix", "50", "5", "1", "strided", "40"]},
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "--workspace", "--example", "scenes_step"]
    subprocess.run(build, cwd=ROOT, check=True)
    for name, commands in WORK.items():
        reports = {side: [] for side in commands}
        for _ in range(options.rounds):
            for side, command in commands.items():
                reports[side].append(report(command))
        print(f"{name}, ms")
        for side, each in reports.items():
            median = statistics.median(1000 * r["cpu_s"] / r["steps"] for r in each)
            print(f"  {side:<10} {median:9.1f}  peak {each[-1]['peak_mib']:.0f} MiB")
