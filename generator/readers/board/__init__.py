"""Board files: YAML becomes a ``Board``."""
