"""Every byte to or from a server."""
