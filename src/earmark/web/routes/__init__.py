"""The REST API: one module for each area, handlers that each make one call into the library."""
