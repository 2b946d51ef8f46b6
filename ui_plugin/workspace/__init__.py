"""The folder or repository that a DAG bundle reads, as the editor reads and writes it."""
