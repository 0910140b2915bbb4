"""The smallest training that tests run: two epochs of few crops."""

from dataclasses import replace

from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import DEFAULT

TINY = TrainOptions(
    arch="linknet-ag",
    encoder="test_efficientnet.r160_in1k",
    encoder_weights="none",
    val_fraction=0.34,
    precision="fp32",
    recipe=replace(DEFAULT, size=(64, 64), epochs=2, repeats=2, batch_size=2),
)
