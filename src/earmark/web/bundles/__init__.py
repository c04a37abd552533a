"""Models on the page: what their cards tell, what they say of their test songs, and what can be asked of them."""
