"""Reference interpreters of .tflite models."""

AUTO = "auto"
LITERT = "litert"
TFLM = "tflm"
ENGINES = (AUTO, TFLM, LITERT)
