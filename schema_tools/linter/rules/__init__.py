"""One file for each lint rule."""
