"""Scripts of benchmarks/ and tools/ as modules."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]


def load(script: str) -> ModuleType:
    """Run a script's definitions.

    Args:
        script: its path from the root, without the suffix: ``benchmarks/mosaic``.

    Returns:
        The module; it also stands in sys.modules, where dataclasses look theirs up.
    """
    spec = importlib.util.spec_from_file_location(f"script_{Path(script).name}", ROOT / f"{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
