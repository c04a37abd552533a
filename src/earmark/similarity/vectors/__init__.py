"""From tracks to comparable vectors, kept in the library, and the engines that search them."""
