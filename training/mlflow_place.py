"""Where MLflow's runs and models are, for those who need no MLflow: its import takes seconds."""

import os

DATABASE = "mlflow.db"  # in the store, where no server is named


def remote() -> bool:
    """Whether MLFLOW_TRACKING_URI is set; then artifacts go to that server's store, not to ours."""
    return bool(os.environ.get("MLFLOW_TRACKING_URI"))
