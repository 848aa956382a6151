{% include "models.c" %}
