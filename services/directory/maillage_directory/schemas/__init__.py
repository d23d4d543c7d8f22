"""Request and response models, by noun."""
