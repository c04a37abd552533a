"""How models are judged: splits, metrics, intervals, baselines and paired tests over arrays and ids."""
