"""Imports, comments, and what people coded by hand."""
