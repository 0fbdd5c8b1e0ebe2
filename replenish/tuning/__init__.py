"""How opponents are tuned, as hard as the agent learns, and what the agent is averaged with."""
