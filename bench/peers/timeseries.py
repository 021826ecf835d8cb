"""One training step on time series in PyTorch, vectorised, at the settings of HMWS (Le et al., 2022).

The work is that of the paper: five series of 128 points a step; for HMWS memories of five kernels, five proposals and
five draws of the parameters of each, every likelihood by a batched Cholesky factorisation, and one fantasy per series;
for RWS fifty particles a series. Kernels are drawn uniformly, in the mean as long as ours (the networks write as many
symbols all the same), and no string is parsed; kernels are computed by lag and spread over the matrix, which the
authors' program does not: all of this favours PyTorch.

    timeseries.py [hmws|rws|likelihood] [--steps N] [--points N]
"""

import argparse
import json
import math
import random
import resource
import time

import torch
from torch import nn

HIDDEN, PLACES, SYMBOLS, LENGTH = 128, 16, 12, 10
BATCH, MEMORY, PROPOSALS, DRAWS, PARTICLES = 5, 5, 5, 5, 50
# Base kernels of a kernel in a memory, whose members differ from each other, and of one that is drawn.
KEPT, DRAWN = [1, 1, 2, 2, 3, 3], [1, 1, 1, 2]
LEAVES = ["WN", "SE", "PER1", "PER2", "PER3", "PER4", "C"]
PERIODS = {"PER1": 0.2, "PER2": 0.5, "PER3": 1.0, "PER4": 1.5}
DIAGONAL = 0.02


def draw_kernel(rng, lengths):
    """A flat sum of products: base kernels, and the operator before each but the first."""
    leaves = rng.choice(lengths)
    return [rng.choice(LEAVES) for _ in range(leaves)], [rng.choice("+*") for _ in range(leaves - 1)]


def symbols(kernel):
    return min(2 * len(kernel[0]) - 1, LENGTH)


def window(raw, centre):
    """The paper's narrow window around a centre."""
    return centre + 0.02 * (torch.sigmoid(raw) - 0.5)


def base_kernel(leaf, raw, distances):
    """The covariance of one base kernel at each lag for each row of raw parameters, [rows, n]."""
    at = lambda place, centre: window(raw[:, place], centre)[:, None]
    if leaf == "WN":
        return at(0, 0.5) * (distances == 0)
    if leaf == "SE":
        return at(1, 0.5) * torch.exp(-0.5 * distances**2 / at(2, 0.5))
    if leaf == "C":
        return at(15, 0.5).expand(-1, len(distances))
    place = 3 + 3 * (LEAVES.index(leaf) - 2)
    turn = torch.sin(math.pi * distances / at(place + 1, PERIODS[leaf]))
    return at(place, 0.5) * torch.exp(-2 * turn**2 / at(place + 2, 0.5))


def covariance(kernel, raw, distances):
    """The covariance of a kernel for each row of raw parameters, [rows, leaves, 16]."""
    leaves, operators = kernel
    total, product = 0, base_kernel(leaves[0], raw[:, 0], distances)
    for i, operator in enumerate(operators, start=1):
        factor = base_kernel(leaves[i], raw[:, i], distances)
        total, product = (total, product * factor) if operator == "*" else (total + product, factor)
    return total + product


def factors(kernels, raw, distances):
    """Cholesky factors of all rows of all kernels; raw is [kernels, rows, leaves, 16]."""
    lagged = torch.cat([covariance(k, r, distances) for k, r in zip(kernels, raw)])
    diagonal = torch.eye(len(distances), dtype=distances.dtype) * 1e-3
    dense = torch.cat([lagged.flip(1)[:, :-1], lagged], 1).unfold(1, len(distances), 1).flip(1)
    return torch.linalg.cholesky(dense * (1 + diagonal) + (1 + DIAGONAL / 1e-3) * diagonal)


def log_likelihood(kernels, raw, series, distances):
    """Per kernel and row, [kernels, rows]; series is [kernels, n]."""
    rows = raw.shape[1]
    factor = factors(kernels, raw, distances)
    right = series.repeat_interleave(rows, 0)[..., None]
    white = torch.linalg.solve_triangular(factor, right, upper=False)[..., 0]
    logdet = factor.diagonal(dim1=1, dim2=2).log().sum(1)
    n = series.shape[1]
    return (-0.5 * (white**2).sum(1) - logdet - 0.5 * n * math.log(2 * math.pi)).view(-1, rows)


