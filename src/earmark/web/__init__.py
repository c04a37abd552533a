"""The page on your own machine: a web server over the library, and the files of the page."""
