"""What the trained networks show: Table 4, Figures 6 and 7, attention, gates, leakage."""
