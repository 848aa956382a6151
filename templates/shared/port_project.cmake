cmake_minimum_required(VERSION 3.20)

if(NOT CMAKE_TOOLCHAIN_FILE)
  set(CMAKE_TOOLCHAIN_FILE "${CMAKE_CURRENT_SOURCE_DIR}/cmake/arm-none-eabi.cmake")
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE MinSizeRel CACHE STRING "")
endif()
project({{ cookiecutter.project.ident | c_ident }} LANGUAGES C ASM)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
{% if cookiecutter.project.port.has_repositories %}

# ---- sources that west.yml names

get_filename_component(mlf_workspace "${CMAKE_CURRENT_SOURCE_DIR}" DIRECTORY)
if(DEFINED ENV{MLF_WORKSPACE})
  set(mlf_workspace "$ENV{MLF_WORKSPACE}")
endif()
set(MLF_WORKSPACE "${mlf_workspace}" CACHE PATH "Folder in which west update put deps/; several applications may share one")
foreach(path
{% for repository in cookiecutter.project.port.repositories %}
    {{ repository.path | cmake_path }}
{% endfor %}
)
  if(NOT IS_DIRECTORY "${MLF_WORKSPACE}/${path}")
    message(FATAL_ERROR "${path} is not in ${MLF_WORKSPACE}. Get it with: west init -l . && west update, "
      "in this folder; or use a workspace that has it: -DMLF_WORKSPACE=path")
  endif()
endforeach()
{% endif %}
