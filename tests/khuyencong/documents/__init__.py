"""Contexts of the printed papers, as a builder hands them over."""
