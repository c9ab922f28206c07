"""The comfort of one person: saved filters, entries under way, forms sent once. Knows no record of any room."""
