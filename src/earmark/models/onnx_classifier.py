"""Classification by an ONNX graph: what a bundle predicts with, without torch."""

import numpy as np

from earmark.errors import InputError
from earmark.inference.open import open_graph
from earmark.models.inputs import FloatArray
from earmark.models.song import SliceOutputs, stacks

INPUT_NAME = "inputs"
OUTPUT_NAMES = ("log_probs", "embedding")


class OnnxClassifier:
    """A `earmark.models.song.SliceClassifier` run on the CPU, by ONNX Runtime unless ``EARMARK_ENGINE`` says otherwise.

    Args:
        graph: Bytes of an ONNX model with the input ``inputs`` (slices, ...) and the outputs ``log_probs`` (slices,
            labels) and ``embedding`` (slices, size).
        input_shape: Shape of one input, without the slices' axis.
        threads: Threads of one operator; 0 for all cores.

    Raises:
        InputError: The bytes are no ONNX model.
    """

    def __init__(self, graph: bytes, *, input_shape: tuple[int, ...], threads: int = 0) -> None:
        # The same verdicts on every machine, unless its user asks for another engine.
        self._graph = open_graph(graph, threads=threads, engine="onnxruntime")
        self._input_shape = input_shape

    def classify(self, inputs: FloatArray) -> SliceOutputs:
        """Log-probabilities and embeddings of inputs of shape (slices, ...).

        Raises:
            InputError: The inputs have another shape than the graph takes.
        """
        if inputs.shape[1:] != self._input_shape or len(inputs) == 0:
            raise InputError(f"the model takes inputs of shape (slices, *{self._input_shape}), got {inputs.shape}")
        outputs = [self._graph.run(stack) for stack in stacks(inputs)]
        log_probs, embeddings = (np.concatenate([one[name] for one in outputs]) for name in OUTPUT_NAMES)
        return SliceOutputs(log_probs=log_probs, embeddings=embeddings)
