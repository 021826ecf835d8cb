"""What the peer computes, compared with values worked out by hand and with slower ways to compute it."""

from math import inf, log

import numpy as np
import torch
from strings_likelihood import PARAMETERS, Compiled, Evaluator, pad_strings
from strings_networks import Guide, LibraryLstm, Packing, Prior, Programs, TableLstm
from strings_programs import Grammar, parse_text

BY_HAND = [
    ("a*", "aaa", 0.5**4),
    ("a+", "aaa", 0.5**3),
    ("a|b|c", "c", 0.25),
    ("(a|b)|c", "a", 0.25),
    (r"\d\u", "7Q", 0.1 / 26),
    (r"\s", "\t", 0.5),
    ("(a*)*", "", 2 / 3),
    ("(a?)+", "", 1 / 3),
    ("(a?)*", "a", 2 / 9),
    ("a?a?", "a", 0.5),
    ("a*a*", "a", 0.25),
    ("a|a", "a", 1.0),
    (r"\w|\d", "7", 0.5 / 62 + 0.05),
    ("a", "", 0.0),
]
"""Programs, strings and probabilities under uniform classes and operators at one half."""


def likelihoods_are_those_worked_out_by_hand():
    compiled = Compiled([parse_text(program) for program, _, _ in BY_HAND], Evaluator(np.zeros(PARAMETERS)))
    found = compiled.log_probs(*pad_strings([[string] for _, string, _ in BY_HAND]))
    expected = [log(p) if p > 0 else -inf for _, _, p in BY_HAND]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def likelihood_gradients_are_finite_differences():
    programs = [parse_text(p) for p in (r"((\u|\d)*-?)*", r"(\w|\d|.)+\s?", r"(((a?)*)?)+", r"(\u+\d*)+(-.*)?")]
    strings = pad_strings(
        [["AB12-C3-99", "", "A"], ["7A\t", "x", "ab"], ["aa", "", "a"], ["AB12CD34-xyz", "A", "Z-"]]
    )
    weights, logits = np.array([0.5, 0.25, 2.0, 1.0]), np.random.default_rng(11).normal(size=PARAMETERS)

    def value(logits):
        return weights @ Compiled(programs, Evaluator(logits)).log_probs(*strings)

    found = Compiled(programs, Evaluator(logits)).gradient(*strings, weights)
    moves = 1e-5 * np.eye(PARAMETERS)
    expected = [(value(logits + move) - value(logits - move)) / 2e-5 for move in moves]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


def recurrent_gradients_are_finite_differences():
    lstm, packing = TableLstm(7, 3).double(), Packing(np.array([2, 4, 1]))
    tokens = torch.tensor([1, 2, 3, 4, 5, 6, 0])
    starts = [torch.randn(6, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]

    def run(table, recurrent, *starts):
        parameters = {"table": table, "recurrent": recurrent}
        return torch.func.functional_call(lstm, parameters, (packing, tokens, *starts, 2))

    assert torch.autograd.gradcheck(run, (lstm.table, lstm.recurrent, *starts))


def both_lstms_compute_the_same():
    library, table = LibraryLstm(7, 4), TableLstm(7, 4)
    with torch.no_grad():
        for own, other in zip((table.table, table.recurrent), library.projections()):
            own.copy_(other)
        packing = Packing(np.array([2, 4, 1]))
        arguments = packing, torch.tensor([1, 2, 3, 4, 5, 6, 0]), torch.randn(6, 4), torch.randn(6, 4), 2
        torch.testing.assert_close(library(*arguments), table(*arguments))


def all_short_programs_have_probability_one_together():
    grammar, operators = Grammar(2), (102, 103, 104)
    programs = [(a,) for a in range(102)] + [(a, b) for a in range(102) for b in (*range(102), *operators)]
    with torch.no_grad():
        total = Prior(TableLstm, 8)(Programs(programs, grammar)).double().exp().sum()
    torch.testing.assert_close(total.item(), 1.0, rtol=0, atol=1e-5)


def samples_are_as_frequent_as_the_guide_says():
    torch.manual_seed(3)
    grammar, guide, draws = Grammar(1), Guide(TableLstm, 16, 16), 20_000
    with torch.no_grad():
        encoding = guide.encode(*pad_strings([["ab", "c"], ["12", ""]]))
        atoms = [(atom,) for atom in range(102)]
        concepts = np.repeat([0, 1], 102)
        expected = guide(encoding, Programs(atoms * 2, grammar), concepts).double().exp().view(2, 102).numpy()
        sampled = guide.sample(encoding, draws, grammar)
    counts = np.bincount(np.array(sampled).ravel() + np.repeat([0, 102], draws), minlength=204).reshape(2, 102)
    deviation = np.abs(counts - draws * expected) / np.sqrt(draws * expected)
    assert deviation.max() < 4.5, deviation.max()


def walks_through_the_masks_end_in_time():
    for limit in (1, 3, 5, 9, 30):
        grammar = Grammar(limit)
        programs = [grammar.walk(seed) for seed in range(200)]
        assert all(1 <= len(program) <= limit for program in programs)
        strings = pad_strings([["a"]] * len(programs))
        probabilities = Compiled(programs, Evaluator(np.zeros(PARAMETERS))).log_probs(*strings)
        assert (probabilities <= 1e-12).all()


CHECKS = [
    likelihoods_are_those_worked_out_by_hand,
    likelihood_gradients_are_finite_differences,
    recurrent_gradients_are_finite_differences,
    both_lstms_compute_the_same,
    all_short_programs_have_probability_one_together,
    samples_are_as_frequent_as_the_guide_says,
    walks_through_the_masks_end_in_time,
]


def check_all():
    """Runs all checks; the first that fails raises."""
    for check in CHECKS:
        check()
        print("ok:", check.__name__.replace("_", " "))
