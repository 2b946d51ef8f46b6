"""A content-addressed artifact store on any fsspec file system."""
