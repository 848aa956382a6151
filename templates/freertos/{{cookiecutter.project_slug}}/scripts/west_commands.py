{% include "west_commands.py" %}
