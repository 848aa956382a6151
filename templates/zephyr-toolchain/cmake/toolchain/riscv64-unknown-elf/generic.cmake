# The RISC-V compiler that Debian and Ubuntu have, riscv64-unknown-elf-gcc, with picolibc as its C library.
find_program(mlf_riscv_gcc riscv64-unknown-elf-gcc)
if(NOT mlf_riscv_gcc)
  message(FATAL_ERROR "riscv64-unknown-elf-gcc is not in PATH. Debian, Ubuntu: "
    "apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf")
endif()
string(REGEX REPLACE "gcc$" "" CROSS_COMPILE "${mlf_riscv_gcc}")
set(COMPILER gcc)
set(LINKER ld)
set(BINTOOLS gnu)
set(TOOLCHAIN_HAS_PICOLIBC ON CACHE BOOL "")
message(STATUS "Found toolchain: ${mlf_riscv_gcc}")
