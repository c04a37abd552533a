"""Labels as places of sound: distances, a map, profiles, and bridges between them."""
