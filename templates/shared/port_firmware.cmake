# ---- firmware.elf, .bin, .hex, .map

set(MLF_LINKER_SCRIPT "${CMAKE_CURRENT_SOURCE_DIR}/model/linker.ld" CACHE FILEPATH "Linker script")
add_executable(firmware
  src/main.c
)
set_source_files_properties(src/main.c PROPERTIES COMPILE_OPTIONS "-Wall;-Wextra;-Wconversion")
target_link_libraries(firmware PRIVATE mlf_port mlf_model m)
# No system calls are linked, so malloc and printf do not link either: use mlf_print, or provide the system calls.
target_link_options(firmware PRIVATE
  --specs=nano.specs
  -nostartfiles
  -Wl,--gc-sections
  -Wl,--orphan-handling=error
  "-Wl,-Map=${CMAKE_CURRENT_BINARY_DIR}/firmware.map"
  -Wl,--print-memory-usage
  "-T${MLF_LINKER_SCRIPT}"
)
set_target_properties(firmware PROPERTIES SUFFIX .elf LINK_DEPENDS "${MLF_LINKER_SCRIPT}")
# The .bin contains only the memory of the code; the .elf and the .hex also contain the other memories.
add_custom_command(TARGET firmware POST_BUILD
  COMMAND ${CMAKE_OBJCOPY} -O binary
{% for section in cookiecutter.project.port.sections_beside_code %}
    --remove-section={{ section.name | token }}
{% endfor %}
    $<TARGET_FILE:firmware> firmware.bin
  COMMAND ${CMAKE_OBJCOPY} -O ihex $<TARGET_FILE:firmware> firmware.hex
  BYPRODUCTS firmware.bin firmware.hex firmware.map
  VERBATIM
)
