"""Pictures and pages: figures from data, and the self-contained HTML files that hold them."""
