"""The drawings need neurocyte[train]: a core-only environment does not collect their tests."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.io.annotations.sample import Annotation, Dataset, Sample

collect_ignore_glob = [] if find_spec("torch") and find_spec("lightning") else ["test_*.py"]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """One grey image, 40 x 60, with one square cell."""
    labels = np.zeros((40, 60), np.uint16)
    labels[10:20, 10:30] = 1
    path = tmp_path_factory.mktemp("image") / "one.png"
    PillowImage.fromarray((60 + 100 * labels).astype(np.uint8)).save(path)
    return Sample("one", path, None, None, lambda: Annotation(labels, 0, 1, 0))


@pytest.fixture(scope="session")
def drawn(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What `measure` returns and the folder of its drawings."""
    from neurocyte.paper.context import Context
    from neurocyte.paper.drawings import measure
    from neurocyte.paper.settings import Settings

    out = tmp_path_factory.mktemp("out")
    context = Context(Dataset(out, "labels", (sample,)), out, Settings())
    return measure(context), context.figures


@pytest.fixture(scope="session")
def trace() -> Callable[..., Any]:
    """Trace a named architecture at 64 x 64; each is built once."""
    from neurocyte.networks import build_network
    from neurocyte.paper.drawings.trace import trace_network

    known: dict[tuple[Any, ...], Any] = {}

    def get(arch: str, **options: Any) -> Any:
        key = (arch, *sorted(options.items()))
        if key not in known:
            known[key] = trace_network(build_network(arch, **options), (3, 64, 64))
        return known[key]

    return get
