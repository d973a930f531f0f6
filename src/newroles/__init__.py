"""New professional roles in mental health services: typology coding, boundary networks, and the book that reports them."""

__version__ = "0.1.0"
