"""Next tracks, sets, playlists and exports on the page: what requests ask for, and what they are answered."""
