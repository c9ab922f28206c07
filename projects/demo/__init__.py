"""The demo: the five seed articles and a living province, entered through the services by made-up people.

One module per story. What an article says is entered as it says it, with `source_note`; what it does not say is
made up within its totals and marked `is_sample`. The trail tells when the loader acted; decisions, acceptances and
handovers carry the dates of their story.
"""
