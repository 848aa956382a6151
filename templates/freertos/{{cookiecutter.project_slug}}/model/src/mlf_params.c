{% include "params.c" %}
