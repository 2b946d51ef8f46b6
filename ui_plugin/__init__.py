"""The web side of MLine inside Airflow."""
