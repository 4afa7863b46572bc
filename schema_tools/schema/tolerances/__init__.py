"""One file for each difference between models and SQL that is not a fault."""
