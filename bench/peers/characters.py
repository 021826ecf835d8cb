"""Memoised Wake-Sleep on characters in PyTorch: the same work as our example `characters_step`.

The renderer draws all programs of a batch at once, strokes by pixels; affine maps are applied by `grid_sample` to
the pages and marginalised. Candidates are scored without a graph and the members that are kept once more with one.
The networks have our sizes: three convolutions that halve an image, an LSTM of 64 that writes strokes, and one of 16
for the prior. `--renderer` times the renderer alone. Prints one line of JSON.
"""

import argparse
import json
import math
import resource
import time

import torch
from torch import nn
from torch.nn import functional as F

BANK, STROKES, SIZE = 64, 10, 28
BLANK = 1e-6


class Renderer(nn.Module):
    """Pages of programs; see `render/mod.rs` for what the parameters mean."""

    def __init__(self, maps):
        super().__init__()
        uniform = lambda most: most * (2 * torch.rand(BANK) - 1)
        self.displacement = nn.Parameter(torch.stack([uniform(0.4), uniform(0.4)], 1))
        self.bend = nn.Parameter(uniform(0.3))
        self.width = nn.Parameter(torch.full((BANK,), -2.0))
        self.sharpness = nn.Parameter(torch.full((BANK,), 20.0))
        self.scale = nn.Parameter(torch.tensor(3.0))
        self.bias = nn.Parameter(torch.tensor(-3.0))
        identity = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        self.maps = nn.Parameter(identity + 0.03 * torch.randn(maps, 2, 3))
        line = torch.linspace(0, 1, SIZE)
        y, x = torch.meshgrid(1 - line, line, indexing="ij")
        self.register_buffer("pixels", torch.stack([x.flatten(), y.flatten()], 1))

    def pages(self, ids, down):
        """The probability of ink, `[programs, pixels]`, of `ids` and `down`, `[programs, strokes]`."""
        steps = 0.66 * torch.tanh(self.displacement)[ids]
        ends = 0.5 + steps.cumsum(1)
        starts = ends - steps
        theta = math.pi * self.bend[ids]
        sine, cosine = theta.sin()[..., None], theta.cos()[..., None]
        length = steps.norm(dim=2).clamp(min=1e-6)[..., None]
        along = steps / length
        offset = self.pixels - ((starts + ends) / 2)[:, :, None]
        x = (offset * along[:, :, None]).sum(3)
        y = offset[..., 0] * along[:, :, None, 1] - offset[..., 1] * along[:, :, None, 0]
        kappa = 2 * sine / length
        across, towards = kappa * x, cosine - kappa * y
        p = (across**2 + towards**2).clamp(min=1e-12).sqrt()
        n = kappa * (x**2 + y**2 - length**2 / 4) - 2 * y * cosine
        circle = (n / (p + 1)) ** 2
        end = (x.abs() - length / 2) ** 2 + y**2
        front, inside = towards >= 0, 2 * x.abs() <= length * p
        faces = torch.where(cosine >= 0, front & inside, front | ~inside)
        square = torch.where(faces, circle, end)
        width = 0.1 * torch.sigmoid(self.width[ids])[..., None]
        sharp = self.sharpness[ids][..., None]
        exponent = (sharp**2 * (width**2 - square)).clamp(max=0)
        exponent = exponent.masked_fill(~down[..., None], -1e9)
        ink = exponent.amax(1).exp()
        logits = F.softplus(self.scale) * ink + self.bias
        odds = logits.exp() + BLANK
        return odds / (1 + odds)

    def forward(self, ids, down, images):
        """log p(x | z), `[programs]`, of images `[programs, pixels]`."""
        pages = self.pages(ids, down)
        if len(self.maps) == 0:
            return torch.where(images, pages, 1 - pages).log().sum(1)
        programs, maps = len(ids), len(self.maps)
        grid = F.affine_grid(self.maps, (maps, 1, SIZE, SIZE), align_corners=True)
        pages = pages.view(1, programs, SIZE, SIZE).expand(maps, -1, -1, -1)
        mapped = F.grid_sample(pages - BLANK, grid, align_corners=True) + BLANK
        mapped = mapped.flatten(2).clamp(BLANK, 1 - BLANK)
        scores = torch.where(images, mapped, 1 - mapped).log().sum(2)
        return scores.logsumexp(0) - math.log(maps)


