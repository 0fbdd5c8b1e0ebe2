"""Learners: one file each, its name is the file's; stable-baselines3 does the learning."""
