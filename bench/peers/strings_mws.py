"""One training iteration of the string model with Memoised Wake-Sleep, in PyTorch, timed.

The peer of `helmholtz`'s string model: the same networks (a prior LSTM over program tokens, a RobustFill
guide), the same grammar and exact likelihood, the same rule (every memory member weighted by the softmax
of its log-joint), Adam on all parameters. Prints one JSON line: the median CPU time of an iteration, user
and system, in ms, and the peak resident memory in MiB. `--mode iteration` is the whole iteration;
`--mode neural` the networks alone, on given programs. `--check` compares with known values instead.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # numpy and torch read them when they are loaded

import argparse
import json
import random
import resource
import statistics
import time

import numpy as np
import torch
from strings_check import check_all
from strings_likelihood import PARAMETERS, Compiled, Evaluator, pad_strings
from strings_networks import Guide, LibraryLstm, Prior, Programs, TableLstm
from strings_programs import Grammar, parse_text
from torch import nn

LSTMS = {"table": TableLstm, "library": LibraryLstm}
ANYTHING = parse_text(".*")


class Model(nn.Module):
    """Prior, guide, and the evaluator's logits."""

    def __init__(self, options):
        super().__init__()
        lstm = LSTMS[options.lstm]
        self.prior = Prior(lstm, options.hidden)
        self.guide = Guide(lstm, options.hidden, options.width)
        self.evaluator = nn.Parameter(torch.zeros(PARAMETERS))
        self.grammar = Grammar(options.max_tokens)


def likelihood(model, programs, batch, concepts):
    """log p(X | z) `[programs]`, where `concepts` `[programs]` are places in the batch of strings."""
    characters, lengths = batch
    compiled = Compiled(programs, Evaluator(model.evaluator.detach().numpy()))
    return compiled.log_probs(characters[concepts], lengths[concepts])


def likelihood_surrogate(model, programs, batch, concepts, weights):
    """A scalar whose gradient is that of the weighted log-likelihoods; members without weight are skipped."""
    used = np.flatnonzero(weights > 0.0)
    compiled = Compiled([programs[i] for i in used], Evaluator(model.evaluator.detach().numpy()))
    characters, lengths = (array[concepts[used]] for array in batch)
    gradient = compiled.gradient(characters, lengths, weights[used])
    return model.evaluator @ torch.from_numpy(gradient.astype(np.float32))


def iterate(model, optimizer, batch, memories, options):
    """One iteration of MWS on a batch of strings and their concepts' memories, which it updates."""
    encoding = model.guide.encode(*batch)
    proposals = model.guide.sample(encoding.detach(), options.proposals, model.grammar)
    chunks = [proposals[i : i + options.proposals] for i in range(0, len(proposals), options.proposals)]
    candidates = [list(dict.fromkeys(memory + chunk)) for memory, chunk in zip(memories, chunks)]
    programs, concepts = flatten(candidates)
    scores = likelihood(model, programs, batch, concepts)
    with torch.no_grad():
        scores += model.prior(Programs(programs, model.grammar)).numpy()
    ends = np.cumsum([len(programs) for programs in candidates])
    weights = update(memories, candidates, np.split(scores, ends[:-1]), options.memory)
    programs, concepts = flatten(memories)
    laid_out = Programs(programs, model.grammar)
    networks = model.prior(laid_out) + model.guide(encoding, laid_out, concepts)
    gain = networks @ torch.from_numpy(weights.astype(np.float32))
    gain = gain + likelihood_surrogate(model, programs, batch, concepts, weights)
    descend(optimizer, -gain / len(memories))


def flatten(groups):
    """All programs of all groups, and the group of each."""
    programs = [program for group in groups for program in group]
    return programs, np.repeat(np.arange(len(groups)), [len(group) for group in groups])


