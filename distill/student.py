"""The student: a character and the word that contains it -> embeddings -> BiLSTM -> weighted sum -> head -> unit length.

The weighted sum is taken over the hidden states and over the embeddings beside them, and the head is a linear map plus a
small ReLU network: both cost next to nothing, as they run once a text and not once a character.

The embedding tables are trained as they are shipped, rounded to a few bits a number with one scale a row: the rounding
is applied wherever a row is used, and its gradient goes to the unrounded row (straight-through).

Gates are kept in the order of ONNX (input, output, forget, cell), so that export needs no conversion. There are two
ways through the recurrence: PyTorch's own LSTM in float32 (export, GPUs), and `FastScan` in bfloat16, which trains 1.7
times as fast on a CPU with AVX-512 bf16. Vectors and gradients of the two differ by 0.1 to 0.4 %.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class Sizes:
    """The sizes of a student. `chars` and `words` count ids: 0 is padding and 1 is unknown in both tables."""

    chars: int
    words: int
    char_width: int = 256
    word_width: int = 128
    hidden: int = 256
    dims: int = 512
    head: int = 1024
    table_bits: int = 4

    @property
    def inputs(self):
        return self.char_width + self.word_width

    @property
    def pooled(self):
        return 2 * self.hidden + self.inputs


def rounded(rows, bits):
    """Rows [..., W] -> whole numbers of a given number of bits, symmetric, and their scales [..., 1], exact in float16."""
    most = 2 ** (bits - 1) - 1
    scale = (rows.abs().amax(-1, keepdim=True) / most).clamp(min=1e-4).half().float()
    return (rows / scale).round().clamp(-most, most), scale


def as_shipped(rows, bits):
    """The values that rounded rows have; `bits` of 32 leaves them alone."""
    if bits == 32:
        return rows
    whole, scale = rounded(rows, bits)
    return whole * scale


class FastScan(torch.autograd.Function):
    """One direction of an LSTM over x [L, B, I], matrix products in bfloat16, cell state and gates in float32.

    All inputs are projected in one product, and all weight gradients are summed up in one product behind the loop. What
    a step needs is worked out in small reused buffers: on one core the memory is as scarce as the arithmetic.
    """

    @staticmethod
    def forward(ctx, x, w_in, w_rec, bias, reverse):
        length, batch, _ = x.shape
        hidden = w_rec.shape[1]
        w_in, w_rec = w_in.bfloat16(), w_rec.bfloat16()
        z = torch.addmm(bias.bfloat16(), x.flatten(0, 1), w_in.t()).view(length, batch, 4 * hidden)
        gates = torch.empty_like(z)
        cells = x.new_empty(length, batch, hidden, dtype=torch.float32)
        out = torch.empty_like(cells, dtype=torch.bfloat16)
        gate, squashed = cells.new_empty(batch, 4 * hidden), cells.new_empty(batch, hidden)
        enter, leave, stay, candidate = gate.split(hidden, 1)
        before = None
        for t in reversed(range(length)) if reverse else range(length):
            gate.copy_(z[t] if before is None else torch.addmm(z[t], out[before], w_rec.t()))
            candidate.mul_(2)
            gate.sigmoid_()
            candidate.mul_(2).sub_(1)
            cell = torch.mul(enter, candidate, out=cells[t])
            if before is not None:
                cell.addcmul_(stay, cells[before])
            gates[t] = gate
            out[t] = tanh(cell, squashed).mul_(leave)
            before = t
        ctx.save_for_backward(x, w_in, w_rec, gates, cells, out)
        ctx.reverse = reverse
        return out

    @staticmethod
    def backward(ctx, grad_out):
        x, w_in, w_rec, gates, cells, out = ctx.saved_tensors
        length, batch, hidden = out.shape
        grad_z = torch.empty_like(gates)
        gate, slope, grad_gate = (cells.new_empty(batch, 4 * hidden) for _ in range(3))
        enter, leave, stay, candidate = gate.split(hidden, 1)
        grad_enter, grad_leave, grad_stay, grad_candidate = grad_gate.split(hidden, 1)
        squashed, bend = (cells.new_empty(batch, hidden) for _ in range(2))
        grad_cell = cells.new_zeros(batch, hidden)
        order = list(range(length)) if ctx.reverse else list(reversed(range(length)))
        for at, t in enumerate(order):
            before = order[at + 1] if at + 1 < length else None
            grad = grad_out[t].float()
            if at > 0:
                grad += grad_z[order[at - 1]] @ w_rec
            gate.copy_(gates[t])
            tanh(cells[t], squashed)
            grad_cell.addcmul_(grad, torch.mul(squashed, squashed, out=bend).neg_().add_(1).mul_(leave))
            torch.mul(grad_cell, candidate, out=grad_enter)
            torch.mul(grad, squashed, out=grad_leave)
            if before is None:
                grad_stay.zero_()
            else:
                torch.mul(grad_cell, cells[before], out=grad_stay)
            torch.mul(grad_cell, enter, out=grad_candidate)
            torch.mul(gate, gate, out=slope)  # sigmoid' = s - s^2, tanh' = 1 - t^2
            torch.sub(gate[:, : 3 * hidden], slope[:, : 3 * hidden], out=slope[:, : 3 * hidden])
            slope[:, 3 * hidden :].neg_().add_(1)
            grad_z[t] = grad_gate.mul_(slope)
            grad_cell.mul_(stay)
        flat = grad_z.flatten(0, 1)
        grad_in = flat.t() @ x.flatten(0, 1)
        later, earlier = (grad_z[:-1], out[1:]) if ctx.reverse else (grad_z[1:], out[:-1])
        grad_rec = later.flatten(0, 1).t() @ earlier.flatten(0, 1)
        grad_bias = flat.sum(0, dtype=torch.float32)
        return (flat @ w_in).view_as(x), grad_in.float(), grad_rec.float(), grad_bias, None


def tanh(x, out):
    """tanh as 2 sigmoid(2x) - 1, because PyTorch's tanh on a CPU takes ten times as long as its sigmoid."""
    return torch.mul(x, 2, out=out).sigmoid_().mul_(2).sub_(1)


