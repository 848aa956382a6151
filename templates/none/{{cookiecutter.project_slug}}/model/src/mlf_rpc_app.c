{% include "rpc_app.c" %}
