"""Writes plain dicts, lists, texts, numbers and booleans as block YAML; every text is quoted."""

import json


def dump(value):
    return "\n".join(_lines(value)) + "\n"


def _lines(value):
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _member(f"{name}:", item)
    else:
        for item in value:
            if isinstance(item, dict):
                lines = list(_lines(item))
                yield f"- {lines[0]}"
                yield from (f"  {line}" for line in lines[1:])
            else:
                yield f"- {_scalar(item)}"


def _member(name, item):
    if isinstance(item, list) and not any(isinstance(part, (dict, list)) for part in item):
        yield f"{name} [{', '.join(map(_scalar, item))}]"
    elif isinstance(item, (dict, list)):
        yield name
        yield from (f"  {line}" for line in _lines(item))
    else:
        yield f"{name} {_scalar(item)}"


def _scalar(value):
    return json.dumps(value, ensure_ascii=False)
