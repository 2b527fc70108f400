"""A service's model, cut to one operation: what is reachable from it stays, and nothing else."""

from typing import Any

import pytest
from tools.trim_botocore import cut

MODEL: dict[str, Any] = {
    "metadata": {"endpointPrefix": "ssm"},
    "operations": {
        "Get": {
            "input": {"shape": "Name"},
            "output": {"shape": "Tree"},
            "errors": [{"shape": "No"}],
        },
        "Put": {"input": {"shape": "Value"}},
    },
    "shapes": {
        "Name": {"type": "string"},
        "Tree": {
            "type": "structure",
            "members": {"shape": {"shape": "Leaf"}, "all": {"shape": "Trees"}},
        },
        "Trees": {"type": "list", "member": {"shape": "Tree"}},
        "Leaf": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Number"}},
        "Number": {"type": "integer"},
        "No": {"type": "structure", "members": {}, "exception": True},
        "Value": {"type": "structure", "members": {"value": {"shape": "Unused"}}},
        "Unused": {"type": "string"},
    },
}


@pytest.mark.parametrize(
    ("operation", "shapes"),
    [
        ("Get", {"Name", "Tree", "Trees", "Leaf", "Number", "No"}),
        ("Put", {"Value", "Unused"}),
    ],
)
def test_what_an_operation_reaches_stays(operation: str, shapes: set[str]) -> None:
    trimmed = cut(MODEL, operation)
    assert trimmed["metadata"] == MODEL["metadata"]
    assert trimmed["operations"] == {operation: MODEL["operations"][operation]}
    assert trimmed["shapes"] == {name: MODEL["shapes"][name] for name in shapes}
