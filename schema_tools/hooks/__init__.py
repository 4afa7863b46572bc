"""What git hooks and the validation script run: `python -m schema_tools.hooks`."""
