"""The classical models of purchase histories: BG/NBD, MBG/NBD, Gamma-Gamma, and what they give a cold start."""
