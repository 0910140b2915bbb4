"""Phase-contrast images of neural cells with exact ground truth, made by arithmetic."""
