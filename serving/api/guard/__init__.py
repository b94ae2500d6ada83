"""What stands before every request: who may ask for what, how much at once, and what is told of it afterwards."""
