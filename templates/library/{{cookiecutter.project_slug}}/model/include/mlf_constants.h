{% include "constants.h" %}
