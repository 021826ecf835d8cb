"""A recurrent network unrolled over a clip and one step of Adam, in JAX (jit) and PyTorch.

At each of 25 steps, 16 rows: two layers of 1,024 units read the observation (88) and the last state, normalised over
both, and an LSTM of 256 reads them. The loss is the mean square of all states; gradients go through all steps.

    unroll.py jax|scan|torch [--updates N]
"""

import argparse
import json
import os
import resource
import time

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np

STEPS, ROWS, SEEN, WIDTH, HIDDEN = 25, 16, 88, 1024, 256
RATE = 1e-4


def arrays():
    """Weights, drawn once, and what is observed."""
    rng = np.random.default_rng(1)

    def layer(inputs, outputs):
        scale = inputs**-0.5
        return rng.uniform(-scale, scale, (inputs, outputs)).astype("f4"), np.zeros(outputs, "f4")

    first, second = layer(SEEN + HIDDEN, WIDTH), layer(WIDTH, WIDTH)
    gates, recurrent = layer(WIDTH, 4 * HIDDEN), layer(HIDDEN, 4 * HIDDEN)[0]
    return [*first, *second, *gates, recurrent], rng.standard_normal((STEPS, ROWS, SEEN)).astype("f4")


def in_jax(unrolled):
    """By XLA, with every step written out or as a loop."""
    import jax
    from jax import numpy as jnp

    def step(parameters, state, x):
        w1, b1, w2, b2, w3, b3, recurrent = parameters
        hidden, cell = state
        seen = jnp.concatenate([x, hidden], -1)
        centred = seen - seen.mean(-1, keepdims=True)
        seen = centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        y = jax.nn.relu(seen @ w1 + b1)
        y = jax.nn.relu(y @ w2 + b2)
        i, f, g, o = jnp.split(y @ w3 + b3 + hidden @ recurrent, 4, -1)
        cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
        hidden = jax.nn.sigmoid(o) * jnp.tanh(cell)
        return (hidden, cell), hidden

    def loss(parameters, clip):
        state = (jnp.zeros((ROWS, HIDDEN)), jnp.zeros((ROWS, HIDDEN)))
        if not unrolled:
            return (jax.lax.scan(lambda s, x: step(parameters, s, x), state, clip)[1] ** 2).mean()
        total = 0.0
        for x in clip:
            state, hidden = step(parameters, state, x)
            total = total + (hidden**2).mean()
        return total / STEPS

    def update(parameters, moments, t, clip):
        value, gradients = jax.value_and_grad(loss)(parameters, clip)
        first = [0.9 * m + 0.1 * g for m, g in zip(moments[0], gradients)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(moments[1], gradients)]
        size = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        moved = [p - size * m / (jnp.sqrt(v) + 1e-8) for p, m, v in zip(parameters, first, second)]
        return moved, (first, second), value

    parameters, clip = arrays()
    parameters, clip = [jnp.asarray(p) for p in parameters], jnp.asarray(clip)
    moments = ([jnp.zeros_like(p) for p in parameters], [jnp.zeros_like(p) for p in parameters])
    state, fast = [parameters, moments, 0], jax.jit(update, donate_argnums=(0, 1))

    def run():
        state[2] += 1
        state[0], state[1], value = fast(*state, clip)
        return float(value)

    return run


def in_torch():
    """The same by PyTorch's own layers and its fused Adam."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(1)
    parameters, clip = arrays()
    parameters, clip = [nn.Parameter(torch.from_numpy(p)) for p in parameters], torch.from_numpy(clip)
    adam = torch.optim.Adam(parameters, lr=RATE, fused=True)

    def run():
        w1, b1, w2, b2, w3, b3, recurrent = parameters
        hidden = cell = torch.zeros(ROWS, HIDDEN)
        total = 0.0
        for x in clip:
            seen = F.layer_norm(torch.cat([x, hidden], -1), (SEEN + HIDDEN,))
            y = torch.addmm(b2, torch.addmm(b1, seen, w1).relu(), w2).relu()
            i, f, g, o = torch.addmm(torch.addmm(b3, y, w3), hidden, recurrent).chunk(4, -1)
            cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            hidden = o.sigmoid() * cell.tanh()
            total = total + (hidden**2).mean()
        adam.zero_grad()
        (total / STEPS).backward()
        adam.step()
        return float(total.detach()) / STEPS

    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", choices=["jax", "scan", "torch"])
    parser.add_argument("--updates", type=int, default=20)
    options = parser.parse_args()
    run = in_torch() if options.library == "torch" else in_jax(options.library == "jax")
    run(), run()
    start = time.process_time()
    for _ in range(options.updates):
        loss = run()
    ms = 1e3 * (time.process_time() - start) / options.updates
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": round(ms, 2), "peak_mib": round(peak), "loss": round(loss, 5)}))
