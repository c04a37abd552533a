"""Small real data sets that come with Earmark."""
