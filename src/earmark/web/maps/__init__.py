"""Maps of a library: made in a job, kept beside its vectors, and told to the page with what is new since."""
