"""Measurements that people run by hand; nothing here is timed in tests."""
