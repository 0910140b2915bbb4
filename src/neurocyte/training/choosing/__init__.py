"""What validation images choose of a finished fit: the epoch, how maps become cells, the confidences."""
