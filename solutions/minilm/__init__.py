"""A language model from its parts: tokens, corpus, embeddings, and the models themselves."""
