"""The search judged as retrieval, beside rivals."""
