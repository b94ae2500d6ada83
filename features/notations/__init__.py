"""How values are written: times and numbers in text, plain arithmetic, and what to propose for them."""
