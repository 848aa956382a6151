"""Renderers: ``Project`` in, ``{relative path: bytes}`` out. Jinja lives here alone."""
