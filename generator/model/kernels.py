"""Where a compiled model's kernels come from."""

OWN = "own"
CMSIS_NN = "cmsis-nn"
KERNELS = (OWN, CMSIS_NN)
