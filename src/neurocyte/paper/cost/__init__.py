"""Table 3: what the networks are made of and what they cost."""
