{% include "test_main.c" %}
