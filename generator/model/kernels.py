"""Where a compiled model's int8 kernels come from."""

#: mlfgen's own, weights stored as int16 where that is faster
OWN = "own"
#: mlfgen's own, weights stored as the model has them, in a byte each
SMALL = "small"
CMSIS_NN = "cmsis-nn"
KERNELS = (OWN, SMALL, CMSIS_NN)
