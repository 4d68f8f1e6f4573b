"""The networks themselves: torch modules and the loading of their weights, nothing else."""
