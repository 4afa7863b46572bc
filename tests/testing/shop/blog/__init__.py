"""An app with Django migrations of its own."""
