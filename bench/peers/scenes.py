"""The encoder of HMWS, appendix B.2, in PyTorch: forward and backward for a batch of pictures of 128 by 128 pixels.

Prints one line of JSON.
"""

import argparse
import json
import resource
import time

import torch
from torch import nn


def encoder():
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 128, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(128, 128, 3),
        nn.ReLU(),
        nn.Conv2d(128, 4, 3),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.Flatten(),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--steps", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    network, pictures = encoder(), torch.rand(options.batch, 3, 128, 128)
    step = lambda: network(pictures).square().sum().backward()
    for _ in range(2):
        step()
    start = time.process_time()
    for _ in range(options.steps):
        step()
    cpu = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": cpu, "steps": options.steps, "peak_mib": peak}))
