"""`mline quickstart`: a real Airflow with one experiment running in it, from nothing."""
