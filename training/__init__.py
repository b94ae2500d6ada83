"""Floor 2: learning from finished windows."""

import os

# Threads must sleep while they wait for work. If they spin, LightGBM is 10 times slower when others need the core.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
