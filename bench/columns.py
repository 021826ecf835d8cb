"""Formats of real columns: acceptance of a column's own new values and of others' values, beside rexpy and grex.

    pip install tdda; cargo install grex
    python3 bench/columns.py COLUMNS.json FOLDER [--draw distinct|rows] [--details]

COLUMNS.json has of each column its values in the order of rows: {"table.column": ["value", ...], ...}. FOLDER gets what our example
`acceptance` reads and writes.

- To learn from are 5 and 50 values of a column, drawn with three seeds. They are distinct values, as in `acceptance.py`, so that
  columns that have no more are left out; or rows as they come, with what repeats, with `--draw rows`.
- A column's own values are its distinct values that were not drawn.
- Others' values are ten of each column of other tables (drawn once, for all seeds and sizes), but those that the column has too;
  those of another shape are unlike all values of the column where letters, digits and their runs are folded.

Shares are means over columns, of which each is the mean of its seeds; intervals of 95 % are bootstrapped over columns. The
threshold of scores is the one at which as many of the others' values are accepted as by rexpy, over all columns that have new
values; its interval is told with that threshold, and also with one found anew for each draw of columns.
"""

import argparse
import json
import os
import random
import re
import subprocess
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy

from acceptance import BOOTSTRAPS, area_under_roc, bootstrap, mean, shape, tools

ROOT = Path(__file__).resolve().parent.parent
SIZES, SEEDS = (5, 50), (1, 2, 3)
OTHERS = 10
OURS = "helmholtz"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass
class Trial:
    """Values of a column to learn from, and what was made of the values offered, by each tool."""

    column: str
    seed: int
    train: list
    values: list
    others: list
    verdicts: dict = field(default_factory=dict)
    ours: dict = field(default_factory=dict)

    @property
    def offered(self):
        return self.values + self.others

    def of(self, kind, marks):
        """The marks of the values of a kind, from those of all that is offered."""
        own, others = marks[:len(self.values)], marks[len(self.values):]
        if kind == "others":
            return others
        if kind == "unlike":
            shapes = {shape(v) for v in self.values}
            return [m for m, v in zip(others, self.others) if shape(v) not in shapes]
        known = set(self.train)
        return [m for m, v in zip(own, self.values) if (v in known) == (kind == "train")]

    def share(self, kind, tool):
        marks = self.of(kind, self.verdicts[tool])
        return sum(marks) / len(marks) if marks else None


