"""A packed model, or a model folder, among the user's models."""

import shutil
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from neurocyte.errors import ModelError, UsageError
from neurocyte.models.config import CONFIG_NAME, ModelConfig
from neurocyte.models.folder import ModelInfo, bundled_names, describe_model, read_card
from neurocyte.models.library import check_name, folder_name, user_models
from neurocyte.sharing.parts import PARTS, verify
from neurocyte.sharing.unpack import unpack


def import_model(source: Path, name: str | None = None, *, overwrite: bool = False) -> ModelInfo:
    """Put a model where `--model NAME` finds it: whole and checked, or not at all.

    Args:
        source: a zip file (see `neurocyte.sharing.unpack`) or a model folder, which is copied.
        name: to find it by; None for what the model is called.
        overwrite: replace a model of that name.

    Returns:
        What it is.

    Raises:
        ModelError: the file or folder is damaged, dangerous or holds no model.
        UsageError: the name is taken or cannot be one, or the folder cannot be written.
    """
    if name is not None:
        check_name(name)
    home = user_models()
    temporary = home / f".{uuid.uuid4().hex}"
    try:
        temporary.mkdir(parents=True)
        _fill(temporary, source)
        name = name or folder_name(ModelConfig.load(temporary).name)
        _check_free(name, home, overwrite)
        _place(temporary, home / name)
    except OSError as exc:
        reason = exc.strerror or exc
        raise UsageError(
            f"{home} cannot be written ({reason}): check the permissions and the space."
        ) from exc
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return describe_model(home / name)


def look_into(file: Path) -> tuple[ModelInfo, str]:
    """Describe a packed model without importing it.

    Args:
        file: the zip file.

    Returns:
        What it is, under the name that an import would give it, and its card.

    Raises:
        ModelError: the file is damaged, dangerous or holds no model.
    """
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _fill(folder, file)
        info = replace(describe_model(folder), name=folder_name(ModelConfig.load(folder).name), path=file)
        return info, read_card(folder)


def _fill(folder: Path, source: Path) -> None:
    try:
        if source.is_dir():
            for part in PARTS:
                if (source / part).is_file():
                    shutil.copyfile(source / part, folder / part)
        else:
            unpack(source, folder)
        if not (folder / CONFIG_NAME).is_file():
            raise ModelError(f"{source} holds no {CONFIG_NAME}; name a model folder or a packed model.")
        verify(folder)
        describe_model(folder)
    except ModelError as exc:
        # The user named the source and knows nothing of a temporary folder.
        raise ModelError(str(exc).replace(str(folder), str(source))) from exc


def _check_free(name: str, home: Path, overwrite: bool) -> None:
    if name in bundled_names():
        raise UsageError(f"{name} is a model that ships with neurocyte; choose another name by --name.")
    if (home / name).exists() and not overwrite:
        raise UsageError(
            f"There is a model {name} already in {home}; choose another name by --name, or replace it by "
            "--overwrite."
        )


def _place(new: Path, target: Path) -> None:
    old = new.with_name(f"{new.name}-old")
    replaced = target.exists()
    if replaced:
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if replaced:
            with suppress(OSError):
                old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
