"""Findings that a project knows of and has accepted: by entries of IGNORE, by a baseline."""
