{% if cookiecutter.project.zephyr.has_drivers %}
{% include "board.h" %}
{% endif %}
