"""Tests, named after the laws they protect."""
