"""What the tasks do: build, watch, serve, and the rest. tasks.py only names them."""
