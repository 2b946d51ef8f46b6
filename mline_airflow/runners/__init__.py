"""How a stage runs: in a process, in Docker, on Kubernetes."""