def update(memories, candidates, scores, size):
    """Keeps the best candidates by log-joint; returns the softmax of the kept ones' scores, concatenated."""
    weights = []
    for memory, programs, score in zip(memories, candidates, scores):
        best = np.argsort(-score, kind="stable")[:size]
        memory[:] = [programs[i] for i in best]
        weight = np.exp(score[best] - score[best[0]])
        weights.append(weight / weight.sum())
    return np.concatenate(weights)


def descend(optimizer, loss):
    """One step of the optimiser."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def iteration_runner(model, optimizer, options):
    """The whole iteration, over shuffled batches of all concepts."""
    data = read_data(options)
    memories = [[ANYTHING] for _ in data]
    shuffle = random.Random(options.seed)
    order = []

    def run():
        nonlocal order
        if len(order) < options.batch:
            order = shuffle.sample(range(len(data)), len(data))
        chosen, order = order[: options.batch], order[options.batch :]
        batch = pad_strings([data[i] for i in chosen])
        iterate(model, optimizer, batch, [memories[i] for i in chosen], options)

    return run


def neural_runner(model, optimizer, options):
    """The networks alone on the first batch of concepts: M kept programs each, and the R others after them."""
    batch = pad_strings(read_data(options)[: options.batch])
    programs = read_programs(options)
    kept = programs[: options.batch * options.memory]
    others = programs[len(kept) :][: options.batch * options.proposals]
    concepts = np.repeat(np.arange(options.batch), options.memory)

    def run():
        encoding = model.guide.encode(*batch)
        model.guide.sample(encoding.detach(), options.proposals, model.grammar)
        with torch.no_grad():
            model.prior(Programs(kept + others, model.grammar))
        laid_out = Programs(kept, model.grammar)
        log_probs = model.prior(laid_out) + model.guide(encoding, laid_out, concepts)
        descend(optimizer, -log_probs.sum() / options.batch)

    return run


def read_data(options):
    """The concepts' strings: from a file of JSON lines, or made up from a few shapes."""
    if options.data:
        with open(options.data, encoding="utf-8") as lines:
            return [json.loads(line)["train"][: options.strings] for line in lines if line.strip()]
    shapes = ["99-99", "AA999", "aaaa", "Aaaaa aa", "$9,999", "9.99", "A-9", "99/99/9999"]
    draw = random.Random(options.seed)
    choices = {"9": "0123456789", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "a": "abcdefghijklmnopqrstuvwxyz"}
    return [
        ["".join(draw.choice(choices.get(c, c)) for c in shapes[i % len(shapes)]) for _ in range(options.strings)]
        for i in range(5 * options.batch)
    ]


def read_programs(options):
    """The programs of `--programs`, or walks through the grammar."""
    if options.programs:
        with open(options.programs, encoding="utf-8") as lines:
            return [parse_text(line.rstrip("\n")) for line in lines]
    grammar = Grammar(12)
    return [grammar.walk(options.seed + i) for i in range(options.batch * (options.memory + options.proposals))]


def measure(options):
    """Runs warm-up and timed steps; returns what is reported."""
    torch.manual_seed(options.seed)
    model = Model(options)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    run = {"iteration": iteration_runner, "neural": neural_runner}[options.mode](model, optimizer, options)
    times = []
    for step in range(options.warmup + options.steps):
        before = time.process_time()
        run()
        if step >= options.warmup:
            times.append(1e3 * (time.process_time() - before))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report = {"mode": options.mode, "cpu_ms": statistics.median(times), "peak_mib": peak, "steps": options.steps}
    return {**report, "lstm": options.lstm}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=["iteration", "neural"], default="iteration")
    parser.add_argument("--lstm", choices=LSTMS, default="table")
    parser.add_argument("--data")
    parser.add_argument("--programs")
    for name, default in {
        "hidden": 128, "width": 128, "max-tokens": 30, "batch": 20, "memory": 5, "proposals": 5,
        "strings": 5, "warmup": 30, "steps": 30, "seed": 1,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.check:
        check_all()
    else:
        print(json.dumps(measure(options)))
