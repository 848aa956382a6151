int32_t {{ model.entry | c_ident }}(TVMValue *args, int *type_codes, int num_args, TVMValue *ret_value,
		int *ret_tcode, void *resource);

{% for tensor in model.inputs %}
{% include "tensor_dl_shape.c" %}
{% endfor %}
{% for tensor in model.outputs %}
{% include "tensor_dl_shape.c" %}
{% endfor %}

static int32_t {{ model.ident | c_ident }}_invoke(void)
{
	static DLTensor tensors[] = {
{% for tensor in model.inputs %}
{% include "tensor_dl.c" %}
{% endfor %}
{% for tensor in model.outputs %}
{% include "tensor_dl.c" %}
{% endfor %}
	};
	TVMValue values[{{ model.num_tensors | c_int }}];
	int type_codes[{{ model.num_type_codes | c_int }}];
	TVMValue ret_value = {0};
	int ret_tcode = kTVMNullptr;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		values[i].v_handle = &tensors[i];
	}
	for (size_t i = 0; i < sizeof(type_codes) / sizeof(type_codes[0]); i++) {
		type_codes[i] = kTVMDLTensorHandle;
	}
	return {{ model.entry | c_ident }}(values, type_codes, {{ model.num_tensors | c_int }}, &ret_value, &ret_tcode, NULL);
}