class Writer(nn.Module):
    """An LSTM that writes strokes: `BANK` numbers, two ways to hold the pen, and the end."""

    def __init__(self, hidden):
        super().__init__()
        self.cell = nn.LSTMCell(BANK + 3, hidden)
        self.output = nn.Linear(hidden, BANK + 3)
        self.hidden = hidden

    def steps(self, context, chosen):
        """Log-probabilities of programs; symbols of steps that are None are drawn, `[programs]` each."""
        rows = len(context)
        h = c = torch.zeros(rows, self.hidden)
        read = F.one_hot(torch.full((rows,), BANK + 2), BANK + 3).float()
        weights = (self.cell.weight_ih, self.cell.weight_hh, self.cell.bias_ih, self.cell.bias_hh)
        total, ended, symbols = torch.zeros(rows), torch.zeros(rows, dtype=torch.bool), []
        for step in range(STROKES + 1):
            gates = F.linear(read, weights[0]) + F.linear(h, weights[1], weights[2] + weights[3]) + context
            i, f, g, o = gates.chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            scores = self.output(h)
            pens = scores[:, BANK : BANK + 2]
            both = (scores[:, :BANK, None] + pens[:, None]).flatten(1)
            logits = torch.cat([both, scores[:, BANK + 2 :]], 1)
            logits = logits + mask(step, symbols)
            log_probs = logits.log_softmax(1)
            symbol = torch.multinomial(log_probs.exp(), 1)[:, 0] if chosen is None else chosen[:, step]
            symbol = torch.where(ended, 2 * BANK, symbol)
            total = total + torch.where(ended, 0.0, log_probs.gather(1, symbol[:, None])[:, 0])
            ended = ended | (symbol == 2 * BANK)
            symbols.append(symbol)
            end = symbol == 2 * BANK
            stroke = F.one_hot(torch.where(end, BANK + 2, symbol // 2), BANK + 3)
            pen = F.one_hot(torch.where(end, BANK + 2, BANK + symbol % 2), BANK + 3)
            read = (stroke | pen).float()
        return total, torch.stack(symbols, 1)


def mask(step, symbols):
    """0 for what may follow and -inf for the rest; a symbol is twice the stroke, and one more with the pen down."""
    index = torch.arange(2 * BANK + 1)
    end, down = index == 2 * BANK, index % 2 == 1
    if step == 0:
        allowed = ~end & ~down
    elif step == STROKES:
        allowed = end
    else:
        after_stroke = (symbols[-1] % 2 == 1)[:, None]
        allowed = ~end | after_stroke
        if step == STROKES - 1:
            allowed = allowed & (end | down)
        ended = (symbols[-1] == 2 * BANK)[:, None]
        allowed = torch.where(ended, end, allowed)
    return torch.zeros(()).where(allowed, -math.inf)


class Guide(nn.Module):
    def __init__(self, channels=32, hidden=64):
        super().__init__()
        conv = lambda a, b: nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU())
        self.reader = nn.Sequential(conv(1, channels), conv(channels, 2 * channels), conv(2 * channels, 2 * channels))
        self.embedding = nn.Linear(16 * 2 * channels, hidden)
        self.context = nn.Linear(hidden, 4 * hidden)
        self.writer = Writer(hidden)

    def encode(self, images):
        read = self.reader(images.view(-1, 1, SIZE, SIZE).float())
        return self.context(self.embedding(read.flatten(1)).tanh())


def strokes(symbols):
    """Numbers and pens of programs; what comes after the end is not drawn."""
    symbols = symbols[:, :STROKES]
    return (symbols // 2).clamp(max=BANK - 1), (symbols % 2 == 1) & (symbols < 2 * BANK)


def iteration(parts, memory, images, items, proposals):
    """One step of MWS on some images; returns the surrogate and writes the new members."""
    model, prior, guide = parts
    members, batch = memory.shape[1], len(items)
    seen = images[items]
    context = guide.encode(seen)
    with torch.no_grad():
        _, drawn = guide.writer.steps(context.repeat_interleave(proposals, 0), None)
        candidates = torch.cat([memory[items], drawn.view(batch, proposals, -1)], 1)
        flat = candidates.flatten(0, 1)
        wide = seen.repeat_interleave(members + proposals, 0)
        scores = prior.steps(torch.zeros(len(flat), 4 * prior.hidden), flat)[0] + model(*strokes(flat), wide)
        scores = scores.view(batch, -1)
        same = (candidates[:, :, None] == candidates[:, None]).all(3)
        again = torch.triu(same.transpose(1, 2), 1).any(1)
        best = scores.masked_fill(again, -math.inf).topk(members, 1).indices
        kept = candidates.gather(1, best[..., None].expand(-1, -1, candidates.shape[2]))
        weights = scores.gather(1, best).softmax(1).flatten()
        memory[items] = kept
    flat = kept.flatten(0, 1)
    wide = seen.repeat_interleave(members, 0)
    joint = prior.steps(torch.zeros(len(flat), 4 * prior.hidden), flat)[0] + model(*strokes(flat), wide)
    replay = guide.writer.steps(context.repeat_interleave(members, 0), flat)[0]
    return -(weights * (joint + replay)).sum()


def train(options, images):
    model, prior, guide = Renderer(options.maps), Writer(16), Guide()
    members = options.particles // 2
    with torch.no_grad():
        empty = torch.zeros(len(images) * members, 4 * prior.hidden)
        memory = prior.steps(empty, None)[1].view(len(images), members, -1)
    parameters = [p for part in (model, prior, guide) for p in part.parameters()]
    adam = torch.optim.Adam(parameters, 1e-3, fused=True)

    def step(i):
        items = (torch.arange(options.batch) + i * options.batch) % len(images)
        adam.zero_grad()
        iteration((model, prior, guide), memory, images, items, options.particles - members).backward()
        adam.step()

    for i in range(options.steps // 10):
        step(i)
    start = time.process_time()
    for i in range(options.steps):
        step(i)
    return time.process_time() - start


def render(options, images):
    """CPU seconds of `steps` times 500 programs, forward and backward, or forward alone."""
    model = Renderer(options.maps)
    ids = torch.randint(BANK, (500, STROKES))
    down = torch.arange(STROKES).expand(500, -1) > 0
    seen = images[torch.arange(500) % len(images)]

    def once():
        if options.value:
            with torch.no_grad():
                return model(ids, down, seen)
        model.zero_grad()
        return model(ids, down, seen).sum().backward()

    once()
    start = time.process_time()
    for _ in range(options.steps):
        once()
    return time.process_time() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--particles", type=int, default=10)
    parser.add_argument("--maps", type=int, default=40)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--renderer", action="store_true")
    parser.add_argument("--value", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    images = torch.rand(500, SIZE * SIZE) < 0.15
    seconds = render(options, images) if options.renderer else train(options, images)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": round(seconds, 3), "steps": options.steps, "peak_mib": round(peak)}))
