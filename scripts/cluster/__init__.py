"""A whole cardwatch on one machine: a real broker, all services, certificates and keys of its own.

Used by scripts/demo and by the end-to-end tests. Standard library only.
"""
