"""What an operator does beside running containers: secrets, migrations, the bus, the demo's mail."""
