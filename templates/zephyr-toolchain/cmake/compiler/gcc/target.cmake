include(${ZEPHYR_BASE}/cmake/compiler/gcc/target.cmake)

# GCC 12 finds its libraries by exact names of architectures. Those are older than zicsr and zifencei, which were part
# of i: with them in -march it takes the libraries for 64 bits.
list(TRANSFORM TOOLCHAIN_C_FLAGS REPLACE "(-march=rv[^_]*)_zicsr_zifencei$" "\\1;-misa-spec=2.2")
list(TRANSFORM TOOLCHAIN_LD_FLAGS REPLACE "(-march=rv[^_]*)_zicsr_zifencei$" "\\1")
execute_process(
  COMMAND ${CMAKE_C_COMPILER} ${TOOLCHAIN_C_FLAGS} --print-libgcc-file-name
  OUTPUT_VARIABLE LIBGCC_FILE_NAME
  OUTPUT_STRIP_TRAILING_WHITESPACE
)
get_filename_component(LIBGCC_DIR ${LIBGCC_FILE_NAME} DIRECTORY)
set_linker_property(PROPERTY lib_include_dir "-L\"${LIBGCC_DIR}\"")

# Boards with one RAM for code and variables have such segments, and Zephyr takes warnings for errors.
list(APPEND TOOLCHAIN_LD_FLAGS NO_SPLIT -Wl,--no-warn-rwx-segments)