class Parameters(nn.Module):
    """A density of raw parameters, base kernel by base kernel."""

    def __init__(self, context):
        super().__init__()
        self.lstm = nn.LSTM(PLACES + context, HIDDEN, batch_first=True)
        self.output = nn.Linear(HIDDEN, 2 * PLACES)

    def sample(self, context, leaves):
        """[rows, leaves, 16]."""
        before, state, drawn = torch.zeros(len(context), PLACES), None, []
        for _ in range(leaves):
            states, state = self.lstm(torch.cat([before, context], 1)[:, None], state)
            mean, log_sd = self.output(states[:, 0]).chunk(2, 1)
            before = mean + log_sd.exp() * torch.randn_like(mean)
            drawn.append(before)
        return torch.stack(drawn, 1)

    def log_prob(self, context, raw, lengths):
        """[rows]; lengths are the base kernels of each row."""
        before = torch.cat([torch.zeros(len(raw), 1, PLACES), raw[:, :-1]], 1)
        inputs = torch.cat([before, context[:, None].expand(-1, raw.shape[1], -1)], 2)
        mean, log_sd = self.output(self.lstm(inputs)[0]).chunk(2, 2)
        density = torch.distributions.Normal(mean, log_sd.exp()).log_prob(raw).sum(2)
        return (density * (torch.arange(raw.shape[1]) < lengths[:, None])).sum(1)


class Writer(nn.Module):
    """A density of strings of symbols, with what is read besides."""

    def __init__(self, context):
        super().__init__()
        self.lstm = nn.LSTM(SYMBOLS + context, HIDDEN, batch_first=True)
        self.output = nn.Linear(HIDDEN, SYMBOLS)

    def states(self, strings, context=None):
        inputs = nn.functional.one_hot(strings, SYMBOLS).float()
        if context is not None:
            inputs = torch.cat([inputs, context[:, None].expand(-1, strings.shape[1], -1)], 2)
        return self.lstm(inputs)[0]

    def log_prob(self, strings, lengths, context=None):
        """The log-density and the embedding of each string."""
        states = self.states(strings[:, :-1], context)
        logits = self.output(states).log_softmax(2).gather(2, strings[:, 1:, None])[..., 0]
        own = torch.arange(logits.shape[1]) <= lengths[:, None]
        return (logits * own).sum(1), states[torch.arange(len(states)), lengths]

    def write(self, rows, context=None):
        """Draws as many symbols as a string may have."""
        symbol, state = torch.zeros(rows, dtype=torch.long), None
        for _ in range(LENGTH):
            inputs = nn.functional.one_hot(symbol, SYMBOLS).float()
            inputs = inputs if context is None else torch.cat([inputs, context], 1)
            states, state = self.lstm(inputs[:, None], state)
            symbol = torch.multinomial(self.output(states[:, 0]).softmax(1), 1)[:, 0]


class World(nn.Module):
    def __init__(self):
        super().__init__()
        self.prior, self.prior_parameters = Writer(0), Parameters(HIDDEN)
        self.reader = nn.LSTM(1, HIDDEN, batch_first=True)
        self.guide, self.embedder = Writer(HIDDEN), nn.LSTM(SYMBOLS, HIDDEN, batch_first=True)
        self.guide_parameters = Parameters(2 * HIDDEN)

    def about(self, signal, strings, lengths):
        embedded = self.embedder(nn.functional.one_hot(strings, SYMBOLS).float())[0]
        return torch.cat([signal, embedded[torch.arange(len(strings)), lengths]], 1)

    def read(self, series):
        return self.reader(series[..., None])[0][:, -1]


def tables(kernels):
    """Strings of symbols (any will do), their lengths, and the base kernels of each."""
    lengths = torch.tensor([symbols(k) for k in kernels])
    strings = torch.randint(1, SYMBOLS, (len(kernels), LENGTH + 2))
    return strings, lengths, torch.tensor([len(k[0]) for k in kernels])


def fantasies(world, kernels, distances):
    """The loss of learning from the model's own draws."""
    with torch.no_grad():
        world.prior.write(len(kernels))
        strings, lengths, leaves = tables(kernels)
        _, embedded = world.prior.log_prob(strings, lengths)
        raw = world.prior_parameters.sample(embedded, int(leaves.max()))
        factor = factors(kernels, raw[:, None], distances)
        series = (factor @ torch.randn(len(kernels), len(distances), 1))[..., 0]
    signal = world.read(series)
    discrete, _ = world.guide.log_prob(strings, lengths, signal)
    about = world.about(signal, strings, lengths)
    return -(discrete + world.guide_parameters.log_prob(about, raw, leaves)).mean()


