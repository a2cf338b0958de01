"""Has cloud-init's own code read and check configurations.

Standard input: a list of texts. Standard output: {"keys": the keys of the first level that its schema knows, "read": of each text {"value": as
it reads it, "error": what its schema says of that, empty where nothing}}.
"""

import json
import logging
import sys

import yaml
from cloudinit.config import schema

logging.disable(logging.CRITICAL)

rules = schema.get_schema()
keys = {key for name, one in rules["$defs"].items() if name.startswith("cc_") for key in one.get("properties", {})}


def read(text):
    """The value of a text, and what is wrong with it."""
    value = yaml.safe_load(text)
    try:
        schema.validate_cloudconfig_schema(value, rules, strict=True, log_details=False)
    except schema.SchemaValidationError as error:
        return {"value": value, "error": str(error)}
    return {"value": value, "error": ""}


json.dump({"keys": sorted(keys), "read": [read(text) for text in json.load(sys.stdin)]}, sys.stdout)
