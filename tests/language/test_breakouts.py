"""Attempts to get out of the language: each is refused in words, and nothing is run, opened or imported for it.

In the spirit of simpleeval's test_security.py; most attempts are from published holes of other evaluators (simpleeval,
asteval, numexpr, RestrictedPython, pandas, SymPy). Python's own audit events say what happened.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command_runs import run

DANGEROUS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen", "socket.", "ctypes.", "pickle.")
DANGEROUS_TOO = ("os.remove", "os.rename", "os.mkdir", "shutil.", "urllib.", "code.__new__", "webbrowser.", "pty.spawn")

_events: list[str] | None = None


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if _events is None:
        return
    if event.startswith(DANGEROUS + DANGEROUS_TOO):
        _events.append(event)
    elif event == "open" and isinstance(args[0], (str, bytes)):
        path, mode = str(args[0]), str(args[1] or "r")
        if set(mode) & set("wax+") or "PWNED" in path or "passwd" in path:
            _events.append(f"open {path!r} {mode}")
    elif event == "exec" and args[0].co_filename.startswith("<string") and not _of_python():
        _events.append(f"exec of {args[0].co_filename}")


def _of_python() -> bool:
    """Whether Python's own libraries are at it: they evaluate annotations and write the methods of dataclasses."""
    return sys._getframe(2).f_globals["__name__"] in ("typing", "inspect", "dataclasses", "collections")


@pytest.fixture(scope="module", autouse=True)
def _listening() -> None:
    run("grad", "x", "--x", "1")  # imports what opens its own files
    sys.addaudithook(_listen)  # cannot be removed: it looks away while no test listens


@pytest.fixture
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    global _events
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a module that is first imported here writes no file
    _events = []
    yield _events
    _events = None
    assert list(tmp_path.iterdir()) == []


