"""The scheduled job: what is due is done, in order, and what fails stops nothing that does not need it."""
