"""The user's questions: what sounds like this, what mixes after it, and how labels lie to each other."""
