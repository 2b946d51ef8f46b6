"""The compiler: experiment text in, plans and diagnostics out."""
