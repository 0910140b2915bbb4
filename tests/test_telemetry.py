import subprocess
import sys
from pathlib import Path

import pytest

from neurocyte.telemetry import no_telemetry

PROGRAM = """
import sys
events = []
sys.addaudithook(lambda event, args: events.append((event, args)) if event in watched else None)
watched = {"socket.connect", "socket.getaddrinfo", "open"}
import neurocyte.segmentation, neurocyte.runtime
neurocyte.runtime.supports_bf16()
import time
time.sleep(0.2)
print("network" if any(event.startswith("socket") for event, _ in events) else "quiet")
print("written" if any("w" in str(args[1]) for event, args in events if event == "open") else "untouched")
print("openvino_telemetry" in sys.modules)
"""


def test_inference_reports_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    run = subprocess.run([sys.executable, "-B", "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["quiet", "untouched", "False"]
    assert list(tmp_path.iterdir()) == []


def test_the_module_is_hidden_only_within_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "openvino_telemetry", raising=False)
    with no_telemetry(), pytest.raises(ImportError):
        __import__("openvino_telemetry")
    assert "openvino_telemetry" not in sys.modules


def test_a_module_that_is_there_already_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino_telemetry", sys)
    with no_telemetry():
        assert sys.modules["openvino_telemetry"] is sys
    assert sys.modules["openvino_telemetry"] is sys
