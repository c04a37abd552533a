"""In and out of DJ software: collections and playlists read, matched to a library, and written for other programs."""
