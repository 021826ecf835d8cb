"""The prior and the guide of the string model in PyTorch: LSTMs over packed sequences, and RobustFill.

Sequences are packed as in `torch.nn.utils.rnn.PackedSequence`: sorted by falling length and stored step
by step, so that the sequences still running at a step are a prefix and no work is spent on padding.
Token LSTMs come in two variants with one interface, `TableLstm` and `LibraryLstm`.
"""

import numpy as np
import torch
from strings_programs import CHARACTERS, END, END_KIND, MASKS, TOKENS
from torch import nn
from torch.nn.functional import cross_entropy, embedding

ALLOWED = torch.zeros(MASKS.shape).masked_fill_(~torch.from_numpy(MASKS), -torch.inf)
"""What to add to the logits under each mask."""


class Packing:
    """Where the steps of sequences of given lengths lie: row `rows[i, t]` is step t of sequence i.

    `order` sorts the sequences, `counts[t]` of them run at step t, and `mask` `[steps, sequences]` (in
    that order) marks the steps that exist; rows of steps that do not exist are 0.
    """

    def __init__(self, lengths):
        self.order = np.argsort(-lengths, kind="stable")
        self.mask = np.arange(lengths.max())[:, None] < lengths[self.order]
        self.counts = self.mask.sum(1).tolist()
        self.rows = np.zeros(self.mask.shape[::-1], dtype=np.int64)
        packed = np.zeros(self.mask.shape, dtype=np.int64)
        packed[self.mask] = np.arange(self.mask.sum())
        self.rows[self.order] = packed.T
        self.lengths = lengths

    def pack(self, padded):
        """Packs `[sequences, steps]`, padded, to `[rows]`."""
        return torch.from_numpy(padded[self.order].T[self.mask])


class _Recurrence(torch.autograd.Function):
    """An LSTM over packed tokens whose input projection is a table look-up, differentiated by hand.

    Recorded step by step, the backward pass would repeat the product with the weights' gradient and a
    dozen small operations for each step; here all steps share one product. Gates are in the order
    input, forget, output, candidate, so that one call squashes the first three.
    """

    @staticmethod
    def forward(ctx, table, recurrent, hidden, cell, tokens, counts, copies):
        width = recurrent.shape[0]
        gates = embedding(tokens, table).repeat_interleave(copies, 0)
        cells, squashed, states = (gates.new_empty(len(gates), width) for _ in range(3))
        at, previous_hidden, previous_cell = 0, hidden, cell
        for count in counts:
            now = slice(at, at + count * copies)
            advance(gates[now], recurrent, previous_hidden, previous_cell, cells[now], squashed[now], states[now])
            at, previous_hidden, previous_cell = now.stop, states[now], cells[now]
        ctx.save_for_backward(table, recurrent, hidden, cell, tokens, gates, cells, squashed, states)
        ctx.counts, ctx.copies = counts, copies
        return states

    @staticmethod
    def backward(ctx, by_states):
        table, recurrent, hidden, cell, tokens, gates, cells, squashed, states = ctx.saved_tensors
        width = recurrent.shape[0]
        ends = (np.cumsum(ctx.counts) * ctx.copies).tolist()
        starts = [0, *ends[:-1]]
        by_gates, before = torch.empty_like(gates), torch.empty_like(states)
        by_hidden, by_cell = torch.zeros_like(hidden), torch.zeros_like(hidden)
        for step in reversed(range(len(ends))):
            now, count = slice(starts[step], ends[step]), ends[step] - starts[step]
            earlier = slice(starts[step - 1], starts[step - 1] + count)
            before[now] = states[earlier] if step else hidden
            entry, forget, exit_, candidate = gates[now].chunk(4, 1)
            by_entry, by_forget, by_exit, by_candidate = by_gates[now].chunk(4, 1)
            upper, cell_upper = by_hidden[:count].add_(by_states[now]), by_cell[:count]
            torch.mul(upper, squashed[now], out=by_exit)
            cell_upper += torch.ops.aten.tanh_backward(upper * exit_, squashed[now])
            torch.mul(cell_upper, candidate, out=by_entry)
            torch.mul(cell_upper, cells[earlier] if step else cell, out=by_forget)
            torch.ops.aten.tanh_backward(cell_upper * entry, candidate, grad_input=by_candidate)
            sigmoids = by_gates[now, : 3 * width]
            torch.ops.aten.sigmoid_backward(sigmoids, gates[now, : 3 * width], grad_input=sigmoids)
            cell_upper *= forget
            torch.mm(by_gates[now], recurrent.t(), out=upper)
        by_rows = by_gates.view(len(tokens), ctx.copies, -1).sum(1)
        by_table = torch.zeros_like(table).index_add_(0, tokens, by_rows)
        return by_table, before.t() @ by_gates, by_hidden, by_cell, None, None, None


