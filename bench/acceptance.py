"""Acceptance of new strings and false acceptance of others' strings: ours beside rexpy and grex.

Reads what `strings_acceptance` wrote, runs rexpy (pip install tdda) and grex (cargo install grex) on
the same strings, and prints one table. Differences to rexpy are paired per concept, with a bootstrap
over concepts: 43 concepts of 5 trials are 43 clusters, not 215 independent trials.

    acceptance.py loo OUT      |     acceptance.py split OUT    (of `split` or `rest`)
"""

import json
import random
import re
import shutil
import subprocess
import sys
from itertools import groupby

try:
    from tdda import rexpy
except ImportError:
    rexpy = None

GREX = shutil.which("grex")
BOOTSTRAPS = 2000


def shape(text):
    """A string with letters, digits and runs folded: concepts of one shape are not told apart."""
    folded = ("A" if c.isalpha() else "0" if c.isdigit() else c for c in text)
    return "".join(key for key, _ in groupby(folded))


def with_rexpy(strings):
    return rexpy.extract(list(strings))


def with_grex(*flags):
    def learn(strings):
        done = subprocess.run([GREX, *flags, "--", *strings], capture_output=True, text=True)
        return [done.stdout.strip()]

    return learn


def tools():
    found = {}
    if rexpy:
        found["rexpy"] = with_rexpy
    if GREX:
        found["grex -d -r"] = with_grex("-d", "-r")
        found["grex -d -w -r"] = with_grex("-d", "-w", "-r")
    return found


def accepts(regexes, text):
    return any(re.fullmatch(r, text) for r in regexes)


def share(regexes, texts):
    return sum(accepts(regexes, t) for t in texts) / len(texts) if texts else None


def leave_one_out(rows, learn, ours):
    """Per concept: (share of left-out strings accepted, others accepted, others of other shapes)."""
    results = []
    for i, row in enumerate(rows):
        strings = row["strings"]
        others = [s for j, r in enumerate(rows) if j != i for s in r["strings"]]
        shapes = {shape(s) for s in strings}
        unlike = [s for s in others if shape(s) not in shapes]
        hits = 0
        for k, left in enumerate(strings):
            rest = strings[:k] + strings[k + 1:]
            hits += accepts([row["left_out"][k]] if ours else learn(rest), left)
        whole = [row["all"]] if ours else learn(strings)
        results.append((hits / len(strings), share(whole, others), share(whole, unlike)))
    return results


def held_out(rows, learn, ours):
    results = []
    for row in rows:
        regexes = [row["regex"]] if ours else learn(row["train"])
        shapes = {shape(s) for s in row["train"] + row["test"]}
        unlike = [s for s in row["others"] if shape(s) not in shapes]
        results.append((share(regexes, row["test"]), share(regexes, row["others"]),
                        share(regexes, unlike)))
    return results


def mean(values):
    values = [v for v in values if v is not None]
    return sum(values) / len(values)


def bootstrap(differences):
    """The central 95 % of the mean over resampled concepts."""
    rng = random.Random(1)
    differences = [d for d in differences if d is not None]
    means = sorted(mean(rng.choices(differences, k=len(differences))) for _ in range(BOOTSTRAPS))
    return means[int(0.025 * BOOTSTRAPS)], means[int(0.975 * BOOTSTRAPS)]


def at_false_acceptance(rows, rate):
    """Per concept, the share of own strings above the Bayes factor that lets in `rate` of the others'."""
    finite = lambda values: [v if v is not None else -1e9 for v in values]
    others = sorted((v for r in rows for v in finite(r["others_factor"])), reverse=True)
    threshold = others[int(rate * len(others))]
    return [sum(v > threshold for v in finite(r["own_factor"])) / len(r["own_factor"]) for r in rows]


def area_under_roc(rows):
    """The probability that of a pair the own string has the higher Bayes factor, mean over concepts."""
    areas = []
    for row in rows:
        own = [d if d is not None else -1e9 for d in row["own_factor"]]
        others = sorted(d if d is not None else -1e9 for d in row["others_factor"])
        if own and others:
            wins = sum(sum(o < d for o in others) + 0.5 * sum(o == d for o in others) for d in own)
            areas.append(wins / (len(own) * len(others)))
    return mean(areas)


def main():
    task, path = sys.argv[1:3]
    rows = [json.loads(line) for line in open(path)]
    rows = [r for r in rows if task == "loo" or r["test"]]
    judge = leave_one_out if task == "loo" else held_out
    results = {"helmholtz": judge(rows, None, True)}
    results.update({name: judge(rows, learn, False) for name, learn in tools().items()})
    print(f"{len(rows)} concepts; share accepted, in %")
    print(f"{'':16}{'own, new':>10}{'others':>10}{'others of other shapes':>25}")
    for name, result in results.items():
        own, others, unlike = (100 * mean(r[i] for r in result) for i in range(3))
        print(f"{name:16}{own:10.1f}{others:10.2f}{unlike:25.2f}")
    if "rexpy" in results:
        for label, i in (("own, new", 0), ("others", 1), ("others of other shapes", 2)):
            pairs = zip(results["helmholtz"], results["rexpy"])
            differences = [100 * (a[i] - b[i]) for a, b in pairs if None not in (a[i], b[i])]
            low, high = bootstrap(differences)
            print(f"helmholtz - rexpy, {label}: {mean(differences):+.2f} (95 %: {low:+.2f} to {high:+.2f})")
    if task != "loo":
        for rate in (0.005, 0.01, 0.02, 0.0375, 0.05):
            print(f"Bayes factor: {100 * mean(at_false_acceptance(rows, rate)):.1f} % of own strings"
                  f" accepted where {100 * rate:.2f} % of the others' are")
        if "rexpy" in results:
            rate = mean(r[1] for r in results["rexpy"])
            pairs = zip(at_false_acceptance(rows, rate), results["rexpy"])
            differences = [100 * (a - b[0]) for a, b in pairs]
            low, high = bootstrap(differences)
            print(f"Bayes factor - rexpy, own, new, where {100 * rate:.2f} % of the others' are accepted as by"
                  f" rexpy: {mean(differences):+.2f} (95 %: {low:+.2f} to {high:+.2f})")
        print(f"area under the ROC of the Bayes factor: {area_under_roc(rows):.4f}")


if __name__ == "__main__":
    main()
