"""Programs of the string domain: 109 tokens, their text form, and the mask of what may come next.

The same language as the library's: literals 0..95, classes 96..101, `*` `+` `?`, `|`, `(`, `)`, end.
What may come next depends on the *kinds* of the tokens so far, so a mask is a set of six kinds. The
grammar leaves only canonical programs that fit the length limit. Its states are numbered as they are
met and their transitions kept in a table, so that a whole batch advances by one array look-up.
"""

import random

import numpy as np

CHARACTERS = 96
"""Printable ASCII, then the tab."""
TOKENS = 109
STAR, PLUS, MAYBE, OR, OPEN, CLOSE, END = range(102, 109)
ATOM_KIND, POSTFIX_KIND, OR_KIND, OPEN_KIND, CLOSE_KIND, END_KIND = range(6)
KINDS = np.array([ATOM_KIND] * 102 + [POSTFIX_KIND] * 3 + [OR_KIND, OPEN_KIND, CLOSE_KIND, END_KIND])
"""The kind of each token."""
MASKS = (np.arange(64)[:, None] >> KINDS[None, :]) & 1 == 1
"""Row m: the tokens that the set of kinds m (bit k is kind k) allows."""

PLAIN = {".": 96, "*": STAR, "+": PLUS, "?": MAYBE, "|": OR, "(": OPEN, ")": CLOSE}
ESCAPED = {"d": 97, "s": 98, "w": 99, "l": 100, "u": 101, "t": 95}


def encode(text):
    """The alphabet's indices of a string's characters."""
    return [95 if character == "\t" else ord(character) - 32 for character in text]


def parse_text(text):
    """The tokens of a program's text form."""
    tokens, characters = [], iter(text)
    for character in characters:
        if character == "\\":
            escaped = next(characters)
            tokens.append(ESCAPED[escaped] if escaped in ESCAPED else ord(escaped) - 32)
        else:
            tokens.append(PLAIN.get(character) if character in PLAIN else encode(character)[0])
    return tuple(tokens)


NOTHING, ITEM, OPERATED, BRACKET, LONE_CHOICE = range(5)
"""What was written last in a branch. A BRACKET has no `|` and must take an operator; a LONE_CHOICE is a
bracket with `|`, first in its branch, and needs an operator or an item after it."""


class Grammar:
    """Canonical programs of at most `max_tokens` tokens, as a table that grows with the states met.

    A state is the tokens left and a stack of levels (items in the branch up to 2, has a `|`, last).
    """

    def __init__(self, max_tokens):
        self._numbers, self._states = {}, []
        self._next = np.full((1024, 6), -1)
        self.masks = np.zeros(1024, dtype=np.int64)
        self.start = self._number((max_tokens, ((0, False, NOTHING),)))

    def step(self, states, tokens):
        """The states after one more allowed token each."""
        kinds = KINDS[tokens]
        after = self._next[states, kinds]
        for i in np.flatnonzero(after < 0):
            after[i] = self._next[states[i], kinds[i]] = self._number(_after(self._states[states[i]], kinds[i]))
        return after

    def walk(self, seed):
        """A program drawn by choosing uniformly among the kinds that may come next, then among tokens."""
        draw, state, tokens = random.Random(seed), np.array([self.start]), []
        while True:
            kind = draw.choice([kind for kind in range(6) if self.masks[state[0]] >> kind & 1])
            token = draw.choice(np.flatnonzero(KINDS == kind).tolist())
            if token == END:
                return tuple(tokens)
            tokens.append(token)
            state = self.step(state, np.array([token]))

    def _number(self, state):
        if state not in self._numbers:
            number = self._numbers[state] = len(self._states)
            self._states.append(state)
            if number == len(self.masks):
                self.masks = np.concatenate([self.masks, np.zeros_like(self.masks)])
                self._next = np.concatenate([self._next, np.full_like(self._next, -1)])
            self.masks[number] = sum(1 << kind for kind in range(6) if _is_allowed(state, kind))
        return self._numbers[state]


def _is_allowed(state, kind):
    """Whether the grammar lets `kind` follow and the program can still be finished in time."""
    remaining, stack = state
    items, has_choice, last = stack[-1]
    complete, nested = last in (ITEM, OPERATED), len(stack) > 1
    if kind == END_KIND:
        return complete and not nested
    legal = {
        ATOM_KIND: last != BRACKET,
        OPEN_KIND: last != BRACKET,
        POSTFIX_KIND: last in (ITEM, BRACKET, LONE_CHOICE),
        OR_KIND: complete,
        CLOSE_KIND: complete and nested and (has_choice or items >= 2),
    }[kind]
    return legal and remaining > 0 and _needed(_after(state, kind)[1]) < remaining


def _after(state, kind):
    remaining, stack = state
    *outer, (items, has_choice, last) = stack
    if kind == ATOM_KIND:
        outer += [(min(items + 1, 2), has_choice, ITEM)]
    elif kind == POSTFIX_KIND:
        outer += [(items, has_choice, OPERATED)]
    elif kind == OR_KIND:
        outer += [(0, True, NOTHING)]
    elif kind == OPEN_KIND:
        outer += [stack[-1], (0, False, NOTHING)]
    elif kind == CLOSE_KIND:
        before, parent_choice, _ = outer.pop()
        written = BRACKET if not has_choice else ITEM if before else LONE_CHOICE
        outer += [(min(before + 1, 2), parent_choice, written)]
    return max(remaining - 1, 0), tuple(outer)


def _needed(stack):
    """The fewest tokens that finish a program: atoms and closing brackets are never longer."""
    items, has_choice, last = stack[-1]
    missing = max((1 if len(stack) == 1 or has_choice else 2) - items, 0)
    here = {BRACKET: 1 + missing, LONE_CHOICE: 1}.get(last, missing)
    return here + sum(_closing(stack, level) for level in range(1, len(stack)))


def _closing(stack, level):
    """The fewest tokens from closing a level to where its parent could be closed."""
    (before, parent_choice, _), (_, has_choice, _) = stack[level - 1], stack[level]
    if before:
        return 1 + (not has_choice)
    return 2 + (not has_choice and level > 1 and not parent_choice)
