{% if cookiecutter.project.uses_cmsis_nn %}
# CMSIS-NN's own build: CONFIG_CMSIS_NN would bring in CMSIS-DSP, which the model does not need.
if(NOT DEFINED ZEPHYR_CMSIS_NN_MODULE_DIR)
  message(FATAL_ERROR
    "The model calls CMSIS-NN, but this workspace does not have the module: add cmsis-nn to the name-allowlist of the "
    "manifest (west.yml) and run west update.")
endif()
if(CONFIG_MLF_OPTIMIZE_SIZE)
  set(mlf_cmsis_nn_optimization -Os)
else()
  set(mlf_cmsis_nn_optimization -O3)
endif()
add_subdirectory(${ZEPHYR_CMSIS_NN_MODULE_DIR} cmsis-nn)
target_link_libraries(cmsis-nn PRIVATE zephyr_interface)
# Zephyr's -Os and -ffreestanding follow a target's own options; those of a source file come last. CMSIS-NN
# reads words with memcpy, which must become a load.
get_target_property(mlf_cmsis_nn_sources cmsis-nn SOURCES)
set_source_files_properties(${mlf_cmsis_nn_sources} TARGET_DIRECTORY cmsis-nn
  PROPERTIES COMPILE_OPTIONS "${mlf_cmsis_nn_optimization};-fbuiltin")

{% endif %}
if(CONFIG_MLF_OPTIMIZE_SPEED)
  set(MLF_OPTIMIZATION -O3)
elseif(CONFIG_MLF_OPTIMIZE_SIZE)
  set(MLF_OPTIMIZATION -Os)
else()
  set(MLF_OPTIMIZATION -O2)
endif()
# Zephyr compiles with -ffreestanding, which turns each memcpy of a word into a call.
set(MLF_CODEGEN_OPTIONS -fbuiltin)
if(CONFIG_MINIMAL_LIBC)
  # Zephyr's minimal libc has no expf, tanhf or roundf: use the toolchain's libm.
  set(mlf_libm ${mlf_folder}/runtime/port/zephyr/mlf_libm)
  list(APPEND MLF_CODEGEN_OPTIONS -include ${mlf_libm}.h)
endif()
{% if cookiecutter.project.profiled %}
if(CONFIG_MLF_PROFILE)
  set(MLF_PROFILE ON)
endif()
{% endif %}
add_subdirectory(${mlf_folder} model)
target_link_libraries(mlf_model PUBLIC zephyr_interface)
if(NOT CONFIG_MLF_WATERMARK)
  target_compile_definitions(mlf_model PUBLIC MLF_CONFIG_WATERMARK=0)
endif()

target_link_libraries(app PRIVATE mlf_model)
if(mlf_libm)
  target_sources(app PRIVATE ${mlf_libm}.c)
  target_link_libraries(app PRIVATE m)
endif()
if(CONFIG_MLF_MEMCPY)
  set(mlf_memcpy ${mlf_folder}/runtime/port/zephyr/mlf_memcpy.c)
  target_sources(app PRIVATE ${mlf_memcpy})
  # Otherwise, GCC would make its loops calls of memcpy, and link-time optimisation would drop the name.
  set_source_files_properties(${mlf_memcpy} PROPERTIES COMPILE_OPTIONS
    "-O2;-fno-lto;$<$<C_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>")
  zephyr_ld_options(-Wl,--wrap=memcpy)
endif()
