{% include "vectors.c" %}
