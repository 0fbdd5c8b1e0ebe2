"""From files to a `Panel`: reading, cleaning, and saying what was found."""
