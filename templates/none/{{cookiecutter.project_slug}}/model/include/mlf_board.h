{% include "board.h" %}
