"""Maps as a network of flows gives them."""

import numpy as np
from scipy import ndimage

from neurocyte.models.config import FlowConfig
from neurocyte.training.flow_targets import own_flows


def maps_of(labels: np.ndarray, flow: np.ndarray | None = None) -> np.ndarray:
    """Return what a perfect network gives for labels (H, W), float32 (3, H, W), or one of another flow."""
    field = own_flows(labels) if flow is None else flow
    flows = 0.5 + field / (2 * FlowConfig().reach)
    return np.concatenate(((labels > 0)[None].astype(np.float32), flows)).astype(np.float32)


def hills() -> np.ndarray:
    """Maps (3, 190, 230) of a landscape: what is high is foreground, flows lead upwards, mostly."""
    rng = np.random.default_rng(3)
    heights = ndimage.gaussian_filter(rng.normal(size=(190, 230)), 4)
    heights /= heights.std()
    field = np.stack(np.gradient(heights)) / np.maximum(np.hypot(*np.gradient(heights)), 1e-9)
    noise = ndimage.gaussian_filter(rng.normal(size=field.shape), (0, 2, 2))
    field += 0.5 * noise / noise.std()
    maps = np.concatenate((1 / (1 + np.exp(-4 * heights))[None], 0.5 + field / (2 * FlowConfig().reach)))
    return maps.astype(np.float32)
