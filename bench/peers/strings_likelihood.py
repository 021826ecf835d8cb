"""The exact likelihood of strings under programs, and its gradient by the 225 evaluator parameters.

A program becomes a Thompson NFA, once: its shape is cached. Under given parameters all programs of a
batch are evaluated together. With E the weights of the arcs that emit nothing, (I - E)^-1 sums all
empty paths, including endless rounds through empty loops, and the forward algorithm over characters
sums all parses. The gradient is written by hand (forward-backward), because backpropagation through the
steps would record several small operations for every character.
"""

from functools import lru_cache

import numpy as np
from strings_programs import CHARACTERS, CLOSE, END, MAYBE, OPEN, OR, PLUS, STAR, encode

PARAMETERS = 225
OPERATORS = PARAMETERS - 3
"""The first operator logit: to continue a `*` or `+`, to have a `?`, to go left at a `|`."""
CERTAIN, AGAIN, STOP, PRESENT, ABSENT, LEFT, RIGHT = range(7)
"""What the weight of an arc that emits nothing depends on."""
SILENT = 102
"""The 'atom' of padding and of the position before the string: it emits no character."""
NO_CHARACTER = CHARACTERS
"""Pads strings: no atom emits it."""

_DIGITS, _UPPER, _LOWER = [*range(16, 26)], [*range(33, 59)], [*range(65, 91)]
CLASSES = [[*range(CHARACTERS)], _DIGITS, [0, 95], _DIGITS + _UPPER + _LOWER, _LOWER, _UPPER]
"""The members of `.` `\\d` `\\s` `\\w` `\\l` `\\u`, whose logits follow one another."""
_CLASS_OF_LOGIT = np.repeat(np.arange(6), [len(members) for members in CLASSES])
_CHARACTER_OF_LOGIT = np.concatenate(CLASSES)


class Automaton:
    """A program's NFA. State 0 begins; `sources` and `targets` are the ends of the arcs that emit `atoms`,
    after an imaginary first arc into state 0 that stands for the beginning of the string."""

    def __init__(self, tokens):
        self.states, self._empty = 1, []
        self._emitting = [(0, SILENT, 0)]
        self.end = self._add(_Reader(tokens).either(), 0)
        self.sources, self.atoms, self.targets = np.array(self._emitting).T
        self.empty = np.array(self._empty, dtype=np.int64).reshape(-1, 3)

    def _state(self):
        self.states += 1
        return self.states - 1

    def _add(self, node, start):
        """Adds a node's states; returns where it ends. Nothing else ever leaves from `start`."""
        operator, *parts = node
        if operator == "sequence":
            for part in parts:
                start = self._add(part, start)
            return start
        end = self._state()
        if operator == "atom":
            self._emitting.append((start, parts[0], end))
        elif operator == PLUS:
            body_end = self._add(parts[0], start)
            self._empty += [(body_end, start, AGAIN), (body_end, end, STOP)]
        elif operator == STAR:
            body_end = self._branch(parts[0], start, AGAIN)
            self._empty += [(body_end, start, CERTAIN), (start, end, STOP)]
        elif operator == MAYBE:
            body_end = self._branch(parts[0], start, PRESENT)
            self._empty += [(body_end, end, CERTAIN), (start, end, ABSENT)]
        else:
            for part, side in zip(parts, (LEFT, RIGHT)):
                self._empty.append((self._branch(part, start, side), end, CERTAIN))
        return end

    def _branch(self, node, start, kind):
        begin = self._state()
        self._empty.append((start, begin, kind))
        return self._add(node, begin)


automaton = lru_cache(maxsize=50_000)(Automaton)
"""The automaton of a tuple of tokens. Memory members come back at every visit."""


