"""CPU time of the search for the formats of columns on one thread, beside rexpy and grex.

    pip install tdda; cargo install grex
    python3 bench/columns_speed.py COLUMNS.json FOLDER [--rounds 3] [--core 0] [--longest 600]

COLUMNS.json is that of `columns.py`. Two sets are drawn from it: 50 columns of 1,000 rows and 600 columns of 20 rows. Columns are
drawn without repetition as far as there are enough, and their rows with repetition; values with line feeds are not foreseen.

All tools get all rows, on one core, in turn for three rounds; told are medians. What is counted is user and system time: of a whole
process for ours, of one process a column for grex, and for rexpy of its calls alone, as to import it takes longer than to use it.
The slowest column is by the search alone for ours. A tool that takes more than --longest seconds for a round has no time.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from acceptance import GREX, rexpy
from columns import OURS, example, write_trials

SETS = {"50 x 1,000": (50, 1000), "600 x 20": (600, 20)}


def draw(columns, count, rows):
    """Columns as (name, rows)."""
    rng, names = random.Random(1), []
    while len(names) < count:
        names += rng.sample(list(columns), min(len(columns), count - len(names)))
    return [(name, rng.choices(columns[name], k=rows)) for name in names]


def spent(command, core, longest):
    """CPU seconds of a process on a core, and what it wrote."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["taskset", "-c", str(core), *command], capture_output=True, text=True, encoding="utf-8",
                          timeout=longest, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def ours(program, folder, drawn, options):
    """CPU seconds in all, and of each column."""
    path = folder / "speed.tsv"
    write_trials(path, ((rows, []) for _, rows in drawn))
    seconds, text = spent([program, path], options.core, options.longest)
    return seconds, [json.loads(line)["ms"] / 1e3 for line in text.split("\n") if line]


def with_rexpy(folder, drawn, options):
    path = folder / "speed.json"
    path.write_text(json.dumps([rows for _, rows in drawn]), encoding="utf-8")
    _, text = spent([sys.executable, __file__, "--rexpy", path], options.core, options.longest)
    each = json.loads(text)
    return sum(each), each


def with_grex(flags):
    def learn(folder, drawn, options):
        path, each, left = folder / "speed.txt", [], options.longest
        for _, rows in drawn:
            path.write_text("\n".join(rows) + "\n", encoding="utf-8")
            each.append(spent([GREX, *flags, "-f", path], options.core, left)[0])
            left = max(left - each[-1], 0.1)
        return sum(each), each

    return learn


def print_starts(options):
    """What is not the tools' own work."""
    if rexpy:
        seconds, _ = spent([sys.executable, "-c", "from tdda import rexpy"], options.core, options.longest)
        print(f"to import rexpy, not counted: {seconds:.2f} CPU s")
    if GREX:
        path = options.folder / "speed.txt"
        path.write_text("a\n", encoding="utf-8")
        seconds = statistics.median(spent([GREX, "-f", path], options.core, options.longest)[0] for _ in range(21))
        print(f"to start grex, counted for each column: {1e3 * seconds:.1f} CPU ms")


def call_rexpy(path):
    """CPU seconds of rexpy for each column, in this process."""
    each = []
    for rows in json.loads(Path(path).read_text(encoding="utf-8")):
        begun = time.process_time()
        rexpy.extract(rows)
        each.append(time.process_time() - begun)
    print(json.dumps(each))


def tools():
    program = example()
    found = {OURS: lambda *given: ours(program, *given)}
    if rexpy:
        found["rexpy"] = with_rexpy
    if GREX:
        found["grex -d -r"] = with_grex(["-d", "-r"])
        found["grex -d -w -r"] = with_grex(["-d", "-w", "-r"])
    return found


def measured(drawn, options):
    """Of each tool the rounds, as (CPU seconds, of each column); fewer where one took too long."""
    found = tools()
    rounds = {name: [] for name in found}
    for _ in range(options.rounds):
        for name, learn in list(found.items()):
            try:
                rounds[name].append(learn(options.folder, drawn, options))
            except subprocess.TimeoutExpired:
                del found[name]
    return rounds


def print_times(title, drawn, rounds):
    print(f"\n{title:<20}{'CPU s':>10}{'ratio':>8}{'s, slowest':>12}  column")
    first = statistics.median(seconds for seconds, _ in rounds[OURS])
    for name, measured in rounds.items():
        if not measured:
            print(f"{name:<20}{'too long':>10}")
            continue
        seconds = statistics.median(seconds for seconds, _ in measured)
        each = [statistics.median(times) for times in zip(*(each for _, each in measured))]
        slowest = max(range(len(each)), key=each.__getitem__)
        print(f"{name:<20}{seconds:10.2f}{seconds / first:8.1f}{each[slowest]:12.3f}  {drawn[slowest][0]}")


def print_slowest(drawn, rounds, count=10):
    """Our slowest columns, by the median of rounds."""
    each = [statistics.median(times) for times in zip(*(each for _, each in rounds[OURS]))]
    order = sorted(range(len(each)), key=lambda i: -each[i])[:count]
    print(f"slowest of {OURS}, ms: " + ", ".join(f"{drawn[i][0]} {1e3 * each[i]:.1f}" for i in order))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("columns", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--longest", type=float, default=600)
    options = parser.parse_args()
    columns = json.loads(options.columns.read_text(encoding="utf-8"))
    options.folder.mkdir(parents=True, exist_ok=True)
    print_starts(options)
    for title, (count, rows) in SETS.items():
        drawn = draw(columns, count, rows)
        rounds = measured(drawn, options)
        print_times(title, drawn, rounds)
        print_slowest(drawn, rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rexpy"]:
        call_rexpy(sys.argv[2])
    else:
        main()
