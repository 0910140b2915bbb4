"""`neurocyte train` in a process of its own.

In the viewer's process it would make the viewer stutter, and could end it: torch's triton and Mesa's OpenGL
each bring an LLVM, and loading the one after the other is a segmentation fault.
"""

import os
import shlex
import signal
import subprocess  # nosec B404
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from neurocyte.errors import UsageError
from neurocyte.models.folder import ONNX_NAME

_POLL_SECONDS = 0.3
# A shell's number for a program that Ctrl-C ended, and the command's for a run that it ended early.
_INTERRUPTED = 130


@dataclass(frozen=True)
class TrainSettings:
    """What to train.

    Args:
        data: folder with images/ and labels/.
        run: folder of the run; becomes the model folder.
        epochs: number of passes over the data.
        encoder_weights: "imagenet", "none" or a safetensors file.
        pixel_size_um: of the images, None if unknown.
        options: further options of `neurocyte train`, as they are typed there.
    """

    data: Path
    run: Path
    epochs: int
    encoder_weights: str = "imagenet"
    pixel_size_um: float | None = None
    options: str = ""

    def arguments(self) -> list[str]:
        """Return the command's arguments; raises UsageError where the options have an open quote."""
        arguments = ["train", str(self.data), "-o", str(self.run), "--format", "labels", "--quiet"]
        arguments += ["--epochs", str(self.epochs), "--encoder-weights", self.encoder_weights]
        if self.pixel_size_um is not None:
            arguments += ["--pixel-size", f"{self.pixel_size_um:g}"]
        try:
            return arguments + shlex.split(self.options)
        except ValueError as exc:
            raise UsageError(
                f"The further options cannot be read ({exc}): write them as for the command."
            ) from exc


def run_training(
    settings: TrainSettings,
    tell: Callable[[float], None],
    stopped: Event,
    command: tuple[str, ...] = (sys.executable, "-m", "neurocyte"),
) -> Path:
    """Train in a process of its own.

    Args:
        settings: what to train.
        tell: told the share of the epochs done.
        stopped: when set, training ends after the current step and keeps its best epoch so far.
        command: how neurocyte's command line is started.

    Returns:
        The model folder.

    Raises:
        UsageError: training failed or was stopped before its first epoch was over, in the command's words.
    """
    arguments = [*command, *settings.arguments()]
    with tempfile.TemporaryFile() as errors:
        # The arguments are a list, no shell reads them, and its first is this Python.
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=errors)  # noqa: S603  # nosec B603
        try:
            asked = False
            while not _ended(process):
                if stopped.is_set() and not asked:
                    _interrupt(process)
                    asked = True
                tell(min(1.0, _epochs(settings.run / "history.csv") / settings.epochs))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().splitlines()
    if process.returncode in (0, _INTERRUPTED) and (settings.run / ONNX_NAME).is_file():
        return settings.run
    raise UsageError(
        said[-1] if said else f"Training ended without a model in {settings.run}: see its files."
    )


def _epochs(history: Path) -> int:
    try:
        return max(0, len(history.read_text(encoding="utf-8").splitlines()) - 1)
    except OSError:
        return 0


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Ask for an end as Ctrl-C does; Windows knows no such thing between windows: there it ends at once."""
    if os.name == "nt":
        process.terminate()
    else:
        process.send_signal(signal.SIGINT)


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Wait a little for the end."""
    try:
        process.wait(_POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True
