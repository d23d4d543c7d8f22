"""A house whose every part can be killed, cut off, filled up and misled about the time."""
