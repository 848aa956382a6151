"""A .tflite becomes a Model Library Format archive: legalised, scheduled, laid out, printed as C. Pure."""
