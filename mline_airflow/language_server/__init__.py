"""The language server: what `dag_factory.ide` answers, in the Language Server Protocol."""
