"""Runs ONNX graphs on the CPU: one way to open a graph, whichever engine multiplies the matrices.

Everything that predicts or embeds opens its graph with `earmark.inference.open_graph`. ONNX Runtime is always there;
OpenVINO runs a graph where it is installed, was measured faster for that very graph, and gives the same numbers.
Arrays in and out are float32, the batch first. Nothing here knows of sound or of models.
"""
