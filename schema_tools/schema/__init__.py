"""A database schema as a value, the comparison of several, and the verdict on them."""
