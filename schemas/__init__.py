"""The vocabulary: JSON Schemas, diagnostic codes and the built-in type libraries."""
