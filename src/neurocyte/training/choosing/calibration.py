"""The confidence of a cell, and below which a cell is dropped, from validation images."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from neurocyte.instances import chance_of_match, is_kept
from neurocyte.metrics.matching import THRESHOLDS
from neurocyte.metrics.reliability import Reliability, reliability
from neurocyte.models.config import CONFIDENCE_FEATURES, ConfidenceConfig, Limit
from neurocyte.training.scoring import Judged

# Fewer cells, or fewer of either kind, say too little.
LEAST_CELLS, LEAST_OF_A_KIND = 50, 10
# Ridge penalty on the weights of standardised features: few images must not drive them to extremes.
RIDGE = 1.0
LEAST = tuple(round(0.05 * step, 2) for step in range(11))
# Quantiles of the areas of found cells: from which area on a cell is spared.
SPARED = tuple(round(0.1 * step, 1) for step in range(1, 10))
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
    rounded = tuple(round(float(w), 6) for w in weights)
    return ConfidenceConfig(rounded, round(float(found[-1] - weights @ mean), 6), count, right)


def choose_limit(judged: Sequence[Judged], settings: ConfidenceConfig) -> ConfidenceConfig:
    """Choose which cells are dropped for being unsure, by the mean mAP of the images.

    Limits that cost the foreground more than `MOST_LOST` are out of the question.

    Args:
        judged: images that do not judge the network, with all cells that were found.
        settings: the regression.

    Returns:
        The settings with the best of `LEAST` and of the areas that `SPARED` stands for, or none spared; of
        equals the lowest confidence, and the smallest area.
    """
    chances = [chance_of_match(one.features, settings) for one in judged]
    areas = [_areas(one) for one in judged]
    sizes = sorted({round(float(size)) for size in np.quantile(np.concatenate(areas), SPARED)})
    floor = _foreground_iou(judged, [one > 0 for one in areas]) - MOST_LOST
    best, reached = Limit(), -1.0
    for least, spared in product(LEAST, [*sizes, None]):
        limit = Limit(least, spared)
        kept = [is_kept(chance, area, limit) for chance, area in zip(chances, areas, strict=True)]
        if _foreground_iou(judged, kept) < floor:
            continue
        pairs = zip(judged, kept, strict=True)
        score = float(np.mean([_mean_ap(one.ious[which], one.scores.n_true) for one, which in pairs]))
        if score > reached:
            best, reached = limit, score
    spared = None if best.spared is None or not best.least else int(best.spared)
    return replace(settings, least=best.least, spared=spared)


def _areas(judged: Judged) -> npt.NDArray[np.float32]:
    """The areas of the found cells in the model's pixels, whatever those of the image."""
    areas: npt.NDArray[np.float32] = np.exp(judged.features[:, CONFIDENCE_FEATURES.index("log_area")])
    return areas


def _foreground_iou(judged: Sequence[Judged], kept: Sequence[npt.NDArray[np.bool_]]) -> float:
    """The pooled IoU of the cells that are kept with the true ones, 1 where there is neither."""
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
