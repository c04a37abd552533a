"""Earmark learns what a record label sounds like."""
