"""``python -m replenish``: the same as the command ``replenish``."""

from replenish.cli import main

if __name__ == "__main__":
    main()
