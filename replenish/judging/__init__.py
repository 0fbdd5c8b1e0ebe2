"""The judge: every policy on the same demand and starts, what it costs, and how sure that is."""
