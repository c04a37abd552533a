"""Classification by ONNX Runtime: what a bundle predicts with, without torch."""

import numpy as np

from earmark.errors import InputError
from earmark.models.inputs import FloatArray
from earmark.models.song import SliceOutputs, stacks

INPUT_NAME = "inputs"
OUTPUT_NAMES = ("log_probs", "embedding")

_ERRORS_ONLY = 3


class OnnxClassifier:
    """A `earmark.models.song.SliceClassifier` run by ONNX Runtime on the CPU.

    Args:
        graph: Bytes of an ONNX model with the input ``inputs`` (slices, ...) and the outputs ``log_probs`` (slices,
            labels) and ``embedding`` (slices, size).
        input_shape: Shape of one input, without the slices' axis.
        threads: Threads of one operator; 0 for all cores.

    Raises:
        InputError: The bytes are no ONNX model.
    """

    def __init__(self, graph: bytes, *, input_shape: tuple[int, ...], threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = _ERRORS_ONLY
        self._input_shape = input_shape
        try:
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            # ONNX Runtime's exceptions share no public base class below Exception.
            raise InputError(f"the ONNX graph cannot be loaded: {error}") from error

    def classify(self, inputs: FloatArray) -> SliceOutputs:
        """Log-probabilities and embeddings of inputs of shape (slices, ...).

        Raises:
            InputError: The inputs have another shape than the graph takes.
        """
        if inputs.shape[1:] != self._input_shape or len(inputs) == 0:
            raise InputError(f"the model takes inputs of shape (slices, *{self._input_shape}), got {inputs.shape}")
        runs = ({INPUT_NAME: np.ascontiguousarray(stack)} for stack in stacks(inputs))
        outputs = [self._session.run(OUTPUT_NAMES, run) for run in runs]
        log_probs, embeddings = (np.concatenate(parts) for parts in zip(*outputs, strict=True))
        return SliceOutputs(log_probs=log_probs, embeddings=embeddings)
