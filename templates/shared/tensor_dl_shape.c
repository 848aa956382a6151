static int64_t {{ tensor.ident | c_ident }}_dl_shape[] = { {%- for n in tensor.shape %}{{ n | c_int }}, {% endfor -%} };
