"""Language models, from tokenizer to LoRA: what phases 11 to 36 build."""
