"""The store as a whole: is it sound, and what of it is old enough to go."""
