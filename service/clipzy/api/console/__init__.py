"""The web console: pages for people, made of the same REST calls that everybody else makes."""
