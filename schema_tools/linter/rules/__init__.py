"""One file for each lint rule; its docstring is the rule's manual."""
