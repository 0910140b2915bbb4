"""The combo loss: weighted cross-entropy plus Dice."""

from torch import Tensor, nn
from torch.nn.functional import logsigmoid

# Equation 3 adds 1 to numerator and denominator: an empty image with an empty prediction then costs nothing.
SMOOTH = 1.0


def weighted_cross_entropy(logits: Tensor, target: Tensor, beta: float) -> Tensor:
    """Return ``-mean(beta * y * log p + (1 - beta) * (1 - y) * log(1 - p))`` with ``p = sigmoid(logits)``.

    Args:
        logits: float, any shape.
        target: 0 or 1 (or a probability), same shape.
        beta: weight of the foreground in [0, 1]; above 0.5 punishes false negatives, below false positives.

    Returns:
        Scalar, at least 0.

    Source:
        Abbas & Abdulmunim 2023, Eq. 1, whose "y - log p" is a misprint for "y log p" (and whose "> 1 / < 1"
        for the effect of beta is one for "> 0.5 / < 0.5").
    """
    # log sigmoid in one step: sigmoid first would round to 0 or 1 at |logit| > 17 and give log 0.
    positive = beta * target * logsigmoid(logits)
    negative = (1 - beta) * (1 - target) * logsigmoid(-logits)
    return -(positive + negative).mean()


def dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return ``1 - (2 * sum(y p) + 1) / (sum(y) + sum(p) + 1)`` over the whole batch.

    Args:
        logits: float, any shape.
        target: 0 or 1, same shape.

    Returns:
        Scalar, within [0, 1] but for the smoothing, which lets a perfect prediction reach slightly below 0.

    Source:
        Abbas & Abdulmunim 2023, Eq. 3; the batch is one sample of pixels, as in Keras.
    """
    return overlap_loss(logits.sigmoid(), target)


def overlap_loss(p: Tensor, target: Tensor) -> Tensor:
    """Return what `dice_loss` does, of probabilities.

    Args:
        p: float in [0, 1], any shape.
        target: 0 or 1, same shape.

    Returns:
        Scalar.
    """
    overlap = 2 * (p * target).sum() + SMOOTH
    return 1 - overlap / (p.sum() + target.sum() + SMOOTH)


class ComboLoss(nn.Module):
    """``alpha * WCE + (1 - alpha) * DiceLoss``.

    The paper's Eq. 2 as printed subtracts the Dice *loss*, which would reward bad overlap; adding it equals
    subtracting the Dice *score* up to a constant, and gives the positive values that the paper prints.

    Args:
        alpha: weight of the cross-entropy in [0, 1].
        beta: see `weighted_cross_entropy`.

    Source:
        Taghanaki et al. 2019, Combo loss; Ma et al. 2021, Loss odyssey; Abbas & Abdulmunim 2023, Eq. 1-3.
    """

    def __init__(self, alpha: float = 0.5, beta: float = 0.5) -> None:
        super().__init__()
        for name, value in (("alpha", alpha), ("beta", beta)):
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}; it must lie in [0, 1].")
        self.alpha, self.beta = alpha, beta

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss.

        Args:
            logits: float (N, K, H, W); cast to float32 here, so that sums over many pixels stay exact.
            target: float (N, K, H, W), 0 or 1.

        Returns:
            Scalar float32.
        """
        logits = logits.float()
        wce = weighted_cross_entropy(logits, target, self.beta)
        return self.alpha * wce + (1 - self.alpha) * dice_loss(logits, target)
