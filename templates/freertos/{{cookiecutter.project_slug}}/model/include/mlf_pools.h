{% include "pools.h" %}
