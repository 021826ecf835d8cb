"""Tables of the algorithms on string concepts, from the folder that `strings_comparison` filled.

    strings_comparison.py select FOLDER   prints the snapshots to judge: per run, the best validation score
                                          within each budget
    strings_comparison.py report FOLDER   prints the three tables: equal iterations, equal evaluations,
                                          equal CPU time; differences to MWS paired per concept
    strings_comparison.py curves FOLDER   prints train bound, validation and turnover along the runs
    strings_comparison.py draw FOLDER     draws bound and validation along the runs to FOLDER/curves.svg
                                          (pip install matplotlib)
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
        if lines:
            first = lines[0]
            found[first["algorithm"], first["particles"], first["seed"]] = lines
    cost_steps_alike(found)
    return found


def cost_steps_alike(found):
    """Counts CPU time by the cost of a step in the least disturbed of an algorithm's runs."""
    cost = {}
    for (algorithm, particles, _), lines in found.items():
        each = lines[-1]["cpu"] / lines[-1]["step"]
        cost[algorithm, particles] = min(each, cost.get((algorithm, particles), each))
    for (algorithm, particles, _), lines in found.items():
        for snapshot in lines:
            snapshot["cpu"] = snapshot["step"] * cost[algorithm, particles]


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


def draw(folder):
    """One row per particle count; left the bound on the training concepts, right validation; a thin line
    per seed, that is per start."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "strings"
    from matplotlib import pyplot

    found = runs(folder)
    particles = sorted({k for _, k, _ in found})
    figure, axes = pyplot.subplots(len(particles), 2, figsize=(9, 3 * len(particles)), sharex=True,
                                   squeeze=False, constrained_layout=True)
    for (algorithm, k, seed), lines in sorted(found.items()):
        colour = f"C{ALGORITHMS.index(algorithm)}"
        for axis, sign, key in zip(axes[particles.index(k)], (-1, 1), ("bound", "validation")):
            label = algorithm if seed == 1 else None
            x = [s["evaluations"] / 1000 for s in lines]
            axis.plot(x, [sign * s[key] for s in lines], colour, linewidth=1, label=label)
    for row, k in zip(axes, particles):
        row[0].set_ylabel(f"K = {k}: nats per concept")
        row[0].set_title("train: minus the bound")
        row[1].set_title("validation: marginal NLL")
        for axis in row:
            axis.set_ylim(85, 145)
            axis.grid(alpha=0.3)
    axes[0][1].legend(fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("thousand evaluations of p per concept slot")
    figure.savefig(f"{folder}/curves.svg", metadata={"Date": None})


if __name__ == "__main__":
    {"select": select, "report": report, "curves": curves, "draw": draw}[sys.argv[1]](sys.argv[2])
