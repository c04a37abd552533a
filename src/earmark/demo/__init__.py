"""The demo catalogue: a small world of trance by six fictional labels, rendered on the user's own machine.

Nothing here is needed to work with one's own music. `earmark.demo.catalogue.render_catalogue` is the way in;
`earmark.demo.planning.plan_catalogue` says who released what without making a sound. This package imports no
other part of Earmark but the errors, and only the command line imports it.
"""
