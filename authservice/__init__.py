"""A small authentication service: the project that the toolkit is shown and tested on."""