def repeated(rows, *tensors):
    return [t.repeat_interleave(rows, 0) for t in tensors]


def weighted_loss(world, kept, weights, signal, draws):
    """The loss of kept programs whose rows have the given weights, [kernels, draws]."""
    strings, lengths, leaves, raw, of = kept
    prior, embedded = world.prior.log_prob(strings, lengths)
    context, many = repeated(draws, embedded, leaves)
    prior_rows = prior[:, None] + world.prior_parameters.log_prob(context, raw.flatten(0, 1), many).view(-1, draws)
    discrete, _ = world.guide.log_prob(strings, lengths, signal[of])
    (about,) = repeated(draws, world.about(signal[of], strings, lengths))
    rows = world.guide_parameters.log_prob(about, raw.flatten(0, 1), many).view(-1, draws)
    return -(weights * (prior_rows + rows) + weights * discrete[:, None]).sum() / BATCH


def step(world, series, rng, distances, memory):
    """The loss of one step; a memory's worth of programs and draws, or particles with one draw each."""
    count, draws = (MEMORY + PROPOSALS, DRAWS) if memory else (PARTICLES, 1)
    kernels = [draw_kernel(rng, KEPT if memory else DRAWN) for _ in range(BATCH * count)]
    of = torch.arange(BATCH).repeat_interleave(count)
    signal = world.read(series)
    with torch.no_grad():
        written = PROPOSALS if memory else PARTICLES
        world.guide.write(BATCH * written, signal.repeat_interleave(written, 0))
        strings, lengths, leaves = tables(kernels)
        about, many = repeated(draws, world.about(signal[of], strings, lengths), leaves)
        raw = world.guide_parameters.sample(about, int(leaves.max())).view(len(kernels), draws, -1, PLACES)
        prior, embedded = world.prior.log_prob(strings, lengths)
        (context,) = repeated(draws, embedded)
        joint = prior[:, None] + world.prior_parameters.log_prob(context, raw.flatten(0, 1), many).view(-1, draws)
        joint = joint + log_likelihood(kernels, raw, series[of], distances)
        weights = joint - world.guide_parameters.log_prob(about, raw.flatten(0, 1), many).view(-1, draws)
        weights = weights.view(BATCH, count, draws)
        kept = torch.arange(len(kernels))
        if memory:
            best = weights.logsumexp(2).topk(MEMORY, 1).indices
            weights = weights.gather(1, best[..., None].expand(-1, -1, draws))
            kept = (best + count * torch.arange(BATCH)[:, None]).flatten()
        weights = weights.flatten(1).softmax(1).view(len(kept), draws)
    chosen = (strings[kept], lengths[kept], leaves[kept], raw[kept], of[kept])
    loss = weighted_loss(world, chosen, weights, signal, draws)
    return loss + fantasies(world, [draw_kernel(rng, DRAWN) for _ in range(BATCH)], distances)


def train(mode, steps):
    world, rng = World(), random.Random(1)
    optimiser = torch.optim.Adam(world.parameters(), 1e-3)
    distances, data = torch.arange(128) * 4 / 127, torch.randn(100, 128)
    start, warm = 0.0, 5
    for i in range(steps + warm):
        if i == warm:
            start = time.process_time()
        optimiser.zero_grad()
        step(world, data[torch.randperm(100)[:BATCH]], rng, distances, mode == "hmws").backward()
        optimiser.step()
    return {"ms": 1e3 * (time.process_time() - start) / steps}


def likelihood(points, steps):
    """SE + PER2 + WN with its gradient by the parameters, in f64, a hundred at a time."""
    distances = torch.arange(points, dtype=torch.float64) * 4 / (points - 1)
    kernel = (["SE", "PER2", "WN"], ["+", "+"])
    rows = 100 if points <= 128 else 1
    raw = torch.zeros(1, rows, 3, PLACES, dtype=torch.float64, requires_grad=True)
    series = torch.randn(1, points, dtype=torch.float64)
    for i in range(steps + 2):
        if i == 2:
            start = time.process_time()
        log_likelihood([kernel], raw, series, distances).sum().backward()
    return {"us": 1e6 * (time.process_time() - start) / steps / rows}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["hmws", "rws", "likelihood"])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--points", type=int, default=128)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    if options.mode == "likelihood":
        found = likelihood(options.points, options.steps)
    else:
        found = train(options.mode, options.steps)
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))