class _Reader:
    """Reads canonical tokens into a tree: `|` nests to the right, operators bind tightest."""

    def __init__(self, tokens):
        self._tokens, self._at = (*tokens, END), 0

    def either(self):
        left = self._sequence()
        if self._tokens[self._at] != OR:
            return left
        self._at += 1
        return (OR, left, self.either())

    def _sequence(self):
        items = []
        while self._tokens[self._at] not in (OR, CLOSE, END):
            items.append(self._item())
        return items[0] if len(items) == 1 else ("sequence", *items)

    def _item(self):
        token = self._tokens[self._at]
        self._at += 1
        item = ("atom", token)
        if token == OPEN:
            item = self.either()
            self._at += 1
        operator = self._tokens[self._at]
        if operator in (STAR, PLUS, MAYBE):
            self._at += 1
            item = (operator, item)
        return item


def pad_strings(concepts):
    """Characters `[concepts, strings, longest]` and lengths `[concepts, strings]`."""
    encoded = [[encode(string) for string in strings] for strings in concepts]
    lengths = np.array([[len(string) for string in strings] for strings in encoded])
    characters = np.full((*lengths.shape, lengths.max()), NO_CHARACTER)
    characters[np.arange(lengths.max()) < lengths[..., None]] = [
        index for strings in encoded for string in strings for index in string
    ]
    return characters, lengths


class Evaluator:
    """The probabilities behind the 225 logits."""

    def __init__(self, logits):
        logits = logits.astype(np.float64)
        exponentials = np.exp(logits[:OPERATORS] - logits[:OPERATORS].max())
        totals = np.bincount(_CLASS_OF_LOGIT, exponentials)
        self._members = exponentials / totals[_CLASS_OF_LOGIT]
        self.emissions = np.zeros((SILENT + 1, CHARACTERS + 1))
        self.emissions[np.arange(CHARACTERS), np.arange(CHARACTERS)] = 1.0
        self.emissions[CHARACTERS + _CLASS_OF_LOGIT, _CHARACTER_OF_LOGIT] = self._members
        self._operators = 1.0 / (1.0 + np.exp(-logits[OPERATORS:]))
        both = np.stack([self._operators, 1.0 - self._operators], axis=1)
        self.empty_weights = np.concatenate([[1.0], both.ravel()])

    def gradient(self, emitted, kinds):
        """By the logits, from expected emissions `[atom * 97 + character]` and from the gradient by the
        weight of each kind of empty arc."""
        counts = emitted.reshape(SILENT + 1, CHARACTERS + 1)[CHARACTERS + _CLASS_OF_LOGIT, _CHARACTER_OF_LOGIT]
        totals = np.bincount(_CLASS_OF_LOGIT, counts)
        slopes = self._operators * (1.0 - self._operators)
        return np.concatenate(
            [counts - totals[_CLASS_OF_LOGIT] * self._members, slopes * (kinds[1::2] - kinds[2::2])]
        )


