static const uint32_t {{ tensor.ident | c_ident }}_shape[] = { {%- for n in tensor.shape %}{{ n | c_int }}, {% endfor -%} };
{% if tensor.has_size_macro %}
_Static_assert({{ tensor.size_macro | c_ident }} == {{ tensor.size_bytes | c_int }},
	       "tensor {{ tensor.c_name | c_ident }} does not have its planned size: generate again");
{% endif %}
