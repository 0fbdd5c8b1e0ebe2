"""Problems small enough to be solved exactly: their optimum, their best rules, their costs."""
