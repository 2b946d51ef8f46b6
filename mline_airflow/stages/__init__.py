"""The stage protocol: what happens around a task, the same for every runner."""
