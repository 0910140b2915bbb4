"""The confidence of a cell, fitted on validation images."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from neurocyte.instances import chance_of_match
from neurocyte.metrics.reliability import Reliability, reliability
from neurocyte.models.config import ConfidenceConfig
from neurocyte.training.scoring import Judged

# Fewer cells, or fewer of either kind, say too little.
LEAST_CELLS, LEAST_OF_A_KIND = 50, 10
# Ridge penalty on the weights of standardised features: few images must not drive them to extremes.
RIDGE = 1.0


def calibrate(judged: Sequence[Judged]) -> ConfidenceConfig | None:
    """Fit the chance of a match by a logistic regression.

    Args:
        judged: images that the network has not learned from and that do not judge it.

    Returns:
        The regression; None where too few cells are found or too few (mis)match.
    """
    features = np.concatenate([one.features for one in judged]).astype(np.float64)
    matched = np.concatenate([one.matched for one in judged])
    count, right = len(matched), int(matched.sum())
    if count < LEAST_CELLS or min(right, count - right) < LEAST_OF_A_KIND:
        return None
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    design = np.column_stack([(features - mean) / spread, np.ones(count)])
    signs = np.where(matched, 1.0, -1.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (design @ weights)
        penalty = np.append(weights[:-1], 0.0)
        slope = -signs / (1 + np.exp(np.clip(margins, -80, 80)))
        value = np.logaddexp(0, -margins).sum() + RIDGE / 2 * (penalty**2).sum()
        return float(value), design.T @ slope + RIDGE * penalty

    found = minimize(loss, np.zeros(design.shape[1]), jac=True).x
    weights = found[:-1] / spread
    a, b, c, d, e = (round(float(w), 6) for w in weights)
    return ConfidenceConfig((a, b, c, d, e), round(float(found[-1] - weights @ mean), 6), count, right)


def reliability_of(
    judged: Sequence[Judged], settings: Sequence[ConfidenceConfig | None]
) -> Reliability | None:
    """Compare the confidences of judged cells with their matches.

    Args:
        judged: images that had no part in the fit.
        settings: of each image, its model's; None where that is not calibrated.

    Returns:
        The curve over the images whose model is calibrated; None without such a cell.
    """
    pairs = [(one, its) for one, its in zip(judged, settings, strict=True) if its is not None]
    return reliability(
        [chance_of_match(one.features, its) for one, its in pairs], [one.matched for one, _ in pairs]
    )
