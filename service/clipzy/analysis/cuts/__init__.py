"""Where shots change and how: cuts, gradual transitions, and what looks like one and is none."""
