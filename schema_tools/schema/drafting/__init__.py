"""Writing the SQL that leads from one schema to another."""
