"""Tables of the algorithms on string concepts, from the folder that `strings_comparison` filled.

    strings_comparison.py select FOLDER   prints the snapshots to judge: per run, the best validation score
                                          within each budget
    strings_comparison.py report FOLDER   prints the three tables: equal iterations, equal evaluations,
                                          equal CPU time; differences to MWS paired per concept
"""

import glob
import json
import random
import sys

ALGORITHMS = ["mws", "mws-fantasy", "mws-mix", "rws", "rws-sleep", "vimco"]


def runs(folder):
    """{(algorithm, particles, seed): [snapshot, ...]} in the order of training."""
    found = {}
    for path in sorted(glob.glob(f"{folder}/snapshots-*.jsonl")):
        lines = [json.loads(line) for line in open(path)]
        first = lines[0]
        found[first["algorithm"], first["particles"], first["seed"]] = lines
    return found


def budgets(found):
    """The three ways to be fair: the smallest length of any run, by each measure."""
    ends = [lines[-1] for lines in found.values()]
    return {name: min(end[key] for end in ends)
            for name, key in (("iterations", "step"), ("evaluations", "evaluations"), ("cpu", "cpu"))}


def selected(lines, key, budget):
    """The snapshot of the best validation score among those within the budget (at least the first)."""
    within = [s for s in lines if s[key] <= budget * 1.001] or lines[:1]
    return min(within, key=lambda s: s["validation"])


KEYS = {"iterations": "step", "evaluations": "evaluations", "cpu": "cpu"}


def select(folder):
    found = runs(folder)
    chosen = {selected(lines, KEYS[name], budget)["snapshot"]
              for lines in found.values() for name, budget in budgets(found).items()}
    print("\n".join(sorted(chosen)))


def mean(values):
    return sum(values) / len(values)


def interval(differences):
    rng = random.Random(1)
    means = sorted(mean(rng.choices(differences, k=len(differences))) for _ in range(1000))
    return means[25], means[974]


def concepts(folder, snapshots, guide, metric):
    """Per concept, the mean over seeds."""
    tables = [json.load(open(f"{folder}/{s}.json"))[guide][metric] for s in snapshots]
    return [mean(v) if None not in v else None for v in zip(*tables)]


def report(folder):
    found = runs(folder)
    seeds = sorted({seed for _, _, seed in found})
    for name, budget in budgets(found).items():
        print(f"\nequal {name} ({budget:.0f}), {len(seeds)} seeds")
        print(f"{'':16}{'K':>3}{'train bound':>12}{'marginal':>10}{'refitted':>10}{'predictive':>11}"
              f"{'cpu s':>7}   marginal - MWS, same K (95 %)")
        for particles in sorted({k for _, k, _ in found}):
            base = None
            for algorithm in ALGORITHMS:
                lines = [found.get((algorithm, particles, s)) for s in seeds]
                lines = [line for line in lines if line]
                if not lines:
                    continue
                best = [selected(line, KEYS[name], budget) for line in lines]
                last = [[s for s in line if s[KEYS[name]] <= budget * 1.001][-1:] or line[:1]
                        for line in lines]
                snapshots = [s["snapshot"] for s in best]
                marginal = concepts(folder, snapshots, "own", "marginal")
                refitted = concepts(folder, snapshots, "refitted", "marginal")
                predictive = [p for p in concepts(folder, snapshots, "own", "predictive") if p]
                base = base or marginal
                gap = [a - b for a, b in zip(marginal, base)]
                low, high = interval(gap)
                print(f"{algorithm:16}{particles:3}{mean([s[0]['bound'] for s in last]):12.2f}"
                      f"{mean(marginal):10.2f}{mean(refitted):10.2f}{mean(predictive):11.2f}"
                      f"{mean([s['cpu'] for s in best]):7.0f}   {mean(gap):+.2f} ({low:+.2f} to {high:+.2f})")


if __name__ == "__main__":
    {"select": select, "report": report}[sys.argv[1]](sys.argv[2])
