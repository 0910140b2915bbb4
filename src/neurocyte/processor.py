"""What the processor can compute in one instruction, asked of OpenVINO."""

import ctypes
from functools import cache
from pathlib import Path

from neurocyte.telemetry import no_telemetry

with no_telemetry():
    import openvino as ov

# OpenVINO's own questions to the processor; its list of capabilities has INT8 for every one.
_PREFIX = "with_cpu_"
FEATURES = (
    *("x86_sse42", "x86_avx", "x86_avx2", "x86_avx2_vnni", "x86_avx2_vnni_2"),
    *("x86_avx512f", "x86_avx512_core", "x86_avx512_core_vnni", "x86_avx512_core_fp16", "x86_bfloat16"),
    *("x86_avx512_core_amx_int8", "x86_avx512_core_amx_bf16", "x86_avx512_core_amx_fp16"),
    *("neon_fp16", "arm_dotprod", "arm_i8mm", "sve"),
)
_INT8_PRODUCTS = {"x86_avx2_vnni", "x86_avx512_core_vnni", "x86_avx512_core_amx_int8"}


@cache
def processor_features() -> frozenset[str]:
    """Give those of `FEATURES` that the processor has; none where OpenVINO cannot be asked."""
    library = _library()
    return frozenset(name for name in FEATURES if library is not None and _ask(library, _PREFIX + name))


def has_int8_products() -> bool:
    """Tell whether the processor sums int8 products in one instruction (AVX-VNNI, AVX-512 VNNI, AMX-INT8).

    Without such an instruction an int8 network takes as long as a float one, or longer.

    Returns:
        False also where OpenVINO cannot be asked, and for processors that are not x86.
    """
    return not _INT8_PRODUCTS.isdisjoint(processor_features())


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
