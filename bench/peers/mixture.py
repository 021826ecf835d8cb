"""Memoised Wake-Sleep on the mixture of normals, in PyTorch: the same work as our example `mixture_step`.

Batched throughout: all candidates of a batch are scored in one call in closed form, candidates without a
graph and the members that are kept once more with one. Prints one line of JSON.
"""

import argparse
import json
import math
import resource

import torch

POINTS, SETS, BATCH = 7, 100, 20


def generate(count, variance, generator):
    """Sets of points from a Chinese restaurant process with normal clusters."""
    sets = []
    for _ in range(count):
        labels, sizes = [], []
        for j in range(POINTS):
            weights = torch.tensor([*sizes, 1.0]) / (j + 1)
            label = int(torch.multinomial(weights, 1, generator=generator))
            if label == len(sizes):
                sizes.append(0.0)
            sizes[label] += 1.0
            labels.append(label)
        means = torch.randn(len(sizes), 2, generator=generator)
        noise = math.sqrt(variance) * torch.randn(POINTS, 2, generator=generator)
        sets.append(means[labels] + noise)
    return torch.stack(sets)


CLUSTERS = torch.arange(POINTS)
EYE = torch.eye(2)
SIZES = torch.arange(POINTS + 1, dtype=torch.float32)
LOG_FACTORIAL = torch.tensor([math.lgamma(n + 1.0) for n in range(POINTS + 1)])


def log_joint(theta, x, labels):
    """log p(z, x) with the means integrated out; x is [B, 7, 2], labels [B, S, 7]."""
    sigma = theta @ theta.T + 1e-6 * EYE
    hot = torch.nn.functional.one_hot(labels, POINTS).to(x.dtype)
    size = hot.sum(2)
    count = size.clamp(min=1.0)
    mean = hot.transpose(2, 3) @ x[:, None] / count[..., None]
    # [8, 2, 2]: Sigma + n I, with Sigma itself for n = 0.
    wide = sigma + SIZES[:, None, None] * EYE
    a, b, d = wide[:, 0, 0], wide[:, 0, 1], wide[:, 1, 1]
    determinant = a * d - b * b
    logdet = determinant.log()
    # The entries (1, 1), (1, 2), (2, 2) of the inverses, to be met by x^2, 2 x y and y^2.
    inverse = torch.stack([d, -b, a], 1) / determinant[:, None]
    within = (hot.transpose(2, 3) @ (products(x) @ inverse[0])[:, None, :, None])[..., 0]
    squares = products(mean)
    within = within - count * (squares @ inverse[0])
    index = count.long()
    between = (squares * inverse[index]).sum(3)
    constant = LOG_FACTORIAL[:POINTS] - SIZES[1:] * math.log(2 * math.pi)
    constant = constant - 0.5 * (SIZES[1:] - 1) * logdet[0] - 0.5 * logdet[1:]
    cluster = constant[index - 1] - 0.5 * within - 0.5 * count * between
    return (cluster * (size > 0)).sum(2) - LOG_FACTORIAL[POINTS]


def products(x):
    """x^2, 2 x y and y^2 of pairs."""
    first, second = x[..., 0], x[..., 1]
    return torch.stack([first * first, 2 * first * second, second * second], -1)


class Guide(torch.nn.Module):
    """Logits for every point and cluster from one hidden layer; choices are masked as they are made."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(2 * POINTS, 16), torch.nn.Tanh(), torch.nn.Linear(16, POINTS**2))

    def forward(self, x):
        return self.net(x.flatten(1)).view(-1, POINTS, POINTS)

    @staticmethod
    def sample(logits, count):
        """Partitions, [B, count, 7]."""
        batch = logits.shape[0]
        labels = torch.zeros(batch, count, POINTS, dtype=torch.long)
        most = torch.zeros(batch, count, 1, dtype=torch.long)
        # The largest of logits with Gumbel noise is a draw from their softmax.
        noisy = logits[:, None] - torch.empty(batch, count, POINTS, POINTS).exponential_().log_()
        for j in range(1, POINTS):
            masked = noisy[:, :, j].masked_fill(CLUSTERS > most + 1, -math.inf)
            choice = masked.argmax(2, keepdim=True)
            labels[:, :, j] = choice[..., 0]
            most = torch.maximum(most, choice)
        return labels

    @staticmethod
    def log_prob(logits, labels):
        """log q, [B, S]."""
        most = torch.cummax(labels, 2).values
        before = torch.cat([torch.full_like(most[:, :, :1], -1), most[:, :, :-1]], 2)
        masked = logits[:, None].masked_fill(CLUSTERS > before[..., None] + 1, -math.inf)
        chosen = torch.log_softmax(masked, 3).gather(3, labels[..., None])
        return chosen[..., 0].sum(2)


def train(steps, particles, seed):
    """Runs and returns the seconds of processor time and the covariance."""
    torch.manual_seed(seed)
    data = generate(SETS, 0.03, torch.Generator().manual_seed(0))
    members = (particles + 1) // 2
    proposals = particles - members
    theta = torch.nn.Parameter(torch.eye(2))
    guide = Guide()
    optimiser = torch.optim.Adam([theta, *guide.parameters()], lr=1e-3, fused=True)
    memory = torch.zeros(SETS, members, POINTS, dtype=torch.long)
    powers = POINTS ** torch.arange(POINTS)
    order = torch.randperm(SETS)
    start = cpu_seconds()
    for step in range(steps):
        at = step * BATCH % SETS
        if at == 0:
            order = torch.randperm(SETS)
        items = order[at : at + BATCH]
        x = data[items]
        logits = guide(x)
        with torch.no_grad():
            candidates = torch.cat([memory[items], guide.sample(logits, proposals)], 1)
            scores = log_joint(theta, x, candidates)
            code = (candidates * powers).sum(2)
            same = (code[:, :, None] == code[:, None, :]).tril(-1).any(2)
            best = torch.where(same, torch.tensor(-math.inf), scores).topk(members, 1)
            kept = candidates.gather(1, best.indices[..., None].expand(-1, -1, POINTS))
            memory[items] = kept
            weights = torch.softmax(best.values, 1)
        joint = log_joint(theta, x, kept)
        loss = -(weights * (joint + guide.log_prob(logits, kept))).sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return cpu_seconds() - start, (theta @ theta.T).detach().flatten().tolist()


def cpu_seconds():
    """User and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--particles", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    seconds, covariance = train(options.steps, options.particles, options.seed)
    print(json.dumps({"cpu_s": seconds, "steps": options.steps, "covariance": covariance}))
