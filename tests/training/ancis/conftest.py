"""These rooms need neurocyte[train]: a core-only environment does not collect them."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") and find_spec("timm") else ["test_*.py"]
