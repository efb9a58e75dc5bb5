"""The rules of user research. Standard library only, no input or output, no clock: `now` is always an argument."""
