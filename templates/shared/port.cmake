# The board: startup, console, clock, faults. An object library, so that the vector table is linked.
add_library(mlf_port OBJECT
  src/mlf_vectors.c
{% for source in cookiecutter.project.port.sources %}
  {{ source | cmake_path }}
{% endfor %}
)
target_include_directories(mlf_port PUBLIC include runtime/port/cortex_m)
{% if cookiecutter.project.host_driven %}
target_link_libraries(mlf_port PUBLIC mlf_model)
{% endif %}
target_compile_options(mlf_port PRIVATE -Wall -Wextra -Wconversion)
