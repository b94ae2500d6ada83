"""The challenger of a snapshot: what another model says of the same users, kept beside what programs read."""
