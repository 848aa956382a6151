{% include "rpc_app.h" %}
