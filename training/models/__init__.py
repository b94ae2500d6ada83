"""The models that are fitted and what is fitted beside them: churn, value, curve, lifetime, calibration, SHAP."""
