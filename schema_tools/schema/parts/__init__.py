"""What several kinds of object have in common."""
