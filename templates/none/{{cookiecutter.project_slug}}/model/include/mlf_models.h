{% include "models.h" %}
