"""An int8 network from a model's float one, and what that costs in accuracy (extra `quantize`)."""
