"""Did a campaign work: is it a trial, effects on churn, value and stages, looks, power, delivery, the verdict."""
