"""Networks: encoder, attention gates, decoders, head (torch)."""