class Student(torch.nn.Module):
    """The trained encoder. `forward` takes embedded characters, because training holds the tables' rows itself."""

    def __init__(self, sizes, fast=False):
        super().__init__()
        self.sizes, self.fast = sizes, fast
        self.char_table = torch.nn.Parameter(torch.randn(sizes.chars, sizes.char_width) * 0.1)
        self.word_table = torch.nn.Parameter(torch.randn(sizes.words, sizes.word_width) * 0.1)
        with torch.no_grad():
            self.char_table[0] = 0
            self.word_table[:2] = 0
        bound = sizes.hidden**-0.5

        def uniform(*shape):
            return torch.nn.Parameter(torch.empty(*shape).uniform_(-bound, bound))

        self.w_in = uniform(2, 4 * sizes.hidden, sizes.inputs)
        self.w_rec = uniform(2, 4 * sizes.hidden, sizes.hidden)
        self.bias = uniform(2, 4 * sizes.hidden)
        self.proj = torch.nn.Linear(sizes.pooled, sizes.dims)
        self.up = torch.nn.Linear(sizes.pooled, sizes.head)
        self.down = torch.nn.Linear(sizes.head, sizes.dims, bias=False)

    def states(self, x):
        """[L, B, I] -> the hidden states of both directions [L, B, 2 H]."""
        if self.fast:
            x = x.bfloat16()
            both = [FastScan.apply(x, self.w_in[d], self.w_rec[d], self.bias[d], d == 1) for d in (0, 1)]
            return torch.cat(both, -1).float()
        hidden = self.sizes.hidden
        iofc = torch.arange(4 * hidden, device=x.device).view(4, hidden)
        order = iofc[[0, 2, 3, 1]].flatten()  # PyTorch's order: input, forget, cell, output
        flat = []
        for d in (0, 1):
            bias = self.bias[d][order]
            flat += [self.w_in[d][order], self.w_rec[d][order], bias, torch.zeros_like(bias)]
        start = x.new_zeros(2, x.shape[1], hidden)
        return torch._VF.lstm(x, (start, start), flat, True, 1, 0.0, self.training, True, False)[0]

    def forward(self, x, weights):
        """x [L, B, char width + word width], weights [L, B] -> unit vectors [B, dims]."""
        pooled = torch.cat([(part * weights[..., None]).sum(0) for part in (self.states(x), x)], -1)
        return F.normalize(self.proj(pooled) + self.down(torch.relu(self.up(pooled))), dim=-1)

    def lookup(self, chars, words):
        """Ids [L, B] -> x [L, B, char width + word width], as the shipped tables have it."""
        rows = (self.char_table[chars], self.word_table[words])
        return torch.cat([as_shipped(each, self.sizes.table_bits) for each in rows], -1)

    @torch.no_grad()
    def embed(self, data, rows, batch=256):
        """The vectors of these rows of a `Data`, float32, in the order of `rows`. Empty rows become zero vectors."""
        training = self.training
        self.eval()
        out = torch.zeros(len(rows), self.sizes.dims, device=self.proj.weight.device)
        for at in data.groups(rows, batch):
            chars, words, weights = (part.to(out.device) for part in data.batch(rows[at]))
            out[torch.from_numpy(at).to(out.device)] = self(self.lookup(chars, words), weights)
        self.train(training)
        return out
