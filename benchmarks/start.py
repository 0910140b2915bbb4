"""From the command to the first call of the network: seconds by the clock and of the processor.

    python benchmarks/start.py IMAGE [--model NAME] [--rounds 5] [--json FILE]

`neurocyte segment IMAGE` is started in processes of its own and ended where it would run the network.
Bytecode is kept in a folder of the benchmark, as pip or the first start leaves it: where the environment
forbids Python to write it and nothing was compiled at install, Python compiles a thousand files at each
start, which takes longer than all else. "kept" is with networks that stay compiled between runs, the
default; "anew" is without.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# The runtime is imported late, so it is patched when it is.
CHILD = """
import importlib.abc, importlib.util, os, sys, time

class Stop(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "neurocyte.runtime":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def patched(module):
            run(module)
            module.Runtime.predict = first_call

        spec.loader.exec_module = patched
        return spec

def first_call(*_):
    print(time.time(), time.process_time(), flush=True)
    os._exit(0)

sys.meta_path.insert(0, Stop())
from neurocyte.cli import main
sys.exit(main(sys.argv[1:]) or "the network was never called")
"""


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("image", type=Path)
    parser.add_argument("--model", default="neurocyte-fast")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(arguments)
    seconds: dict[str, list[tuple[float, float]]] = {"kept": [], "anew": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The first start of each way fills the caches and does not count.
        for number in range(args.rounds + 1):
            for way, found in seconds.items():
                taken = start(args.image, args.model, folder, folder / "networks" if way == "kept" else None)
                found += [taken] if number else []
    result = {way: summed(found) for way, found in seconds.items()}
    for way, one in result.items():
        print(
            f"{way}: {one['wall']['median']:.2f} s by the clock ({one['wall']['least']:.2f} to "
            f"{one['wall']['most']:.2f}), {one['processor']['median']:.2f} s of the processor"
        )
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")
    return result


def start(image: Path, model: str, folder: Path, networks: Path | None) -> tuple[float, float]:
    """Start the command once.

    Args:
        image: what it is given.
        model: name or folder.
        folder: gets bytecode and results.
        networks: where compiled networks are kept; None: nowhere.

    Returns:
        Seconds by the clock and of the processor.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    environment["NEUROCYTE_CACHE"] = str(networks) if networks else ""
    call = ["segment", str(image), "-o", str(folder / "out"), "--model", model, "--overwrite", "--quiet"]
    begun = time.time()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *call], env=environment, capture_output=True, text=True, check=True
    )
    end, processor = map(float, done.stdout.split())
    return end - begun, processor


def summed(found: Sequence[tuple[float, float]]) -> dict[str, dict[str, float]]:
    """Give median, least and most of both clocks."""
    clocks = dict(zip(("wall", "processor"), zip(*found, strict=True), strict=True))
    return {
        name: {"median": statistics.median(values), "least": min(values), "most": max(values)}
        for name, values in clocks.items()
    }


if __name__ == "__main__":
    main()
