"""minitorch against PyTorch, the tokenizer against `tokenizers`. Skipped, and said so, where they aren't installed; CI installs them."""
