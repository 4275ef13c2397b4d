"""Asking customers again: one question behind a link."""
