# SPDX-License-Identifier: MIT
"""JSON that may be anything: parsed, then asked for its members with their types and ranges checked."""
import json

from .errors import PlotError
from .text import plain


class JsonObject:
    """A JSON object that knows where it stands, for messages."""

    def __init__(self, value, where):
        if not isinstance(value, dict):
            raise PlotError("%s: is not an object" % where)
        self.value = value
        self.where = where

    def get(self, name, kind, default=None):
        value = self.value.get(name)
        if value is None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise PlotError('%s: "%s" has the wrong type' % (self.where, name))
        return value

    def text(self, name, default=""):
        return self.get(name, str, default)

    def object(self, name):
        return JsonObject(self.get(name, dict, {}), '%s, "%s"' % (self.where, name))

    def objects(self, name):
        items = self.get(name, list, [])
        return [JsonObject(item, '%s, "%s"[%d]' % (self.where, name, i)) for i, item in enumerate(items)]

    def number(self, name):
        value = self.get(name, (int, float))
        if value is not None and not 1e-12 <= abs(value) <= 1e12 and value != 0:
            raise PlotError('%s: "%s" is absurd' % (self.where, name))
        return None if value is None else float(value)


def parse(text, where):
    """The object that the text is."""
    try:
        return JsonObject(json.loads(text, parse_constant=_refuse_constant), where)
    except json.JSONDecodeError as error:
        at = "%s, line %d, column %d" % (where, error.lineno, error.colno)
        raise PlotError("%s: not JSON: %s" % (at, plain(error.msg, 80))) from None
    except (ValueError, RecursionError) as error:
        raise PlotError("%s: not JSON: %s" % (where, plain(error, 80))) from None


def _refuse_constant(name):
    raise ValueError("%s is not JSON" % name)
