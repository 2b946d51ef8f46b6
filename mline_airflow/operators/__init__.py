"""The operators that a plan's tasks become."""
