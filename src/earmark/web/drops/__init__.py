"""Dropped files: taken in, listened to in processes of their own, told of, kept if asked, else forgotten."""
