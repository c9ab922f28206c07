"""The first page: the figures of one plan year, each with the list behind it."""
