"""Who answers for a company's serious dishonesty, why, under which article, since when and until when."""

__version__ = "0.1.0"
