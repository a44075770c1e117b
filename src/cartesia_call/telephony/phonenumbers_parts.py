"""The modules of phonenumbers, to be loaded one by one: a package whose folder is the library's.

phonenumbers itself loads what finds numbers in a text and what writes them while they are typed, too, and
compiles their expressions, which is a third of what it costs a command that starts. Its modules know each
other by relative names. Where somebody has imported phonenumbers as well, its classes are others.
"""

from importlib.util import find_spec

_found = find_spec("phonenumbers")
if _found is None:
    raise ModuleNotFoundError("No module named 'phonenumbers'", name="phonenumbers")
__path__ = list(_found.submodule_search_locations or ())
