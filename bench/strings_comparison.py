"""Tables of the algorithms on string concepts, from the folder that `strings_comparison` filled.

    strings_comparison.py select FOLDER   prints the snapshots to judge: per run, the best validation score
                                          within each budget
    strings_comparison.py report FOLDER   prints the three tables: equal iterations, equal evaluations,
                                          equal CPU time; differences to MWS paired per concept
    strings_comparison.py curves FOLDER   prints train bound, validation and turnover along the runs
"""

import glob
import json
import random
import sys

ALGORITHMS = ["mws", "mws-fantasy", "mws-mix", "rws", "rws-sleep", "vimco"]
KEYS = {"iterations": "step", "evaluations": "evaluations", "cpu": "cpu"}
BOOTSTRAPS = 2000


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
    return {name: min(end[key] for end in ends) for name, key in KEYS.items()}


def within(lines, key, budget):
    """The snapshots within a budget (at least the first)."""
    return [s for s in lines if s[key] <= budget * 1.001] or lines[:1]


def selected(lines, key, budget):
    """The snapshot of the best validation score among those within the budget."""
    return min(within(lines, key, budget), key=lambda s: s["validation"])


def select(folder):
    found = runs(folder)
    chosen = {selected(lines, KEYS[name], budget)["snapshot"]
              for lines in found.values() for name, budget in budgets(found).items()}
    print("\n".join(sorted(chosen)))


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else float("nan")


def interval(differences):
    """The central 95 % of the mean over resampled concepts."""
    rng = random.Random(1)
    means = sorted(mean(rng.choices(differences, k=len(differences))) for _ in range(BOOTSTRAPS))
    return means[int(0.025 * BOOTSTRAPS)], means[int(0.975 * BOOTSTRAPS)]


class Judged:
    """The judgements of some snapshots (one per seed) of one algorithm."""

    def __init__(self, folder, snapshots):
        self.results = [json.load(open(f"{folder}/{s}.json")) for s in snapshots]

    def concepts(self, guide, metric):
        """Per concept, the mean over seeds; None where a seed has none."""
        tables = [r[guide][metric] for r in self.results if r[guide]]
        if len(tables) < len(self.results):
            return []
        return [mean(v) if None not in v else None for v in zip(*tables)]

    def mean(self, guide, metric, keep=None):
        values = self.concepts(guide, metric)
        keep = keep or [True] * len(values)
        return mean(v for v, k in zip(values, keep) if k and v is not None)

    def spread(self):
        """The standard deviation over seeds of the mean marginal NLL."""
        each = [mean(r["own"]["marginal"]) for r in self.results]
        return (sum((e - mean(each)) ** 2 for e in each) / max(1, len(each) - 1)) ** 0.5

    def unlike(self):
        """Per concept, whether no training concept has its shapes."""
        return [not twin for twin in self.results[0]["twins"]]

    def classification_error(self):
        return mean(r["own"]["classification_error"] for r in self.results)


def row(folder, per_seed, key, budget):
    """The selected snapshots of an algorithm, and the mean bound at the end of the budget."""
    best = [selected(lines, key, budget) for lines in per_seed]
    last = [within(lines, key, budget)[-1] for lines in per_seed]
    return Judged(folder, [s["snapshot"] for s in best]), best, mean(s["bound"] for s in last)


def table(folder, found, name, budget):
    seeds = sorted({seed for _, _, seed in found})
    print(f"\nequal {name} ({budget:.0f}), {len(seeds)} seeds")
    print(f"{'':12}{'K':>3}{'bound':>9}{'marginal':>10}{'+-seeds':>8}{'no twins':>9}{'refitted':>9}"
          f"{'predict.':>9}{'error':>7}{'cpu s':>6}   marginal - MWS of the same K (95 %)")
    for particles in sorted({k for _, k, _ in found}):
        base = None
        for algorithm in ALGORITHMS:
            per_seed = [found.get((algorithm, particles, s)) for s in seeds]
            per_seed = [lines for lines in per_seed if lines]
            if not per_seed:
                continue
            judged, best, bound = row(folder, per_seed, KEYS[name], budget)
            marginal = judged.concepts("own", "marginal")
            base = base or marginal
            gap = [a - b for a, b in zip(marginal, base)]
            low, high = interval(gap)
            print(f"{algorithm:12}{particles:3}{bound:9.2f}{mean(marginal):10.2f}{judged.spread():8.2f}"
                  f"{judged.mean('own', 'marginal', judged.unlike()):9.2f}"
                  f"{judged.mean('refitted', 'marginal'):9.2f}{judged.mean('own', 'predictive'):9.2f}"
                  f"{judged.classification_error():7.2f}{mean(s['cpu'] for s in best):6.0f}"
                  f"   {mean(gap):+.2f} ({low:+.2f} to {high:+.2f})")
    twins = judged.results[0]["twins"]
    print(f"{sum(twins)} of {len(twins)} test concepts have a shape twin in training")


def report(folder):
    found = runs(folder)
    for name, budget in budgets(found).items():
        table(folder, found, name, budget)


def curves(folder):
    for (algorithm, particles, seed), lines in sorted(runs(folder).items()):
        print(f"{algorithm} K={particles} seed {seed}")
        for s in lines:
            print(f"  {s['evaluations']:6} evaluations {s['cpu']:6.0f} s  bound {s['bound']:8.2f}"
                  f"  validation {s['validation']:7.2f}  turnover {s['turnover']:.3f}")


if __name__ == "__main__":
    {"select": select, "report": report, "curves": curves}[sys.argv[1]](sys.argv[2])
