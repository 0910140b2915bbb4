"""What a training leaves: the model folder, its card, its plots, the statistics of its images."""
