"""Preparation of layers for the C kernels of templates/runtime/kernels: one module a header, pure functions."""
