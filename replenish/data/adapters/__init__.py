"""One file per data set; its name is the source's, its ``read`` returns `Tables`."""
