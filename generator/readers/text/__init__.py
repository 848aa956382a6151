"""JSON, YAML and the mappings in them, read strictly, and the rules for names."""
