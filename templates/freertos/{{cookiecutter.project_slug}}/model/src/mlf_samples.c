{% include "samples.c" %}
