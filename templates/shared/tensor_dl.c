		{
			.data = {{ tensor.buffer | c_ident }},
			.device = {kDLCPU, 0},
			.ndim = {{ tensor.ndim | c_int }},
			.dtype = { {{- tensor.dl_code | c_int }}, {{ tensor.dl_bits | c_int }}, 1},
			.shape = {{ tensor.ident | c_ident }}_dl_shape,
		},
