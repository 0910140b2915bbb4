"""From optical thickness to the grey levels of a phase-contrast camera."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft
from scipy import ndimage as ndi

_GREY = 128.0
# The frequency (cycles a pixel) that a slightly defocused lens shows with the most contrast.
_BEST = 0.31


@dataclass(frozen=True)
class Microscope:
    """The setting of a phase-contrast microscope and its camera.

    Attributes:
        halo: Frequency (cycles a pixel) under which structures vanish; the lower, the wider the halo.
        sharpness: Frequency (cycles a pixel) above which the lens passes nothing.
        focus: Phase (radians) that contrast has at frequency 0; small values are out of focus, where coarse
            structures fade and edges ring.
        gain: Grey levels a unit of optical thickness.
        shading: Strength of the one-sided light that makes one flank of a cell bright, and its angle.
        noise: Standard deviation of the sensor noise in grey levels.
        gradient: Grey levels between the darkest and brightest part of the empty field.
    """

    halo: float
    sharpness: float
    focus: float
    gain: float
    shading: tuple[float, float]
    noise: float
    gradient: float


def draw_microscope(rng: np.random.Generator) -> Microscope:
    """Choose a setting by chance, within what real pictures show.

    Args:
        rng: Source of chance.

    Returns:
        The setting.
    """
    return Microscope(
        halo=rng.uniform(0.065, 0.1),
        sharpness=rng.uniform(0.4, 0.46),
        focus=rng.uniform(0.1, 0.28),
        gain=rng.uniform(150.0, 210.0),
        shading=(rng.uniform(0.0, 0.35), rng.uniform(0, 2 * np.pi)),
        noise=rng.uniform(0.7, 1.3),
        gradient=rng.uniform(0.0, 1.5),
    )


def photograph(
    thickness: npt.NDArray[np.float32], microscope: Microscope, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Image optical thickness in positive phase contrast.

    The phase ring takes away the low frequencies (which makes thick things dark and surrounds them with a
    bright halo) and the aperture takes away the high ones, so that the empty field is mid grey.

    Args:
        thickness: (H, W) optical thickness, arbitrary units.
        microscope: The setting.
        rng: Source of the noise.

    Returns:
        (H, W) grey levels, not rounded or clipped; the empty field is about 128.

    Source:
        The ring's high-pass follows Yin, Kanade and Chen, "Understanding the phase contrast optics to
        restore artifact-free microscopy images for segmentation", Medical Image Analysis 16 (2012).
    """
    height, width = thickness.shape
    rows = fft.fftfreq(height)[:, None]
    columns = fft.rfftfreq(width)[None, :]
    frequency = np.hypot(rows, columns)
    ring = 1 - np.exp(-((frequency / microscope.halo) ** 2))
    aperture = 1 / (1 + (frequency / microscope.sharpness) ** 10)
    defocus = (np.pi / 2 - microscope.focus) * (frequency / _BEST) ** 2
    contrast = np.sin(np.minimum(microscope.focus + defocus, np.pi))
    strength, angle = microscope.shading
    along = rows * np.sin(angle) + columns * np.cos(angle)
    # A slope term: i times frequency is the derivative along the light.
    transfer = -(ring * aperture * contrast) * (1 + strength * 1j * along / (frequency + microscope.halo))
    picture = fft.irfft2(fft.rfft2(thickness) * transfer, s=thickness.shape)
    picture = _saturated(microscope.gain * picture)
    return (_GREY + picture + _field(thickness.shape, microscope, rng)).astype(np.float32)


def _saturated(contrast: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Bend strong contrast, so that thick debris is black and white without flat plateaus."""
    limit = 110.0
    return np.asarray(limit * np.tanh(contrast / limit), np.float64)


def _field(
    shape: tuple[int, ...], microscope: Microscope, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """The uneven light and the sensor's noise, the latter a little blurred by resampling as in real files."""
    height, width = shape
    angle = rng.uniform(0, 2 * np.pi)
    rows = np.linspace(-0.5, 0.5, height)[:, None] * np.sin(angle)
    columns = np.linspace(-0.5, 0.5, width)[None, :] * np.cos(angle)
    noise = ndi.gaussian_filter(rng.standard_normal(shape), (0.38, 0.42))
    light = microscope.gradient * (rows + columns)
    return np.asarray(light + microscope.noise * noise / noise.std(), np.float64)
