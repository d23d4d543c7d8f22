"""What every test folder may ask of pytest."""

pytest_plugins = ["tests.support.cost"]