class Compiled:
    """A batch of programs under given parameters, all arrays `[programs, ...]` padded to the largest."""

    def __init__(self, programs, evaluator):
        automata = [automaton(program) for program in programs]
        self.evaluator = evaluator
        sizes = np.array([len(a.atoms) for a in automata])
        filled = np.arange(sizes.max()) < sizes[:, None]
        self.atoms = np.full(filled.shape, SILENT)
        self.sources, self.targets = np.zeros_like(self.atoms), np.zeros_like(self.atoms)
        for name in ("atoms", "sources", "targets"):
            getattr(self, name)[filled] = np.concatenate([getattr(a, name) for a in automata])
        self.owner = np.repeat(np.arange(len(automata)), [len(a.empty) for a in automata])
        self.empty = np.concatenate([a.empty for a in automata]).T
        self._close(max(a.states for a in automata), np.array([a.end for a in automata]))

    def _close(self, states, ends):
        """Sums the empty paths: `moves[n, i, j]` leads from position i to before j emits."""
        start, end, kind = self.empty
        weights = np.zeros((len(ends), states, states))
        np.add.at(weights, (self.owner, start, end), self.evaluator.empty_weights[kind])
        self.closure, self.ends = np.linalg.inv(np.eye(states) - weights), ends
        row = np.arange(len(ends))
        self.moves = self.closure[row[:, None, None], self.targets[:, :, None], self.sources[:, None, :]]
        self.exits = self.closure[row[:, None], self.targets, ends[:, None]]

    def log_probs(self, characters, lengths):
        """log p(all strings | program) `[programs]`; a program that fails is dropped as soon as it does."""
        result = np.full(len(lengths), -np.inf)
        alive, total = np.arange(len(lengths)), np.zeros(len(lengths))
        moves, exits, atoms = self.moves, self.exits[:, None], self.atoms[:, None] * (CHARACTERS + 1)
        mass = self._beginning(lengths)
        for step in range(characters.shape[-1] + 1):
            left = np.where(lengths == step, (mass * exits).sum(-1), mass.sum(-1))
            left[lengths < step] = 1.0
            possible = (left > 0.0).all(-1)
            if not possible.all():
                alive, total, moves, exits, atoms, mass, left, characters, lengths = (
                    array[possible] for array in (alive, total, moves, exits, atoms, mass, left, characters, lengths)
                )
            total += np.log(left).sum(-1)
            if step < characters.shape[-1]:
                emitted = self.evaluator.emissions.take(atoms + characters[:, :, step, None])
                mass = (mass / left[..., None]) @ moves * emitted
        result[alive] = total
        return result

    def _beginning(self, lengths):
        mass = np.zeros((*lengths.shape, self.atoms.shape[1]))
        mass[..., 0] = 1.0
        return mass

    def gradient(self, characters, lengths, weights):
        """The gradient by the 225 logits of the weighted sum of log-probabilities, all of them finite."""
        masses, scales, cells = self._forward(characters, lengths)
        emitted = np.zeros(self.evaluator.emissions.size)
        by_moves, by_exits = np.zeros_like(self.moves), np.zeros_like(self.exits)
        rest = np.zeros_like(masses[0])
        for step in range(characters.shape[-1], -1, -1):
            ending = weights[:, None] * (lengths == step) / scales[step]
            by_exits += np.einsum("ns,nsp->np", ending, masses[step])
            rest += ending[..., None] * self.exits[:, None]
            if step > 0:
                emitted += np.bincount(cells[step].ravel(), (masses[step] * rest).ravel(), emitted.size)
                rest = self.evaluator.emissions.take(cells[step]) * rest / scales[step - 1][..., None]
                by_moves += masses[step - 1].transpose(0, 2, 1) @ rest
                rest = rest @ self.moves.transpose(0, 2, 1)
        return self.evaluator.gradient(emitted, self._by_kind(by_moves, by_exits))

    def _forward(self, characters, lengths):
        """For each step the masses before their division by the scale, the scales, and the addresses of
        the emissions in their table. The scale at a string's end is its probability of ending there."""
        masses, scales, cells = [self._beginning(lengths)], [], [None]
        for step in range(characters.shape[-1] + 1):
            mass = masses[-1]
            scale = np.where(lengths == step, (mass * self.exits[:, None]).sum(-1), mass.sum(-1))
            scales.append(np.where(lengths < step, 1.0, scale))
            if step < characters.shape[-1]:
                cells.append(self.atoms[:, None] * (CHARACTERS + 1) + characters[:, :, step, None])
                moved = (mass / scales[-1][..., None]) @ self.moves
                masses.append(moved * self.evaluator.emissions.take(cells[-1]))
        return masses, scales, cells

    def _by_kind(self, by_moves, by_exits):
        """From moves and exits to the weights of the empty arcs: dE = C^T dC C^T for C = (I - E)^-1."""
        by_closure = np.zeros_like(self.closure)
        row = np.arange(len(self.ends))
        np.add.at(by_closure, (row[:, None, None], self.targets[:, :, None], self.sources[:, None, :]), by_moves)
        np.add.at(by_closure, (row[:, None], self.targets, self.ends[:, None]), by_exits)
        transposed = self.closure.transpose(0, 2, 1)
        by_weight = transposed @ by_closure @ transposed
        start, end, kind = self.empty
        return np.bincount(kind, by_weight[self.owner, start, end], 7)
