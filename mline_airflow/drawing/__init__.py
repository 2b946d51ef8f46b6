"""Drawings of an experiment: text, Mermaid, DOT, SVG."""
