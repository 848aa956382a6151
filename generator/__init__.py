"""mlfgen: heap-free firmware projects from TVM Model Library Format archives."""

__version__ = "0.1.0"
