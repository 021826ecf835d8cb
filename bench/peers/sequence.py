"""Variational filtering of music and speech in PyTorch, at the settings of AVF (Marino et al., 2018).

The work is that of the paper's algorithm 1: at every time step of a clip the posterior begins at the prior, a network
improves it by the gradient of the step's free energy and is updated by Adam at once (avf), or another network gives it in
one go (direct); after the clip the model follows the gradient of the total. Compared with the authors' program this
script is spared what costs most there: Adam is fused, gates are evaluated once, weights that stay still get no gradient,
and a direct network's gradient ends at the step.

    sequence.py [music|speech] [srnn|vrnn] [avf|direct] [--updates N] [--iterations N]
"""

import argparse
import json
import resource
import time

import torch
from torch import nn
from torch.distributions import Normal
from torch.nn import functional as F

SIZES = {
    ("music", "srnn"): dict(batch=16, clip=25, width=88, recurrent=300, latent=100, prior=(500, 1), decoder=(500, 2)),
    ("speech", "srnn"): dict(batch=64, clip=40, width=200, recurrent=1024, latent=256, prior=(512, 2), decoder=(512, 2)),
    ("speech", "vrnn"): dict(batch=64, clip=40, width=200, recurrent=2000, latent=200, prior=(500, 4), decoder=(600, 4)),
}
INTERVAL = 5e-4


class Clipped(nn.Module):
    """A leaky rectifier of slope 1/3, within 3 of zero."""

    def forward(self, x):
        return F.leaky_relu(x, 1 / 3).clamp(-3, 3)


def layers(inputs, size, activation):
    width, count = size
    each = [(nn.Linear(inputs if i == 0 else width, width), activation()) for i in range(count)]
    return nn.Sequential(*[part for pair in each for part in pair])


class Head(nn.Module):
    """Means and log-variances."""

    def __init__(self, inputs, width, low=-15.0, high=5.0):
        super().__init__()
        self.both, self.range = nn.Linear(inputs, 2 * width), (low, high)

    def forward(self, x):
        mean, log_variance = self.both(x).chunk(2, -1)
        return mean, log_variance.clamp(*self.range)


class Model(nn.Module):
    """Either model; what they carry is the recurrent state, and the SRNN its last latent besides."""

    def __init__(self, kind, music, size):
        super().__init__()
        self.kind, self.music, self.size = kind, music, size
        activation = Clipped if kind == "srnn" else nn.ReLU
        h, z, x = size["recurrent"], size["latent"], size["width"]
        (prior, _), (decoder, _) = size["prior"], size["decoder"]
        if kind == "vrnn":
            self.reader = layers(x, size["decoder"], activation)
            self.latent_reader = layers(z, size["prior"], activation)
        thought = z if kind == "srnn" else prior
        self.cell = nn.LSTMCell(x if kind == "srnn" else decoder + prior, h)
        self.start = nn.Parameter(torch.zeros(2, 1, h))
        self.prior_layers = layers(h + z if kind == "srnn" else h, size["prior"], activation)
        self.prior_head = Head(prior, z)
        self.decoder = layers(h + thought, size["decoder"], activation)
        self.output = nn.Linear(decoder, x) if music else Head(decoder, x, -20.0, 10.0)

    def begin(self, first):
        rows = first.shape[0]
        state = tuple(s.expand(rows, -1).contiguous() for s in self.start)
        z = first.new_zeros(rows, self.size["latent"])
        return (self.cell(first, state), z) if self.kind == "srnn" else (state, z)

    def prior(self, carried):
        (h, _), z = carried
        return self.prior_head(self.prior_layers(torch.cat([h, z], -1) if self.kind == "srnn" else h))

    def log_likelihood(self, carried, z, x):
        (h, _), _ = carried
        z = z if self.kind == "srnn" else self.latent_reader(z)
        last = self.output(self.decoder(torch.cat([h, z], -1)))
        if self.music:
            return -F.binary_cross_entropy_with_logits(last, x, reduction="none").sum(-1)
        normal = Normal(last[0], (0.5 * last[1]).exp())
        cells = normal.cdf(x + INTERVAL / 2) - normal.cdf(x - INTERVAL / 2)
        return (cells + 1e-6).log().sum(-1)

    def advance(self, carried, z, x):
        state, _ = carried
        read = x if self.kind == "srnn" else torch.cat([self.reader(x), self.latent_reader(z)], -1)
        return self.cell(read, state), z


