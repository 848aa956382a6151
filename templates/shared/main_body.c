	/*
	 * Runs every model on the recorded inputs of model/src/mlf_samples.c. In a product this
	 * becomes, for one model:
	 *
	 *     mlf_init(&model);
	 *     fill mlf_input(&model, 0)->data, or mlf_quantize(mlf_input(&model, 0), 0, values, n);
	 *     mlf_run(&model);
	 *     read mlf_output(&model, 0)->data, or mlf_dequantize(mlf_output(&model, 0), 0, values, n);
	 */
	(void)mlf_sample_run_all(mlf_samples, mlf_num_samples, &io);
