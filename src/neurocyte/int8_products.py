"""Does the processor multiply int8 numbers faster than floats?"""

import ctypes
from functools import cache
from pathlib import Path

from neurocyte.telemetry import no_telemetry

with no_telemetry():
    import openvino as ov

# OpenVINO's own questions to the processor; the list of capabilities has INT8 for every processor.
_QUESTIONS = ("with_cpu_x86_avx2_vnni", "with_cpu_x86_avx512_core_vnni", "with_cpu_x86_avx512_core_amx_int8")


@cache
def has_int8_products() -> bool:
    """Tell whether the processor sums int8 products in one instruction (AVX-VNNI, AVX-512 VNNI, AMX-INT8).

    Without such an instruction an int8 network takes as long as a float one, or longer.

    Returns:
        False also where OpenVINO cannot be asked: processors that are not x86.
    """
    library = _library()
    return library is not None and any(_ask(library, name) for name in _QUESTIONS)


def _library() -> ctypes.CDLL | None:
    folder = Path(ov.__file__).parent / "libs"
    names = ("libopenvino.so*", "libopenvino.dylib", "libopenvino.*.dylib", "openvino.dll")
    found = [file for name in names for file in sorted(folder.glob(name))]
    return ctypes.CDLL(str(found[0])) if found else None


def _ask(library: ctypes.CDLL, name: str) -> bool:
    """Call `bool ov::NAME()`, which the library exports under a compiler's spelling: Itanium's or MSVC's."""
    for spelling in (f"_ZN2ov{len(name)}{name}Ev", f"?{name}@ov@@YA_NXZ"):
        question = getattr(library, spelling, None)
        if question is not None:
            question.restype, question.argtypes = ctypes.c_bool, []
            return bool(question())
    return False
