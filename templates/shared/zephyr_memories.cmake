{% if cookiecutter.project.zephyr.has_sections %}
# Sections that Zephyr's linker script does not have.
zephyr_linker_sources(SECTIONS ${mlf_folder}/memories.ld)
{% endif %}
{% if cookiecutter.project.zephyr.has_drivers %}
# Memories that Zephyr does not set up; their drivers run before main().
target_sources(app PRIVATE
{% for source in cookiecutter.project.zephyr.driver_sources %}
  ${mlf_folder}/{{ source | cmake_path }}
{% endfor %}
)
target_include_directories(app PRIVATE
  ${mlf_folder}/include
{% for folder in cookiecutter.project.zephyr.driver_folders %}
  ${mlf_folder}/{{ folder | cmake_path }}
{% endfor %}
)
{% endif %}
