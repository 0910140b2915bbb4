"""neurocyte: microscope images of neural cells to masks, counted cells and measurements."""