ATTEMPTS = [
    # Attributes: from a harmless object to the machine.
    "x.__class__.__mro__[1].__subclasses__()",
    "x.__class__.__base__.__subclasses__()[40]('/etc/passwd').read()",
    "().__class__.__bases__[0].__subclasses__()",
    "(1).__class__",
    "1.0.__class__",
    "x.T.__class__",
    "x.mT.__init__.__globals__['os']",
    "x.sum.__globals__",
    "x.sum().__class__",
    "sum.__call__(x)",
    "x._op",
    "x.op.forward",
    "x.operands",
    "x.data",
    "x.grad_fn.next_functions",
    "x.base.ctypes.data",
    "x.tobytes()",
    "x.tofile('PWNED')",
    "x.dump('PWNED')",
    "x.dumps()",
    "x.__reduce__()",
    "x.__array_interface__",
    "x.__apply_op__",
    "x.view('O')",
    "x.astype(object)",
    "x.item.__self__",
    "np.ctypeslib.os.system('touch PWNED')",
    "numpy.load('evil.npy', allow_pickle=True)",
    "np.lib.npyio.os.system('touch PWNED')",
    "torch.load('PWNED')",
    "math.__loader__.load_module('os')",
    "pd.compat.os.system('touch PWNED')",
    "@pd.compat.os.system('touch PWNED')",
    # Builtins and modules by name.
    "__import__('os').system('touch PWNED')",
    "eval('1')",
    'exec(\'open("PWNED", "w")\')',
    "compile('1', 'a', 'eval')",
    "open('PWNED', 'w')",
    "open('/etc/passwd')",
    "getattr(x, '__class__')",
    "setattr(x, 'data', 1)",
    "globals()",
    "locals()",
    "vars()",
    "dir()",
    "type(x)",
    "object()",
    "help()",
    "breakpoint()",
    "input()",
    "exit()",
    "quit()",
    "print(x)",
    "memoryview(x)",
    "range(10)",
    "str(x)",
    "bytes(10**10)",
    "os.system('touch PWNED')",
    "sys.exit()",
    "subprocess.run('touch PWNED')",
    "__builtins__",
    "__loader__",
    "__name__",
    "builtins.open",
    "SystemExit",
    'sympify(\'__import__("os").system("touch PWNED")\')',
    "lambdify(x, '1')",
    "parse_expr('1')",
    "Symbol('x')",
    "Function('f')(x)",
    # Syntax that makes code, strings or control flow.
    "lambda: x",
    "(lambda f: f(f))(lambda f: f(f))",
    "[i for i in ().__class__.__bases__]",
    "{i for i in x}",
    "{i: i for i in x}",
    "sum(__import__('os').system('x') for i in x)",
    "(y := x)",
    "f'{x.__class__}'",
    'f\'{open("PWNED", "w")}\'',
    "'{0.__class__}'.format(x)",
    "'%s' % x",
    "'a' + 'b'",
    "b'a'",
    "'a' * 10000000000",
    "x if x else x",
    "x and __import__('os')",
    "not x",
    "await x",
    "yield x",
    "*x",
    "print(*x)",
    "sum(**x)",
    "x[__import__('os')]",
    "x['__class__']",
    "x[lambda: 1]",
    "x[(y := 1)]",
    "x[open('PWNED', 'w'):]",
    "import os",
    "from os import system",
    "import os; x",
    "def f(): pass",
    "class A: pass",
    "raise SystemExit",
    "assert x",
    "del x",
    "global x",
    "while 1: pass",
    "for i in x: pass",
    "with open('PWNED', 'w') as f: pass",
    "try: pass\nexcept: pass",
    "return x",
    "@x\ndef f(): pass",
    "x.data = 1; x",
    "x[0] = 1; x",
    "x += 1; x",
    "x: int = 1; x",
    "a, b = x, x; a",
    "a = b = x; a",
    "print = x; print(x)",
    "__class__ = x; __class__",
    # Arguments: keywords that reach into NumPy.
    "sum(x, dtype='O')",
    "sum(x, out=x)",
    "max(x, key=sum)",
    "sum(x, axis=open('PWNED', 'w'))",
    "sum(x, axis=x.__class__)",
    "sum(x, axis='__class__')",
    "reshape(x, shape=__import__('os').system('touch PWNED'))",
    "einsum('i,i->', x, x, optimize=open)",
    "einsum(x.__class__, x)",
    "norm(x, ord='__import__(\"os\")')",
    "pad(x, 1, mode=__import__)",
    "zeros(3, dtype='O')",
    "full(3, open('PWNED', 'w'))",
    "fromfile('/etc/passwd')",
    "loadtxt('/etc/passwd')",
    "memmap('PWNED')",
    "save('PWNED', x)",
    "savetxt('PWNED', x)",
    "vectorize(x)",
    "apply_along_axis(print, 0, x)",
    "frompyfunc(print, 1, 1)",
    "piecewise(x, [x > 0], [print])",
    # Text that is not what it seems.
    "__\U0001d422mport__('os').system('touch PWNED')",
    "x.__\uff43lass__",
    "\uff45\uff56\uff41\uff4c('1')",
    "\u212fval('1')",
    "ex\u00adec('1')",
    "eval\u200b('1')",
    "\u202e)'1'(lave",
    "x.\\\n__class__",
    "\"'\" + str(__import__('os').system('touch PWNED')) + \"'\"",
    "'''' + eval('1') + '''",
    "x # \n; import os",
    "x; # eval\n__import__('os')",
    "\x0c__import__('os')",
    "x\r__import__('os')",
    "x\x00; import os",
    "${IFS}",
    "$(touch PWNED)",
    "`touch PWNED`",
    "x; touch PWNED",
    "x | touch PWNED",
    "%timeit x",
    "!touch PWNED",
    "<script>alert(1)</script>",
    "{{7*'7'}}",
    "../../../etc/passwd",
]


@pytest.mark.parametrize("text", ATTEMPTS)
def test_an_expression_does_not_get_out(text: str, events: list[str]) -> None:
    status, out, err = run("grad", text, "--x", "1,2,3")
    assert status in (2, 3)
    assert out == ""
    assert err.startswith("error[AG")
    assert "AG999" not in err
    assert events == []


@pytest.mark.parametrize("text", ATTEMPTS)
def test_a_value_does_not_get_out(text: str, events: list[str]) -> None:
    status, out, err = run("grad", "sum(x)", "--check", "none", "--no-formula", f"--x={text}")
    assert (status, out) == (3, "")
    assert err.startswith("error[AG6")
    assert events == []


