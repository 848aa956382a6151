{% include "arm_toolchain.cmake" %}
