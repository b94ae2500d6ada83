"""From a bundle to the columns of a scored user: scores, reasons, and their words."""
