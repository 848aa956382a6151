# Zephyr looks for it in the root of the toolchain.
include(${ZEPHYR_BASE}/cmake/linker/target_template.cmake)
