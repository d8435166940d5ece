#!/usr/bin/env python3
"""Runs the shell blocks of the READMEs, in order, as a new user would, in fresh directories.

Rust blocks are compiled as doc tests, configuration blocks are read by tests. This script runs the
rest: every `sh` block must succeed, every `json` and `toml` block must parse. `cargo test
--workspace` is left out: it is a step of its own. What is shown is run, not measured: in the
profile that is built already.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
READMES = [
    "README.md",
    "README.zh-CN.md",
    "crates/leadtag/README.md",
    "crates/leadtag-cli/README.md",
]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.M | re.S)


def in_built_profile(line: str) -> str:
    """The same command without the optimisation, which would take minutes."""
    line = line.replace(" --release", "")
    return line.replace("cargo install", "cargo install --debug")


def run(script: str, cwd: pathlib.Path, env: dict) -> bool:
    """Runs one block; lines that begin with cargo run in the repository."""
    lines = [
        f"(cd {ROOT} && {in_built_profile(line)})" if line.startswith("cargo ") else line
        for line in script.splitlines()
        if line.strip() != "cargo test --workspace"
    ]
    body = "set -euo pipefail; set -m\n" + "\n".join(lines)
    done = subprocess.run(["bash", "-c", body], cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode:
        print(f"--- failed with {done.returncode}:\n{script}\n{done.stdout}\n{done.stderr}")
    return done.returncode == 0


def main() -> int:
    passed = failed = 0
    seen = set()
    with tempfile.TemporaryDirectory() as scratch:
        env = dict(os.environ, CARGO_INSTALL_ROOT=f"{scratch}/installed", TMPDIR=scratch)
        env["PATH"] = f"{scratch}/installed/bin:{env['PATH']}"
        for readme in READMES:
            work = pathlib.Path(scratch, "work", readme)
            work.mkdir(parents=True)
            for kind, body in BLOCK.findall((ROOT / readme).read_text(encoding="utf-8")):
                if kind == "sh" and body not in seen or kind == "sh" and "cargo" not in body:
                    ok = run(body, work, env)
                elif kind == "json":
                    ok = bool(json.loads(body))
                elif kind == "toml":
                    ok = bool(tomllib.loads(body))
                else:
                    continue
                seen.add(body)
                passed, failed = passed + ok, failed + (not ok)
    print(f"README blocks: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
