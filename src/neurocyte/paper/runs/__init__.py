"""The trainings: which there are, how one is done and scored, and what it leaves."""