def advance(gates, recurrent, hidden, cell, new_cell, squashed, new_hidden):
    """One step: `gates` holds the inputs' part and receives the activated gates; then the cell, its tanh
    and the hidden state are written."""
    count, width = len(gates), len(recurrent)
    gates.addmm_(hidden[:count], recurrent)
    gates[:, : 3 * width].sigmoid_()
    gates[:, 3 * width :].tanh_()
    entry, forget, exit_, candidate = gates.chunk(4, 1)
    torch.mul(forget, cell[:count], out=new_cell).addcmul_(entry, candidate)
    torch.mul(exit_, torch.tanh(new_cell, out=squashed), out=new_hidden)


class TableLstm(nn.Module):
    """An LSTM whose input table holds the gates' pre-activations, bias included."""

    def __init__(self, vocabulary, hidden):
        super().__init__()
        self.table = nn.Parameter(torch.empty(vocabulary, 4 * hidden).uniform_(-1, 1) * hidden**-0.5)
        self.recurrent = nn.Parameter(torch.empty(hidden, 4 * hidden).uniform_(-1, 1) * hidden**-0.5)
        with torch.no_grad():
            self.table[:, hidden : 2 * hidden] += 1.0

    def forward(self, packing, tokens, hidden, cell, copies=1):
        """States `[rows * copies, hidden]` after each packed token, read by `copies` neighbours each.
        `hidden` and `cell` `[sequences * copies, hidden]` are in the packing's order."""
        return _Recurrence.apply(self.table, self.recurrent, hidden, cell, tokens, packing.counts, copies)

    def projections(self):
        """The gates' pre-activations by token, and the recurrent weights, as `advance` takes them."""
        return self.table, self.recurrent


class LibraryLstm(nn.Module):
    """`torch.nn.Embedding` and `torch.nn.LSTM` on padded batches, for which the library has a fused kernel."""

    def __init__(self, vocabulary, hidden):
        super().__init__()
        self.embedding, self.lstm = nn.Embedding(vocabulary, hidden), nn.LSTM(hidden, hidden)
        with torch.no_grad():
            self.lstm.bias_ih_l0[hidden : 2 * hidden] += 1.0

    def forward(self, packing, tokens, hidden, cell, copies=1):
        """As `TableLstm.forward`."""
        mask = torch.from_numpy(packing.mask)
        padded = torch.zeros(mask.shape, dtype=torch.int64).masked_scatter_(mask, tokens)
        inputs = self.embedding(padded.repeat_interleave(copies, 1))
        states, _ = self.lstm(inputs, (hidden[None].contiguous(), cell[None].contiguous()))
        return states[mask.repeat_interleave(copies, 1)]

    def projections(self):
        """As `TableLstm.projections`; the library's gate order is input, forget, candidate, output."""
        lstm = self.lstm
        table = self.embedding.weight @ lstm.weight_ih_l0.t() + lstm.bias_ih_l0 + lstm.bias_hh_l0
        entry, forget, candidate, exit_ = torch.cat([table, lstm.weight_hh_l0.t()]).chunk(4, 1)
        return torch.cat([entry, forget, exit_, candidate], 1).split([len(table), lstm.hidden_size])


