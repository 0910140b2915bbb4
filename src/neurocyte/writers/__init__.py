"""What a run leaves behind besides labels and masks: overlays, tables and the record of the run."""

from neurocyte.writers.overlay import overlay, write_overlay
from neurocyte.writers.tables import write_cells, write_images, write_run

__all__ = ["overlay", "write_cells", "write_images", "write_overlay", "write_run"]
