"""The canonical form of files: `mline format`."""
