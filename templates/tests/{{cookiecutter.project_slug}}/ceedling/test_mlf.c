{% include "test_unity.c" %}

/* Ceedling links only what a test names. */
{% for source in cookiecutter.tests.source_names %}
TEST_SOURCE_FILE({{ source | c_string }})
{% endfor %}
