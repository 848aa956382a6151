# What it needs beyond Zephyr's own settings is in compiler/gcc/target.cmake.
