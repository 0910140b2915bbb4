"""How fast networks run on this machine, and how near they come to what it can do."""
