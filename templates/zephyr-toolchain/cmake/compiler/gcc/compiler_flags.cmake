# Zephyr looks for it in the root of the toolchain.
include(${ZEPHYR_BASE}/cmake/compiler/gcc/compiler_flags.cmake)