def example():
    """Our example, built."""
    command = ["cargo", "build", "--release", "-p", "helmholtz-columns", "--example", "acceptance"]
    subprocess.run(command, cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "examples" / "acceptance"


def write_trials(path, trials):
    """The file that our example reads, of (values to learn from, values to judge)."""
    line = lambda kind, values: "".join([kind, *("\t" + v.translate(ESCAPES) for v in values), "\n"])
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for train, offered in trials:
            out.write(line("train", train) + line("offered", offered))


def distinct(values):
    return list(dict.fromkeys(values))


def draw_others(columns):
    """Of each column the values that are offered to columns of other tables."""
    rng = random.Random(0)
    kinds = {name: distinct(values) for name, values in columns.items()}
    return {name: rng.sample(values, min(OTHERS, len(values))) for name, values in kinds.items()}


def draw_trials(columns, size, draw):
    """Three trials of every column that has more than enough values."""
    others, table = draw_others(columns), lambda name: name.split(".")[0]
    trials = []
    for name, rows in columns.items():
        values = distinct(rows)
        pool = values if draw == "distinct" else rows
        if len(pool) <= size:
            continue
        foreign = [v for n, drawn in others.items() if table(n) != table(name) for v in drawn]
        foreign = [v for v in distinct(foreign) if v not in set(values)]
        for seed in SEEDS:
            train = random.Random(f"{seed} {size} {name}").sample(pool, size)
            trials.append(Trial(name, seed, train, values, foreign))
    return trials


def judge_by_ours(trials, program, path):
    write_trials(path, ((t.train, t.offered) for t in trials))
    done = subprocess.run([program, path], capture_output=True, text=True, encoding="utf-8", check=True)
    path.with_suffix(".jsonl").write_text(done.stdout, encoding="utf-8")
    lines = done.stdout.split("\n")
    for trial, line in zip(trials, lines):
        trial.ours = json.loads(line)
        trial.verdicts[OURS] = [bool(a) for a in trial.ours["accepted"]]


def compiled(regexes):
    """Those that Python can read; the others are told."""
    read = []
    for regex in regexes:
        try:
            read.append(re.compile(regex))
        except re.error:
            print(f"not read: {regex[:100]}")
    return read


def judge_by_peers(trials):
    for name, learn in tools().items():
        for trial in trials:
            regexes = compiled(learn(trial.train))
            trial.verdicts[name] = [any(r.fullmatch(v) for r in regexes) for v in trial.offered]


def by_column(trials, value):
    """Of each column the mean over its seeds; None where there is none."""
    columns = {}
    for trial in trials:
        columns.setdefault(trial.column, []).append(value(trial))
    means = ([v for v in values if v is not None] for values in columns.values())
    return [mean(values) if values else None for values in means]


def told(values, scale=100.0, form="{:.1f}"):
    """A mean with its interval."""
    values = [scale * v for v in values if v is not None]
    low, high = bootstrap(values)
    return f"{form} ({form} to {form})".format(mean(values), low, high)


def print_shares(trials):
    kinds = {"own": "own, new", "others": "others'", "unlike": "others' of another shape", "train": "training values"}
    print(f"\n{'share accepted, in %':16}" + "".join(f"{label:>26}" for label in kinds.values()))
    for tool in trials[0].verdicts:
        shares = (told(by_column(trials, lambda t: t.share(kind, tool)), form="{:.2f}") for kind in kinds)
        print(f"{tool:20}" + "".join(f"{share:>26}" for share in shares))
    if "rexpy" in trials[0].verdicts:
        for kind, label in list(kinds.items())[:3]:
            print(f"{OURS} - rexpy, {label}: {told(paired(trials, kind), form='{:+.2f}')}")


def paired(trials, kind):
    """Our share less rexpy's, of each column that has values of the kind."""
    pairs = zip(*(by_column(trials, lambda t: t.share(kind, tool)) for tool in (OURS, "rexpy")))
    return [a - b for a, b in pairs if a is not None]


def scores(trial, ranking):
    """Of what is offered the Bayes factor, after whether the best program accepts it, or alone."""
    factors = [-1e5 if f is None else f for f in trial.ours["factor"]]
    first = 1e6 if ranking == "best program, then Bayes factor" else 0.0
    return [first * accepted + f for accepted, f in zip(trial.verdicts[OURS], factors)]


class Ranked:
    """The scores of own and others' values of each column, and rexpy's shares."""

    def __init__(self, trials, ranking):
        trials = [t for t in trials if t.of("own", t.verdicts[OURS])]
        columns = distinct(t.column for t in trials)
        seeds = [[t for t in trials if t.column == c] for c in columns]
        of = lambda t, kind: numpy.sort(t.of(kind, scores(t, ranking)))
        self.own = [[of(t, "own") for t in ts] for ts in seeds]
        self.others = [numpy.concatenate([of(t, "others") for t in ts]) for ts in seeds]
        self.rate = by_column(trials, lambda t: t.share("others", "rexpy"))
        self.rexpy = by_column(trials, lambda t: t.share("own", "rexpy"))

    def threshold(self, columns):
        """The score above which as many of the others' values are as rexpy accepts."""
        others = numpy.concatenate([self.others[c] for c in columns])
        place = len(others) - 1 - int(mean([self.rate[c] for c in columns]) * len(others))
        return numpy.partition(others, place)[place]

    def above(self, column, threshold):
        """The share of a column's own values above a threshold."""
        return mean([1 - numpy.searchsorted(s, threshold, side="right") / len(s) for s in self.own[column]])

    def differences(self, columns, threshold):
        return [self.above(c, threshold) - self.rexpy[c] for c in columns]

    def anew(self):
        """The interval of the difference where the threshold is found for each draw of columns."""
        rng, columns = random.Random(1), range(len(self.own))
        draws = (rng.choices(columns, k=len(columns)) for _ in range(BOOTSTRAPS))
        means = sorted(100 * mean(self.differences(d, self.threshold(d))) for d in draws)
        return f"{means[int(0.025 * BOOTSTRAPS)]:+.2f} to {means[int(0.975 * BOOTSTRAPS)]:+.2f}"


def print_at_rate(trials):
    for ranking in ("Bayes factor", "best program, then Bayes factor"):
        ranked = Ranked(trials, ranking)
        columns = range(len(ranked.own))
        threshold = ranked.threshold(columns)
        own = [ranked.above(c, threshold) for c in columns]
        differences = told(ranked.differences(columns, threshold), form="{:+.2f}")
        print(f"{ranking}: {told(own)} % of own values where {100 * mean(ranked.rate):.2f} % of the others' are accepted"
              f"\n    less rexpy's {100 * mean(ranked.rexpy):.1f} %: {differences}; threshold anew: {ranked.anew()}")


def print_area(trials):
    trials = [t for t in trials if t.of("own", t.verdicts[OURS])]
    of = lambda t, kind: t.of(kind, t.ours["factor"])
    rows = [{"own_factor": of(t, "own"), "others_factor": of(t, "others")} for t in trials]
    print(f"area under the ROC of the Bayes factor: {area_under_roc(rows):.4f}")


def uncounted(formats):
    """Formats without their counts, in order."""
    bare = lambda text: re.sub(r"(\\.)|\{[0-9,]+\}|[+*?]", lambda m: m[1] or "", text)
    return sorted({bare(f) for f in formats})


def alike(verdicts, least):
    """Whether any two seeds say the same of this share of the values at least."""
    same = lambda a, b: sum(x == y for x, y in zip(a, b)) >= least * len(a)
    return all(same(a, b) for a, b in combinations(verdicts, 2))


def print_agreement(trials):
    """How many columns have the same language by all seeds: all their verdicts on values are the same, or most."""
    groups = [[t for t in trials if t.column == c] for c in distinct(t.column for t in trials)]
    print(f"\n{'seeds agree, % of columns':28}{'own: all':>10}{'95 %':>8}{'and others: all':>18}{'95 %':>8}")
    for tool in trials[0].verdicts:
        own = [[t.verdicts[tool][:len(t.values)] for t in g] for g in groups]
        both = [[t.verdicts[tool] for t in g] for g in groups]
        shares = [100 * mean([alike(g, least) for g in of]) for of in (own, both) for least in (1, 0.95)]
        print("{:28}{:10.1f}{:8.1f}{:18.1f}{:8.1f}".format(tool, *shares))
    texts = [{str(uncounted(t.ours["formats"])) for t in g} for g in groups]
    print(f"{OURS}, same formats but for counts: {100 * mean([len(t) == 1 for t in texts]):.1f}")
    apart = [g[0].column for g in groups if not alike([t.verdicts[OURS] for t in g], 0.95)]
    print(f"apart by {OURS}: {', '.join(apart) or 'none'}")


def print_foreign(trials):
    """Training values that the best program calls foreign, and those that it does not accept."""
    rejected = [t.of("train", t.verdicts[OURS]).count(False) for t in trials]
    columns = {t.column for t, r in zip(trials, rejected) if r}
    print(f"\ntraining values not accepted: {sum(rejected)} of {sum(len(set(t.train)) for t in trials)},"
          f" in {len(columns)} of {len({t.column for t in trials})} columns")
    foreign = {}
    for trial in trials:
        for value in trial.ours["foreign"]:
            foreign.setdefault(trial.column, {}).setdefault(value, []).append(trial.seed)
    print(f"columns with foreign training values: {len(foreign)}")
    for column, values in foreign.items():
        print(f"    {column}: " + ", ".join(f"{v!r} (seeds {s})" for v, s in values.items()))


def short(texts, length=250):
    text = "  ".join(texts)
    return text if len(text) <= length else text[:length] + "…"


def print_details(trials, count=12):
    """The columns of which most new values are not accepted, and the slowest."""
    groups = [[t for t in trials if t.column == c] for c in distinct(t.column for t in trials)]
    groups = [g for g in groups if g[0].of("own", g[0].values)]
    groups.sort(key=lambda g: mean([t.share("own", OURS) for t in g]))
    print("\nleast accepted:")
    for group in groups[:count]:
        shares = "; ".join(f"{tool} {100 * mean([t.share('own', tool) for t in group]):.0f} %" for tool in group[0].verdicts)
        print(f"    {group[0].column}: {shares}")
        for t in group:
            missed = [v for v, a in zip(t.of("own", t.values), t.of("own", t.verdicts[OURS])) if not a]
            print(f"        {short(t.ours['formats'])} misses {short(missed)}")
    slowest = sorted(trials, key=lambda t: -t.ours["ms"])[:6]
    print("slowest, ms: " + ", ".join(f"{t.column} ({t.seed}) {t.ours['ms']:.1f}" for t in slowest))


def print_most_accepted(trials, count=8):
    """The columns that accept most of the others' values of another shape."""
    groups = [[t for t in trials if t.column == c] for c in distinct(t.column for t in trials)]
    share = lambda g: mean([t.share("unlike", OURS) or 0 for t in g])
    print("most others' of another shape accepted:")
    for group in sorted(groups, key=lambda g: -share(g))[:count]:
        print(f"    {group[0].column}: {100 * share(group):.1f} %")
        print("\n".join(f"        {short(t.ours['formats'])}" for t in group))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("columns", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draw", choices=("distinct", "rows"), default="distinct")
    parser.add_argument("--details", action="store_true")
    options = parser.parse_args()
    columns = json.loads(options.columns.read_text(encoding="utf-8"))
    options.folder.mkdir(parents=True, exist_ok=True)
    program = example()
    for size in SIZES:
        trials = draw_trials(columns, size, options.draw)
        if not trials:
            print(f"\n## no column has more than {size} values")
            continue
        judge_by_ours(trials, program, options.folder / f"{options.draw}-{size}.tsv")
        judge_by_peers(trials)
        print(f"\n## {size} values ({options.draw}): {len({t.column for t in trials})} columns, {len(SEEDS)} seeds")
        print_shares(trials)
        if "rexpy" in trials[0].verdicts:
            print_at_rate(trials)
        print_area(trials)
        print_agreement(trials)
        print_foreign(trials)
        if options.details:
            print_details(trials)
            print_most_accepted(trials)


if __name__ == "__main__":
    main()
