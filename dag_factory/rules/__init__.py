"""Checks of a resolved network; one file a rule."""
