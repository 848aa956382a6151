{% include "pools.c" %}
