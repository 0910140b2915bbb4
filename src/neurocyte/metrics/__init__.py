"""The numbers that define results: overlap, boundary, matching and counting scores."""
