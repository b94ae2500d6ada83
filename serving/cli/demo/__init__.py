"""`holdfast demo`: a simulated shop, from its logs to its pages."""
