"""What the book shows besides the model's code: its running example, and its figures."""
