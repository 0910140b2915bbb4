from pathlib import Path

import pytest

from neurocyte import processor
from neurocyte.processor import has_int8_products, processor_features

CPUINFO = Path("/proc/cpuinfo")


def test_the_processors_own_list_says_the_same() -> None:
    if not CPUINFO.is_file() or "flags" not in CPUINFO.read_text():
        pytest.skip("this system lists no processor features in /proc/cpuinfo")
    flags = next(line for line in CPUINFO.read_text().splitlines() if line.startswith("flags")).split()
    processor_features.cache_clear()
    assert has_int8_products() == bool({"avx_vnni", "avx512_vnni", "amx_int8"} & set(flags))
    names = {
        "avx": "x86_avx",
        "avx2": "x86_avx2",
        "avx512f": "x86_avx512f",
        "amx_bf16": "x86_avx512_core_amx_bf16",
    }
    assert {name for flag, name in names.items() if flag in flags} == processor_features() & set(
        names.values()
    )


def test_openvino_is_asked() -> None:
    library = processor._library()
    if library is None:
        pytest.skip("OpenVINO's library is not where its wheels have it")
    # Every x86-64 of the last ten years answers yes; a name that is not there is a no.
    text = CPUINFO.read_text() if CPUINFO.is_file() else ""
    assert processor._ask(library, "with_cpu_x86_avx2") == (" avx2" in text)
    assert not processor._ask(library, "with_cpu_x86_of_another_kind")
