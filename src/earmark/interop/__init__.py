"""In and out of DJ software: collections and playlists read, and any result written as a file that others open."""
