"""Boards out of Zephyr's sources: devicetree, Kconfig, CMake, and the board file that they make."""
