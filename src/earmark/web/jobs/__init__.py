"""Long work: each job a child process with a record on disk, progress, and an end that can be told."""
