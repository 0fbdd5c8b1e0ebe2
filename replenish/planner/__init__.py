"""What an evaluation means for somebody who plans: money per year, item by item, and why."""
