{% include "samples.h" %}
