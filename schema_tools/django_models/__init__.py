"""Django models as a source of schema, and where each of them stands in the code."""
