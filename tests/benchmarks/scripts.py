"""Small programs that the benchmarks run as whole processes."""

EXAMPLE = "sum((Y-W2*W1*X1)**2)"
VALUES = ["--x1", "2,3,4,5", "--w1", "1,1,1,1", "--w2", "1,2,3,4", "--y", "1,1,1,1"]

EMPTY_TYPER = """
import typer
app = typer.Typer(rich_markup_mode=None)
@app.command()
def one(): pass
@app.command()
def two(): pass
app()
"""

TORCH_EXAMPLE = """
import json, torch
d = torch.float64
x = torch.tensor([2, 3, 4, 5], dtype=d, requires_grad=True)
w1 = torch.tensor([1, 1, 1, 1], dtype=d, requires_grad=True)
w2 = torch.tensor([1, 2, 3, 4], dtype=d, requires_grad=True)
y = torch.tensor([1, 1, 1, 1], dtype=d, requires_grad=True)
loss = ((y - w2 * w1 * x) ** 2).sum()
loss.backward()
print(json.dumps({"value": loss.item(), **{n: v.grad.tolist() for n, v in dict(x=x, w1=w1, w2=w2, y=y).items()}}))
"""

SYMPY_EXAMPLE = """
import sympy as s
n = 4
X, W1, W2, Y = (s.symbols(f"{k}0:{n}", real=True) for k in ("x", "w", "v", "y"))
f = sum((Y[i] - W2[i] * W1[i] * X[i]) ** 2 for i in range(n))
at = {**dict(zip(X, [2, 3, 4, 5])), **dict(zip(W1, [1] * 4)), **dict(zip(W2, [1, 2, 3, 4])), **dict(zip(Y, [1] * 4))}
print([f.diff(v).subs(at) for v in (*X, *W1, *W2, *Y)])
"""

TORCH_FILES = """
import sys, numpy as np, torch
torch.set_num_threads(1)
folder = sys.argv[1]
x, w1, w2, y = (torch.from_numpy(np.load(f"{folder}/{n}.npy")).requires_grad_() for n in ("X1", "W1", "W2", "Y"))
loss = ((y - w2 * w1 * x) ** 2).sum()
loss.backward()
print(loss.item(), *(v.grad[0].item() for v in (x, w1, w2, y)))
"""
