"""Compares models and baselines under the same folds: running, keeping, testing, concluding."""
