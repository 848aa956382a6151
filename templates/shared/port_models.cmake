{% if cookiecutter.project.uses_cmsis_nn %}
set(CMSIS_OPTIMIZATION_LEVEL "-O3" CACHE STRING "Optimisation of CMSIS-NN")
add_subdirectory("${MLF_WORKSPACE}/deps/CMSIS-NN" cmsis-nn EXCLUDE_FROM_ALL)
{% endif %}
option(MLF_WATERMARK "Measure how much workspace the models touch" ON)
add_subdirectory(model)
if(NOT MLF_WATERMARK)
  target_compile_definitions(mlf_model PUBLIC MLF_CONFIG_WATERMARK=0)
endif()