@pytest.mark.parametrize(
    "words",
    [
        ("grad", "x", "--x", "1", "--grad-tensor", "__import__('os').system('touch PWNED')"),
        ("grad", "x", "--x", "1", "--var", "__import__('os')=1"),
        ("grad", "x", "--x", "1", "--wrt", "__import__('os')"),
        ("grad", "x", "--x", "1", "--get", "x.__class__"),
        ("grad", "x", "--x", "1", "--format", "__import__('os')"),
        ("grad", "x", "--x", "1", "--rtol", "__import__('os')"),
        ("grad", "x", "--x", "1", "--seed", "eval('1')"),
        ("grad", "x", "--x", "@|touch PWNED"),
        ("grad", "x", "--x", "@http://127.0.0.1:1/x.npy"),
        ("grad", "x", "--x", "@ftp://127.0.0.1/x.csv"),
        ("grad", "@`touch PWNED`", "--x", "1"),
        ("functions", "__import__('os')"),
        ("functions", "sum.__globals__"),
        ("explain", "__import__('os').system('touch PWNED')"),
        ("__import__('os')",),
    ],
)
def test_no_other_word_gets_out(words: tuple[str, ...], events: list[str]) -> None:
    status, out, err = run(*words)
    assert status in (1, 2, 3)
    assert out == ""
    assert err.startswith("error[AG")
    assert "AG999" not in err
    assert events == []


PICKLE = base64.b64decode("Y3Bvc2l4CnN5c3RlbQooUyd0b3VjaCBQV05FRCcKdFIu")
"""Runs ``touch PWNED`` when it is loaded."""


def npy(header: str, data: bytes = b"") -> bytes:
    padded = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded + data


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.npy", PICKLE),
        ("x.npy", npy("__import__('os').system('touch PWNED')")),
        ("x.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", PICKLE)),
        ("x.npy", npy("{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,), }", PICKLE)),
        ("x.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (10**9**9,), }")),
        ("x.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", b"\0" * 8)),
        ("x.npy", npy("{" * 5000)),
        ("x.npz", PICKLE),
        ("x.json", b'{"__class__": "os"}'),
        ("x.json", b"[\"__import__('os')\"]"),
        ("x.json", b"[1e400000000000000000000, {}]"),
        ("x.csv", b"=cmd|' /C calc'!A0,1\n"),
        ("x.csv", b"__import__('os').system('touch PWNED')\n"),
        ("x.txt", b"__import__('os').system('touch PWNED')"),
        ("x.txt", b"eval('1')"),
        ("x.yaml", b"!!python/object/apply:os.system ['touch PWNED']"),
        ("x.pkl", PICKLE),
    ],
)
def test_a_file_does_not_get_out(
    name: str, content: bytes, tmp_path_factory: pytest.TempPathFactory, events: list[str]
) -> None:
    path = tmp_path_factory.mktemp("data") / name
    path.write_bytes(content)
    events.clear()  # what this test itself wrote
    status, out, err = run("grad", "sum(x)", "--x", f"@{path}")
    assert (status, out) == (3, "")
    assert err.startswith("error[AG6")
    assert events == []


def test_the_listener_hears_what_it_should(events: list[str], tmp_path: Path) -> None:
    eval("1")
    assert events
    events.clear()
    (tmp_path / "PWNED").write_text("")
    assert events
    (tmp_path / "PWNED").unlink()


NAMES = ["N", "S", "O", "Q", "I", "E1", "oo", "zoo", "Symbol", "lambdify", "os", "np", "sp", "eval", "exec", "print"]


@pytest.mark.parametrize(
    "name", [*NAMES, "lambda_", "self", "torch", "id", "type", "input", "_", "_x", "x_0", "e", "pi"]
)
def test_a_name_of_somebody_else_is_a_name_like_any_other(name: str, events: list[str]) -> None:
    assert run("grad", f"sum({name}**2)", "--var", f"{name}=1,2", "--get", name)[:2] == (0, "2,4\n")
    assert events == []