class Programs:
    """A batch of programs laid out for scoring: packed inputs, targets and masks of each step."""

    def __init__(self, programs, grammar):
        lengths = np.array([len(program) + 1 for program in programs])
        targets = np.full((len(programs), lengths.max()), END)
        targets[np.arange(lengths.max()) < (lengths - 1)[:, None]] = np.concatenate(programs)
        inputs = np.roll(targets, 1, axis=1)
        inputs[:, 0] = END
        self.packing = Packing(lengths)
        self.inputs, self.targets = self.packing.pack(inputs), self.packing.pack(targets)
        self.masks = self.packing.pack(self._masks(targets, grammar))
        self.owners = self.packing.pack(np.broadcast_to(np.arange(len(programs))[:, None], targets.shape))

    @staticmethod
    def _masks(targets, grammar):
        states = np.full(len(targets), grammar.start)
        masks = np.empty_like(targets)
        for step in range(targets.shape[1]):
            masks[:, step] = grammar.masks[states]
            running = targets[:, step] != END
            states[running] = grammar.step(states[running], targets[running, step])
        return masks

    def log_probs(self, logits):
        """log p `[programs]` from the logits `[rows, 109]` of all steps."""
        steps = -cross_entropy(logits + embedding(self.masks, ALLOWED), self.targets, reduction="none")
        return logits.new_zeros(len(self.packing.order)).index_add(0, self.owners, steps)


class Start(nn.Module):
    """A learned initial vector."""

    def __init__(self, width):
        super().__init__()
        self.vector = nn.Parameter(torch.zeros(1, width))

    def forward(self, count):
        """The same vector for `count` sequences."""
        return self.vector.expand(count, -1)


class Prior(nn.Module):
    """A language model of programs."""

    def __init__(self, lstm, hidden):
        super().__init__()
        self.lstm, self.hidden, self.cell = lstm(TOKENS, hidden), Start(hidden), Start(hidden)
        self.output = nn.Linear(hidden, TOKENS)

    def forward(self, programs):
        """log p(z) `[programs]`."""
        count = len(programs.packing.order)
        states = self.lstm(programs.packing, programs.inputs, self.hidden(count), self.cell(count))
        return programs.log_probs(self.output(states))


class Encoding:
    """The strings of a batch of concepts, as the decoder attends to them.

    `last` is `[concepts * strings, hidden]`; `keys` and `values` are `[concepts * strings, longest, ...]`;
    `padding` `[concepts * strings, 1, longest]` is added to attention scores.
    """

    def __init__(self, strings, last, keys, values, padding):
        self.strings, self.last, self.keys, self.values, self.padding = strings, last, keys, values, padding

    def detach(self):
        """The same without its history."""
        return Encoding(self.strings, self.last.detach(), self.keys.detach(), self.values.detach(), self.padding)

    def attend(self, states):
        """Contexts `[concepts * strings, n, width]` of states `[concepts * strings, n, hidden]`."""
        scores = torch.baddbmm(self.padding, states, self.keys.transpose(1, 2))
        return scores.softmax(-1) @ self.values


