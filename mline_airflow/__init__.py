"""MLine: machine-learning experiments as semantic networks, compiled to Airflow."""

__version__ = "0.1.0"
