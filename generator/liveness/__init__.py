"""When each buffer of a model is live, from the C of its operators and of its main function."""
