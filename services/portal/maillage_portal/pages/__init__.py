"""The pages, one module per noun; each has a `router`, and `app.build` includes them all."""
