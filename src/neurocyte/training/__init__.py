"""Training: data, augmentation, losses, recipes (torch, Lightning)."""
