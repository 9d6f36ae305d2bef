"""Measurements beside our peers: one training step, its overhead, its growth and its memory."""
