{% for function in model.graph.functions %}
int32_t {{ function | c_ident }}(void *args, int32_t *type_ids, int32_t num_args, void *ret_value,
		int32_t *ret_tcode, void *resource);
{% endfor %}

{% for tensor in model.graph.tensors %}
{% if tensor.has_shape %}
static int64_t {{ model.ident | c_ident }}_shape_{{ tensor.index | c_int }}[] = { {%- for n in tensor.shape %}{{ n | c_int }}, {% endfor -%} };
{% endif %}
{% endfor %}

static const DLTensor {{ model.ident | c_ident }}_tensors[] = {
{% for tensor in model.graph.tensors %}
	{ /* {{ tensor.index | c_int }}: {{ tensor.comment | c_comment }} */
		.data = {{ tensor.address | c_address }},
		.device = {kDLCPU, 0},
		.ndim = {{ tensor.ndim | c_int }},
		.dtype = { {{- tensor.code | c_int }}, {{ tensor.bits | c_int }}, 1},
{% if tensor.has_shape %}
		.shape = {{ model.ident | c_ident }}_shape_{{ tensor.index | c_int }},
{% endif %}
	},
{% endfor %}
};

static const uint16_t {{ model.ident | c_ident }}_arguments[] = {
{% for argument in model.graph.arguments %}
	{{ argument | c_int }},
{% endfor %}
};

static const mlf_graph_call_t {{ model.ident | c_ident }}_calls[] = {
{% for step in model.graph.steps %}
	{
		.function = {{ step.function | c_ident }},
		.first_argument = {{ step.first_argument | c_int }},
		.num_arguments = {{ step.num_arguments | c_int }},
		.first_slot = {{ step.first_slot | c_int }},
		.num_slots = {{ step.num_slots | c_int }},
{% if step.has_stack %}
		.stack = &{{ step.stack | c_ident }}[{{ step.stack_offset | c_int }}],
		.stack_bytes = {{ step.stack_bytes | c_int }},
{% endif %}
	},
{% endfor %}
};

static int32_t {{ model.ident | c_ident }}_invoke(void)
{
	static TVMValue values[{{ model.graph.max_arguments | c_int }}];
	static int32_t type_ids[{{ model.graph.max_arguments | c_int }}];
	static const mlf_graph_t graph = {
		.tensors = {{ model.ident | c_ident }}_tensors,
		.arguments = {{ model.ident | c_ident }}_arguments,
		.calls = {{ model.ident | c_ident }}_calls,
		.num_calls = sizeof({{ model.ident | c_ident }}_calls) / sizeof({{ model.ident | c_ident }}_calls[0]),
{% if model.has_slots %}
		.slots = {{ model.ident | c_ident }}_slots,
{% endif %}
		.values = values,
		.type_ids = type_ids,
	};

	return mlf_graph_run(&graph);
}
