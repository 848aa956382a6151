# Zephyr looks for it in the root of the toolchain.
include(${ZEPHYR_BASE}/cmake/linker/ld/target.cmake)
