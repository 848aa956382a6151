# Zephyr looks for it in the root of the toolchain.
include(${ZEPHYR_BASE}/cmake/bintools/gnu/target_bintools.cmake)
