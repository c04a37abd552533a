"""Frozen networks under a small classifier: what they are, where they lie, and what they make of a recording.

A backbone is one or several ONNX files and a `BackboneSettings` that says all that decides its numbers: which
front-end feeds it, how a track is cut into patches, and which output is kept. Its embeddings are stored in a library
as any feature is, under the settings' key. `earmark.backbones.building` alone needs torch, and only to make the
musicnn files once.
"""