class Iterative(nn.Module):
    """Two highway layers over normalised estimates and gradients."""

    def __init__(self, latent, width=1024):
        super().__init__()
        self.first, self.second = nn.Linear(4 * latent, 3 * width), nn.Linear(width, 2 * width)
        self.heads = nn.Linear(width, 4 * latent)

    def forward(self, q, gradient):
        seen = torch.cat([F.layer_norm(part, part.shape[-1:]) for part in (*gradient, *q)], -1)
        gate, new, carried = self.first(seen).chunk(3, -1)
        gate = gate.sigmoid()
        y = gate * carried + (1 - gate) * F.elu(new)
        gate, new = self.second(y).chunk(2, -1)
        gate = gate.sigmoid()
        mean, log_variance, by_mean, by_log = self.heads(gate * y + (1 - gate) * F.elu(new)).chunk(4, -1)
        blend = lambda g, old, new: g.sigmoid() * old + (1 - g.sigmoid()) * new
        return blend(by_mean, q[0], mean), blend(by_log, q[1], log_variance).clamp(-15, 5)


class Direct(nn.Module):
    """The filtering network of either model."""

    def __init__(self, model):
        super().__init__()
        size, self.model = model.size, [model]
        seen = size["width"] if model.kind == "srnn" else size["decoder"][0]
        self.layers = layers(seen + size["recurrent"], size["prior"], Clipped if model.kind == "srnn" else nn.ReLU)
        self.head = Head(size["prior"][0], size["latent"])

    def forward(self, carried, x):
        seen = x if self.model[0].kind == "srnn" else self.model[0].reader(x).detach()
        return self.head(self.layers(torch.cat([seen, carried[0][0]], -1)))


def sample(q):
    return q[0] + (0.5 * q[1]).exp() * torch.randn_like(q[0])


def divergence(q, p):
    ratio = q[1] - p[1]
    return 0.5 * (ratio.exp() + (q[0] - p[0]) ** 2 * (-p[1]).exp() - 1 - ratio).sum(-1)


def local_gradient(model, carried, prior, q, x):
    """The gradient of the step's free energy by the posterior's parameters, and by nothing else."""
    q = tuple(part.detach().requires_grad_() for part in q)
    free_energy = divergence(q, prior) - model.log_likelihood(carried, sample(q), x)
    return torch.autograd.grad(free_energy.sum(), q)


def still(module, frozen):
    for parameter in module.parameters():
        parameter.requires_grad_(not frozen)


def step(model, guide, optimisers, clip, iterations, online):
    """One clip: inference, then learning."""
    rows = clip.shape[1]
    model_adam, guide_adam = optimisers
    with torch.no_grad():
        carried = model.begin(clip[0])
    steps = []
    still(model, True)
    for x in clip[1:]:
        with torch.no_grad():
            prior = model.prior(carried)
        q = prior
        if online:
            gradient = local_gradient(model, carried, prior, q, x)
            for _ in range(iterations):
                new = guide(tuple(part.detach() for part in q), gradient)
                gradient = local_gradient(model, carried, prior, new, x)
                (sum((n * g).sum() for n, g in zip(new, gradient)) / (rows * iterations)).backward()
                q = tuple(part.detach() for part in new)
            guide_adam.step()
            guide_adam.zero_grad()
        else:
            new = guide(carried, x)
            gradient = local_gradient(model, carried, prior, new, x)
            (sum((n * g).sum() for n, g in zip(new, gradient)) / (rows * (len(clip) - 1))).backward()
            q = tuple(part.detach() for part in new)
        z = sample(q)
        steps.append((q, z))
        with torch.no_grad():
            carried = model.advance(carried, z, x)
    still(model, False)
    carried, total = model.begin(clip[0]), 0.0
    for x, (q, z) in zip(clip[1:], steps):
        free_energy = divergence(q, model.prior(carried)) - model.log_likelihood(carried, z, x)
        total = total + free_energy.mean()
        carried = model.advance(carried, z, x)
    (total / len(steps)).backward()
    model_adam.step()
    model_adam.zero_grad()
    if not online:
        guide_adam.step()
        guide_adam.zero_grad()
    return float(total.detach()) / len(steps)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", choices=["music", "speech"])
    parser.add_argument("model", choices=["srnn", "vrnn"])
    parser.add_argument("inference", choices=["avf", "direct"])
    parser.add_argument("--updates", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    size, music, online = SIZES[options.data, options.model], options.data == "music", options.inference == "avf"
    model = Model(options.model, music, size)
    guide = Iterative(size["latent"]) if online else Direct(model)
    optimisers = [torch.optim.Adam(part.parameters(), lr=1e-4, fused=True) for part in (model, guide)]
    shape = (size["clip"], size["batch"], size["width"])
    clip = (torch.rand(shape) < 0.05).float() if music else torch.randn(shape)
    step(model, guide, optimisers, clip, options.iterations, online)
    start = time.process_time()
    for _ in range(options.updates):
        bound = -step(model, guide, optimisers, clip, options.iterations, online)
    ms = 1e3 * (time.process_time() - start) / (options.updates * (size["clip"] - 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": round(ms, 2), "peak_mib": round(peak), "bound": round(bound, 2)}))
