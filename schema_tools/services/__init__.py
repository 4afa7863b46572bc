"""One verb each: the only place where I/O and the core meet."""
