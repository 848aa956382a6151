{% if model.has_bindings %}
static struct {{ model.c_prefix | c_ident }}_workspace_pools {{ model.ident | c_ident }}_workspace_pools(void)
{
	return (struct {{ model.c_prefix | c_ident }}_workspace_pools){
{% for binding in model.bindings %}
		.{{ binding.member | c_ident }} = (void *)(uintptr_t){{ binding.symbol | c_ident }},
{% endfor %}
	};
}

{% endif %}
{% if model.has_state %}
static int32_t {{ model.ident | c_ident }}_reset(void)
{
	struct {{ model.c_prefix | c_ident }}_workspace_pools pools = {{ model.ident | c_ident }}_workspace_pools();

	return {{ model.reset | c_ident }}(&pools);
}

{% endif %}
{% if model.io_in_workspace %}
/* The archive determines where inputs and outputs are in its pools; the table must agree. */
static mlf_status_t {{ model.ident | c_ident }}_check(void)
{
	struct {{ model.c_prefix | c_ident }}_workspace_pools pools = {{ model.ident | c_ident }}_workspace_pools();
	struct {{ model.c_prefix | c_ident }}_inputs inputs = {{ model.c_prefix | c_ident }}_map_inputs(&pools);
	struct {{ model.c_prefix | c_ident }}_outputs outputs = {{ model.c_prefix | c_ident }}_map_outputs(&pools);
{% if model.has_bounds %}
	mlf_status_t status = {{ model.ident | c_ident }}_check_placement();

	if (status != MLF_OK) {
		return status;
	}
{% else %}

{% endif %}
{% for tensor in model.inputs %}
	if (inputs.{{ tensor.c_name | c_ident }} != &{{ tensor.buffer | c_ident }}[{{ tensor.offset_bytes | c_int }}]) {
		return MLF_ERR_PLACEMENT;
	}
{% endfor %}
{% for tensor in model.outputs %}
	if (outputs.{{ tensor.c_name | c_ident }} != &{{ tensor.buffer | c_ident }}[{{ tensor.offset_bytes | c_int }}]) {
		return MLF_ERR_PLACEMENT;
	}
{% endfor %}
	return MLF_OK;
}

static int32_t {{ model.ident | c_ident }}_invoke(void)
{
	struct {{ model.c_prefix | c_ident }}_workspace_pools pools = {{ model.ident | c_ident }}_workspace_pools();

	return {{ model.entry | c_ident }}(&pools);
}
{% else %}
static int32_t {{ model.ident | c_ident }}_invoke(void)
{
	struct {{ model.c_prefix | c_ident }}_inputs inputs = {
{% for tensor in model.inputs %}
		.{{ tensor.c_name | c_ident }} = {{ tensor.buffer | c_ident }},
{% endfor %}
	};
	struct {{ model.c_prefix | c_ident }}_outputs outputs = {
{% for tensor in model.outputs %}
		.{{ tensor.c_name | c_ident }} = {{ tensor.buffer | c_ident }},
{% endfor %}
	};
{% if model.has_bindings %}
	struct {{ model.c_prefix | c_ident }}_workspace_pools pools = {{ model.ident | c_ident }}_workspace_pools();

	return {{ model.entry | c_ident }}(&inputs, &outputs, &pools);
{% else %}

	return {{ model.entry | c_ident }}(&inputs, &outputs);
{% endif %}
}
{% endif %}