class Guide(nn.Module):
    """RobustFill: an encoder for each string, a decoder copy for each string, a maximum over the copies."""

    def __init__(self, lstm, hidden, width):
        super().__init__()
        self.encoder, self.decoder = lstm(CHARACTERS + 1, hidden), lstm(TOKENS, hidden)
        self.hidden, self.cell, self.decoder_cell = Start(hidden), Start(hidden), Start(hidden)
        self.keys, self.values = nn.Linear(hidden, hidden, bias=False), nn.Linear(hidden, width, bias=False)
        self.base, self.output = nn.Linear(hidden, width), nn.Linear(width, TOKENS)

    def encode(self, characters, lengths):
        """Encodes strings `[concepts, strings, longest]`, whose padding doubles as the end of string."""
        strings = lengths.shape[1]
        ended = np.pad(characters, ((0, 0), (0, 0), (0, 1)), constant_values=CHARACTERS)
        ended = ended.reshape(-1, ended.shape[-1])
        packing = Packing(lengths.ravel() + 1)
        count = len(ended)
        states = self.encoder(packing, packing.pack(ended), self.hidden(count), self.cell(count))
        rows = torch.from_numpy(packing.rows)
        last = states.index_select(0, torch.from_numpy(packing.rows[np.arange(count), lengths.ravel()]))
        beyond = torch.arange(rows.shape[1]) > torch.from_numpy(lengths.reshape(-1, 1))
        padding = torch.zeros(beyond.shape).masked_fill_(beyond, -torch.inf)[:, None]
        keys, values = (
            layer(states).index_select(0, rows.flatten()).view(*rows.shape, -1) for layer in (self.keys, self.values)
        )
        return Encoding(strings, last, keys, values, padding)

    def forward(self, encoding, programs, concepts):
        """log q(z | X) `[programs]`, where `concepts` `[programs]` says whose strings each is given."""
        packing, strings = programs.packing, encoding.strings
        copies = (concepts[packing.order, None] * strings + np.arange(strings)).ravel()
        states = self.decoder(
            packing,
            programs.inputs,
            encoding.last.index_select(0, torch.from_numpy(copies)),
            self.decoder_cell(len(copies)),
            strings,
        )
        gather, scatter = self._by_string(concepts[programs.owners.numpy()], strings)
        contexts = encoding.attend(states.index_select(0, gather.flatten()).view(*gather.shape, -1))
        copied = self.base(states) + contexts.flatten(0, 1).index_select(0, scatter)
        pooled = copied.view(-1, strings, copied.shape[-1]).max(1).values
        return programs.log_probs(self.output(pooled.tanh()))

    @staticmethod
    def _by_string(owners, strings):
        """Which rows of the copies' states read each string, `[concepts * strings, most]`, and where each
        row is found there. `owners` `[program rows]` are the concepts."""
        order = np.argsort(owners, kind="stable")
        sizes = np.bincount(owners)
        place = np.empty_like(order)
        place[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        gather = np.zeros((len(sizes), strings, sizes.max()), dtype=np.int64)
        copy = np.arange(strings)
        rows = np.arange(len(owners))[:, None] * strings + copy
        gather[owners[:, None], copy, place[:, None]] = rows
        scatter = (owners[:, None] * strings + copy) * sizes.max() + place[:, None]
        return torch.from_numpy(gather).flatten(0, 1), torch.from_numpy(scatter.ravel())

    @torch.inference_mode()
    def sample(self, encoding, count, grammar):
        """`count` programs for each concept: a list of tuples of tokens, concept by concept."""
        strings, hidden = encoding.strings, encoding.last.shape[-1]
        concepts = len(encoding.last) // strings
        table, recurrent = self.decoder.projections()
        state = encoding.last[:, None].expand(-1, count, -1).reshape(-1, hidden).contiguous()
        cell = self.decoder_cell(len(state)).contiguous()
        written, row = [], np.arange(concepts)[:, None]
        slots = np.broadcast_to(np.arange(count), (concepts, count))
        states, drawn = np.full(slots.shape, grammar.start), np.full(slots.shape, END)
        running = np.ones(slots.shape, dtype=bool)
        while running.any():
            inputs = embedding(torch.from_numpy(drawn), table)[:, None].expand(-1, strings, -1, -1)
            advance(inputs.reshape(len(state), -1), recurrent, state, cell, cell, torch.empty_like(state), state)
            contexts = encoding.attend(state.view(len(encoding.last), -1, hidden))
            copied = self.base(state).view_as(contexts).add_(contexts)
            logits = self.output(copied.view(concepts, strings, *contexts.shape[1:]).amax(1).tanh_())
            # A finished program goes on writing ends, which nobody reads.
            masks = np.where(running, grammar.masks[states], 1 << END_KIND)
            drawn = draw(logits + embedding(torch.from_numpy(masks), ALLOWED))
            written.append(np.full((concepts, count), END))
            written[-1][row, slots] = drawn
            running &= drawn != END
            states[running] = grammar.step(states[running], drawn[running])
            most = running.sum(1).max()
            if most < running.shape[1]:
                # Running programs move to the front, and the columns that nobody needs are dropped.
                front = np.argsort(~running, axis=1, kind="stable")[:, :most]
                slots, states, drawn, running = (array[row, front] for array in (slots, states, drawn, running))
                index = torch.from_numpy(front).repeat_interleave(strings, 0)[..., None].expand(-1, -1, hidden)
                state, cell = (
                    part.view(len(index), -1, hidden).gather(1, index).view(-1, hidden) for part in (state, cell)
                )
        rows = np.stack(written, axis=-1).reshape(concepts * count, -1).tolist()
        return [tuple(tokens[: tokens.index(END)]) for tokens in rows]


def draw(logits):
    """One token for each row, as an array. Inverting the cumulative sum takes one random number a row;
    `torch.multinomial` takes one for each token."""
    cumulative = logits.softmax(-1).cumsum(-1, dtype=torch.float64)
    height = torch.rand(cumulative.shape[:-1], dtype=torch.float64) * cumulative[..., -1]
    return torch.searchsorted(cumulative, height[..., None], right=True).squeeze(-1).numpy()
