"""The routes below `/mline/api`, one noun a file."""

from . import analysis, experiments, session

ROUTERS = (session.router, experiments.router, analysis.router)
