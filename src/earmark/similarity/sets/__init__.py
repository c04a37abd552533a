"""Sets from one track to another along an energy curve, chosen as a whole."""
