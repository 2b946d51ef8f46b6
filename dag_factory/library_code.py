"""The code of a type library: is it beside the library, and are the functions in it?"""

from __future__ import annotations

from collections.abc import Mapping

from .code_check import check_path, find_function
from .diagnostic import Collector
from .files import Files
from .model import Action, CodeItem, Library, Setting, Word


def check_library_code(library: Library, files: Files, found: Collector) -> None:
    """Check the code and functions of stage types and adapters, and the codecs of types."""
    for decl in library.types.values():
        _component(decl.settings, decl.action, files, found)
        for call in (decl.load_word, decl.save_word, decl.sample_word):
            if call is not None:
                _codec(library.id.text, call, files, found)
    for adapter in library.adapters.values():
        _component(adapter.settings, adapter.action, files, found)


def _component(
    settings: Mapping[str, Setting], action: Action | None, files: Files, found: Collector
) -> None:
    code = settings.get("code")
    items: tuple[CodeItem, ...] = code.value if code is not None else ()
    for item in items:
        if item.path:
            check_path(found, files, item)
    if items and action is not None and action.kind == "call":
        find_function(found, files, action.value, action.span, items)


def _codec(library: str, call: Word, files: Files, found: Collector) -> None:
    """A codec's module is in the folder that is named for the library, or else beside the file."""
    folder = library if files.kind(library) == "folder" else "."
    items = (CodeItem(call.span, path=folder),)
    module = call.text.partition(":")[0].replace(".", "/")
    if not files.kind(f"{folder}/{module}.py") and not files.kind(f"{folder}/{module}"):
        place = f"the folder '{library}/'" if folder == library else "beside the library"
        message = f"there is no module '{call.text.partition(':')[0]}' in {place}"
        found.add("missing-file", call.span, message.replace("in beside", "beside"))
        return
    find_function(found, files, call.text, call.span, items)
