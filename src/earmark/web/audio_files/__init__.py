"""Tracks' sound for the page: by audio id only, out of the user's files, with ranges.

`finding` opens a track's file where it may be read, and `sounds` says what a browser can play of it. What it cannot
play is decoded by `conversion` in a process of its own (`workshop`) and kept in a `folder_cache`; `answering` sends it.
"""
