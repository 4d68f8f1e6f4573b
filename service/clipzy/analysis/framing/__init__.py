"""How pictures are framed: bars, subjects, composition, likeness."""
