"""Floor 2: learning from finished windows."""

import os

# Threads that wait for their next task must sleep: spinning, they slow LightGBM 10-fold where others want the core.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
