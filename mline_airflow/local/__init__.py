"""Runs of an experiment on this machine, without Airflow."""
