"""The files that people write: their shapes, and how they are read and refused."""
