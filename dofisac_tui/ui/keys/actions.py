"""Every action of the app, once: bindings, help, the key line, the palette and KEYS.md are made from this table."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from textual.binding import Binding, BindingType

SCREENS = ("search", "people", "duplicates", "scenes", "review", "failures", "status")
"""The main screens, in the order of the top line."""

SCORES = ("wrong", "mostly wrong", "half right", "mostly right", "nearly perfect", "perfect")
"""What the scores 1 to 6 say of a group."""

_EVERYWHERE = (*SCREENS, "person", "photo", "group", "changes")
_GRIDS = ("search", "people", "person", "duplicates", "scenes", "group", "changes")
_LISTS = (*_GRIDS, "failures", "status")
_SHOWN = (*_GRIDS, "review", "photo")
_SCORED = ("people", "person", "duplicates", "scenes")


class Action(NamedTuple):
    """One thing that a key does.

    Attributes:
        name: What the keymap calls it.
        keys: Textual's names of the usual keys.
        label: A word or two for the key line.
        help: A sentence for the help, the palette and KEYS.md.
        where: Screens that have it.
        shown: Screens whose key line shows it.
        call: The method with its arguments, without `action_`, where it is not the name with an underscore for the dot.
    """

    name: str
    keys: tuple[str, ...]
    label: str
    help: str
    where: tuple[str, ...]
    shown: tuple[str, ...] = ()
    call: str = ""

    @property
    def method(self) -> str:
        """The action as Textual calls it."""
        return self.call or self.name.replace(".", "_")


ACTIONS: tuple[Action, ...] = (
    # what a screen is for, first: the key line shows them in this order
    Action("search.edit", ("slash",), "search", "Search; @name finds a person.",
           _EVERYWHERE, ("search",)),
    Action("vote.yes", ("y",), "yes", "Vote yes: the searched or suggested person; also for marked ones.",
           ("search", "people", "person"), ("search", "person"), call="vote('yes')"),
    Action("vote.no", ("n",), "no", "Vote no: another person; also for marked ones.",
           ("search", "people", "person"), ("search",), call="vote('no')"),
    Action("vote.same", ("y",), "same", "Vote that the two are the same person.",
           ("review",), ("review",), call="answer('yes')"),
    Action("vote.different", ("n",), "different", "Vote that the two are different persons.",
           ("review",), ("review",), call="answer('no')"),
    Action("vote.skip", ("s",), "skip", "Skip the question; it is asked again later.", ("review",), ("review",)),
    Action("learn.now", ("L",), "learn", "Retrain on all answers.", ("review",)),
    Action("face.not_a_face", ("x",), "not a face", "The left picture is not a face.",
           ("review",), ("review",), call="not_a_face('left')"),
    Action("face.not_a_face_right", ("X",), "not a face", "The right picture is not a face.",
           ("review",), call="not_a_face('right')"),
    Action("person.name", ("r", "f9"), "name", "Name or rename the person.", ("people", "person", "photo"),
           ("people", "person", "photo")),
    Action("person.merge", ("m",), "merge", "Merge the person, or the marked ones, into another.",
           ("people",), ("people",)),
    Action("person.split", ("S",), "split", "Split the marked faces off as a new person.", ("people", "person"),
           ("people", "person")),
    Action("person.move", ("v",), "move", "Assign the marked faces to another person.", ("person",), ("person",)),
    Action("person.remove_face", ("x",), "not them", "Remove the face from this person.", ("people", "person"),
           ("people", "person")),
    Action("person.not_a_face", ("X",), "not a face", "This is not a face.", ("person",)),
    Action("person.ignore", ("i",), "ignore", "Ignore a person, or stop ignoring them.", ("people", "person"),
           ("people",)),
    Action("person.ignored", ("I",), "show ignored", "Show or hide ignored people.", ("people",)),
    Action("person.sort", ("comma",), "sort", "Sort by name and size, or worst first by predicted score.", ("people",)),
    Action("person.photos", ("p",), "photos", "Search all photos of the person.", ("people", "person")),
    Action("run.changes", ("c",), "changes", "Show the changes that wait for you.",
           ("people", "duplicates", "scenes", "status")),
    Action("verdict.same_picture", ("equals_sign",), "same picture", "Same picture: the marked ones, or all undecided.",
           ("duplicates",), ("duplicates",), call="verdict('same-picture')"),
    Action("verdict.same_moment", ("b",), "same moment", "Same moment, keep all: the marked ones, or all undecided.",
           ("duplicates",), ("duplicates",), call="verdict('same-moment')"),
    Action("verdict.unrelated", ("n",), "unrelated", "Unlike the one to keep: the marked ones, or all undecided.",
           ("duplicates",), ("duplicates",), call="verdict('unrelated')"),
    Action("verdict.keep", ("K",), "keep this", "Keep this picture of the group from now on.",
           ("duplicates",), ("duplicates",)),
    Action("group.export", ("e",), "export list", "Export the list of copies to a file; nothing is deleted.",
           ("duplicates",), ("duplicates",)),
    Action("group.open", ("p",), "whole group", "Show all photos of the group.", ("duplicates", "scenes"), ("scenes",)),
    Action("group.kind", ("t",), "scenes or people", "Switch between scenes and people in scenes.", ("scenes",),
           ("scenes",)),
    *(
        Action(f"score.{score}", (str(score),), "score", f"Score the group: {word}.", _SCORED,
               ("people", "scenes") if score == 1 else (), f"score({score})")
        for score, word in enumerate(SCORES, start=1)
    ),
    Action("score.clear", ("0",), "no score", "Remove the score.", _SCORED, call="score(0)"),
    Action("failure.retry", ("t",), "retry", "Retry this file now.",
           ("failures",), ("failures",), call="retry('file')"),
    Action("failure.retry_class", ("T",), "retry alike", "Retry all files that failed for this reason.",
           ("failures",), ("failures",), call="retry('class')"),
    Action("failure.retry_all", ("A",), "retry all", "Retry all failed files.",
           ("failures",), ("failures",), call="retry('all')"),
    Action("failure.filter", ("f",), "filter", "Show one class of failures, then the next, then all.",
           ("failures",), ("failures",)),
    Action("run.accept", ("a",), "accept", "Apply the waiting changes.", ("status", "changes"),
           ("status", "changes"), call="settle('accept')"),
    Action("run.refuse", ("d",), "refuse", "Drop the waiting changes.", ("status", "changes"),
           ("status", "changes"), call="settle('refuse')"),
    Action("watcher.toggle", ("w",), "watch", "Start or stop watching the folders while the app is open.",
           ("status",), ("status",)),
    Action("roots.add", ("plus",), "add folder", "Add a folder of photos.", ("status",), ("status",)),
    Action("cluster.now", ("C",), "cluster now", "Find people, near-duplicates or scenes again.",
           ("status", "review", "people", "duplicates", "scenes"), ("status",)),
    Action("welcome.folder", ("enter",), "choose a folder", "Choose the folder of your photos.", ("welcome",),
           ("welcome",)),
    Action("welcome.demo", ("d",), "demo", "Try a small library of sample photos.", ("welcome",),
           ("welcome",)),
    Action("vote.undo", ("u",), "undo", "Undo the last decision.", _EVERYWHERE, ("search", "review", "scenes")),
    Action("vote.redo", ("U",), "redo", "Redo what was undone.", _EVERYWHERE),
    Action("photo.open", ("enter",), "open", "Open in full size; the same key closes.", _SHOWN,
           ("search", "people", "person", "duplicates", "scenes", "group", "review")),
    Action("search.like", ("m",), "more like this", "Search photos like this one.",
           ("search", "duplicates", "scenes", "group", "photo"),
           ("search", "scenes", "group", "photo")),
    Action("search.who", ("w",), "who is this", "Search the photos of this face.",
           ("search", "people", "person", "photo"), ("search", "photo")),
    Action("search.sort", ("comma",), "sort", "Sort by match, newest, oldest.", ("search",), ("search",)),
    Action("search.narrow", ("f",), "narrow", "Add to the query.", ("search",), ("search",)),
    Action("search.all", ("a",), "all", "Include weaker matches, or leave them out.", ("search",),
           ("search",)),
    Action("mark.toggle", ("space",), "mark", "Mark and move on.", ("search", "people", "person", "duplicates"),
           ("search", "duplicates", "person")),
    Action("mark.clear", ("M",), "unmark", "Remove all marks.", ("search", "people", "person", "duplicates")),
    Action("face.next", ("f",), "next face", "Go to the next face on the photo.", ("photo",), ("photo",)),
    Action("photo.viewer", ("o",), "viewer", "Open the file in the desktop's viewer or $DOFISAC_VIEWER.",
           (*_SHOWN, "failures"), ("photo",)),
    Action("photo.copy_path", ("Y",), "copy path", "Copy the path of the file.", (*_GRIDS, "photo", "failures"),
           ("photo",)),
    # moving
    Action("move.left", ("h", "left"), "left", "Go left.", (*_GRIDS, "photo")),
    Action("move.down", ("j", "down"), "down", "Go down.", _LISTS),
    Action("move.up", ("k", "up"), "up", "Go up.", _LISTS),
    Action("move.right", ("l", "right"), "right", "Go right.", (*_GRIDS, "photo")),
    Action("move.page_down", ("pagedown", "ctrl+f"), "next page", "Go to the next page.", _LISTS),
    Action("move.page_up", ("pageup", "ctrl+b"), "previous page", "Go to the previous page.", _LISTS),
    Action("move.first", ("g", "home"), "first", "Go to the first.", _LISTS),
    Action("move.last", ("G", "end"), "last", "Go to the last.", _LISTS),
    # the app
    Action("app.next_screen", ("tab",), "next screen", "Go to the next screen.", SCREENS, SCREENS),
    Action("app.previous_screen", ("shift+tab",), "previous screen", "Go to the previous screen.", SCREENS),
    *(
        Action(f"app.{name}", (f"f{number}",), name, f"Go to {name.capitalize()}.", _EVERYWHERE,
               call=f"app_go('{name}')")
        for number, name in enumerate(SCREENS, start=2)
    ),
    Action("app.help", ("question_mark", "f1"), "keys", "Show the keys of this screen.",
           (*_EVERYWHERE, "welcome"), (*_EVERYWHERE, "welcome")),
    Action("app.palette", ("ctrl+p",), "commands", "Find a command by its name.", _EVERYWHERE),
    Action("app.back", ("escape",), "back", "Close what is open: marks, then the photo, then the person.", _EVERYWHERE,
           ("photo", "group", "changes")),
    Action("app.redraw", ("ctrl+l",), "redraw", "Redraw the screen.", _EVERYWHERE),
    Action("app.suspend", ("ctrl+z",), "to the shell", "Suspend to the shell; its command fg resumes.", _EVERYWHERE),
    Action("app.leave", ("q", "ctrl+q"), "quit", "Go back, or quit the app.", (*_EVERYWHERE, "welcome"),
           ("status", "welcome")),
)  # fmt: skip

BY_NAME = {action.name: action for action in ACTIONS}

PRESETS: dict[str, dict[str, str]] = {
    "default": {},
    "culler": {  # as photo editors have them: P picks, X rejects, ctrl+z undoes
        "vote.yes": "p",
        "vote.no": "x",
        "vote.same": "p",
        "vote.different": "x",
        "face.not_a_face": "d",
        "face.not_a_face_right": "D",
        "person.photos": "f",
        "person.remove_face": "d",
        "person.not_a_face": "D",
        "verdict.unrelated": "x",
        "app.suspend": "",
        "vote.undo": "ctrl+z",
        "vote.redo": "ctrl+y",
    },
}


def actions_of(screen: str) -> Iterator[Action]:
    """The actions that a screen has, in the order of the table."""
    return (action for action in ACTIONS if screen in action.where)


_WHEN_EMPTY = (
    *("search.edit", "search.all", "cluster.now", "learn.now", "group.kind", "person.ignored"),
    *("app.next_screen", "app.back", "app.help"),
)


def bindings_of(screen: str) -> list[BindingType]:
    """What a screen class binds; a keymap replaces the keys by the names of the actions."""
    return [
        Binding(",".join(action.keys), action.method, action.label, show=False, id=action.name)
        for action in actions_of(screen)
    ]


def key_line(
    screen: str,
    keys: dict[str, Sequence[str]],
    left_out: Collection[str] = (),
    labels: Mapping[str, str] = MappingProxyType({}),
    is_empty: bool = False,
    most: int = 8,
) -> list[tuple[str, str]]:
    """The keys that matter most on a screen, each with its label.

    Args:
        keys: The keymap in force.
        left_out: Actions that have nothing to do now.
        labels: What actions are called now, where that is not what they are usually called.
        is_empty: Whether there is nothing on the screen that most of its actions could be about.
    """
    shown = [action for action in ACTIONS if screen in action.shown and action.name not in left_out]
    if is_empty:
        shown = [action for action in actions_of(screen) if action.name in _WHEN_EMPTY]
    others = [action for action in shown if action.name != "app.help" and keys[action.name]]
    ways_out = [action for action in others if action.name == "app.back"]
    chosen = [action for action in others if action not in ways_out][: most - 1 - len(ways_out)]
    chosen += [*ways_out, BY_NAME["app.help"]]
    return [(_first_key(action, keys), labels.get(action.name, action.label)) for action in chosen if keys[action.name]]


def _first_key(action: Action, keys: dict[str, Sequence[str]]) -> str:
    """The key of an action; of the scores, which are shown as one, the first and the last."""
    key, last = shown_key(keys[action.name][0]), keys[f"score.{len(SCORES)}"]
    return f"{key}-{shown_key(last[0])}" if action.name == "score.1" and last else key


_SIGNS = {
    "slash": "/", "question_mark": "?", "comma": ",", "equals_sign": "=", "plus": "+", "minus": "-", "colon": ":",
    "full_stop": ".", "left_square_bracket": "[", "right_square_bracket": "]", "escape": "esc", "pagedown": "pgdn",
    "pageup": "pgup", "left": "←", "right": "→", "up": "↑", "down": "↓", "semicolon": ";",
}  # fmt: skip


def shown_key(key: str) -> str:
    """A key as people write it."""
    return "+".join(_SIGNS.get(part, part) for part in key.split("+"))
