"""Language models: what makes an answer of a question."""
