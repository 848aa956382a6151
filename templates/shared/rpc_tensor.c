	{
		.name = {{ tensor.name | c_string }},
		.data = &{{ tensor.buffer | c_ident }}[{{ tensor.offset_bytes | c_int }}],
		.shape = {{ tensor.ident | c_ident }}_shape,
		.size_bytes = {{ tensor.size_bytes | c_int }},
		.dtype = { {{- tensor.dl_code | c_int }}, {{ tensor.dl_bits | c_int }}, 1},
		.ndim = {{ tensor.ndim | c_int }},
	},
