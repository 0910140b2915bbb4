"""The confidence of a cell, and below which a cell is dropped, from validation images."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from neurocyte.instances import chance_of_match
from neurocyte.metrics.matching import THRESHOLDS
from neurocyte.metrics.reliability import Reliability, reliability
from neurocyte.models.config import ConfidenceConfig
from neurocyte.training.scoring import Judged

# Fewer cells, or fewer of either kind, say too little.
LEAST_CELLS, LEAST_OF_A_KIND = 50, 10
# Ridge penalty on the weights of standardised features: few images must not drive them to extremes.
RIDGE = 1.0
LEAST = tuple(round(0.05 * step, 2) for step in range(11))
# Of the pooled IoU of the foreground that dropping cells may cost: dropped pieces of a large cell are missing
# from the covered area too.
MOST_LOST = 0.01


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


def choose_least(judged: Sequence[Judged], settings: ConfidenceConfig) -> float:
    """Choose the confidence below which cells are dropped, by the mean mAP of the images.

    Limits that cost the foreground more than `MOST_LOST` are out of the question.

    Args:
        judged: images that do not judge the network, with all cells that were found.
        settings: the regression.

    Returns:
        The best of `LEAST`; of equals the lowest.
    """
    chances = [chance_of_match(one.features, settings) for one in judged]

    def mean_ap(least: float) -> float:
        kept = [one.ious[chance >= least] for one, chance in zip(judged, chances, strict=True)]
        pairs = zip(kept, judged, strict=True)
        return float(np.mean([_mean_ap(ious, one.scores.n_true) for ious, one in pairs]))

    floor = _foreground_iou(judged, chances, 0.0) - MOST_LOST
    possible = [least for least in LEAST if _foreground_iou(judged, chances, least) >= floor]
    return max(possible, key=lambda least: (mean_ap(least), -least))


def _foreground_iou(
    judged: Sequence[Judged], chances: Sequence[npt.NDArray[np.float32]], least: float
) -> float:
    """The pooled IoU of the cells that are kept with the true ones, 1 where there is neither."""
    kept = [chance >= least for chance in chances]
    found = sum(int(one.areas[which].sum()) for one, which in zip(judged, kept, strict=True))
    shared = sum(int(one.inside[which].sum()) for one, which in zip(judged, kept, strict=True))
    true = sum(one.scores.pixels.tp + one.scores.pixels.fn for one in judged)
    union = found + true - shared
    return shared / union if union else 1.0


def _mean_ap(ious: npt.NDArray[np.float64], true: int) -> float:
    """The mAP of an image of which each found cell's best IoU is known: above 0.5 no cell matches twice."""
    hits = (ious > np.asarray(THRESHOLDS)[:, None]).sum(axis=1)
    union = len(ious) + true - hits
    return float(np.divide(hits, union, out=np.ones(len(hits)), where=union > 0).mean())


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
