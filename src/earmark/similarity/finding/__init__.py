"""What sounds like a track, and what mixes after it, each with its reasons."""
