"""From a file to arrays: decode, identify, resample, analyse, slice.

Conventions held by every module here. Samples are mono float32 in [-1, 1] nominally (a float file may go beyond).
Spectral features are time-major, shape ``(frames, bands)``. Log-mel values are decibels. Time is in seconds,
frequency in hertz, lengths in frames where a name says ``frames``. Nothing here imports torch or opens a library.
"""
