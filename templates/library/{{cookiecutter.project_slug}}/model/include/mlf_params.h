{% include "params.h" %}
