"""Migration files as values: lexed into statements, read from a directory, planned."""
