"""The apps whose tables SQL files make."""
