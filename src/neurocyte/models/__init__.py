"""The model folder: load, check, list."""

from neurocyte.models.config import ModelConfig
from neurocyte.models.folder import Model, ModelInfo, list_models, load_model

__all__ = ["Model", "ModelConfig", "ModelInfo", "list_models", "load_model"]
