"""Public holidays, through the holidays package."""
