"""mlfgen: heap-free firmware projects from .tflite models and TVM archives."""

__version__ = "0.1.0"
