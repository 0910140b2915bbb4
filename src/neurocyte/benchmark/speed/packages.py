"""What installed packages take on disk, alone and with all that they need."""

from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import neurocyte


def installed_size(name: str, extra: str = "") -> dict[str, Any] | None:
    """Sum up the files of a package and of the packages that it needs, as they are installed here.

    Args:
        name: of the distribution.
        extra: of its optional dependencies.

    Returns:
        ``name``, ``version``, ``own`` bytes, ``total`` bytes with all that it needs, ``needs``, how many
        packages these are, and ``missing``, which of them are not installed; None: it is not installed.
    """
    try:
        first = distribution(name)
    except PackageNotFoundError:
        return None
    sizes: dict[str, int] = {}
    missing: set[str] = set()
    waiting: list[tuple[str, str]] = [(canonicalize_name(name), extra)]
    seen: set[tuple[str, str]] = set()
    while waiting:
        package, wanted = waiting.pop()
        if (package, wanted) in seen:
            continue
        seen.add((package, wanted))
        try:
            found = distribution(package)
        except PackageNotFoundError:
            missing.add(package)
            continue
        sizes[package] = _own_size(package, found)
        waiting += _needs(found, wanted)
    return {
        "name": f"{name}[{extra}]" if extra else name,
        "version": first.version,
        "own": sizes[canonicalize_name(name)],
        "total": sum(sizes.values()),
        "needs": len(sizes) - 1,
        "missing": sorted(missing),
    }


def _needs(found: Distribution, extra: str) -> list[tuple[str, str]]:
    needed: list[tuple[str, str]] = []
    for line in found.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            name = canonicalize_name(requirement.name)
            needed += [(name, ""), *((name, one) for one in requirement.extras)]
    return needed


def _own_size(name: str, found: Distribution) -> int:
    if name == "neurocyte":
        # Installed for development it lists none of its files.
        files: Any = Path(neurocyte.__file__).parent.rglob("*")
    else:
        files = (Path(str(found.locate_file(file))) for file in found.files or ())
    return sum(file.stat().st_size for file in files if file.is_file() and file.suffix != ".pyc")
