"""How good a model is, and how sure that is: backtest, metrics, bootstrap, leakage, the model card."""
