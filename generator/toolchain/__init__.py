"""Tools outside: west, CMake, emulators, ELF files. argv building is pure; the runner is injected."""
