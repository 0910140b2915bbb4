"""This room needs neurocyte[train]; a core-only environment does not collect it."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") and find_spec("lightning") else ["test_*.py", "*/test_*.py"]
