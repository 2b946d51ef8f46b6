"""The routes below `/mline/api`, one noun a file."""

from . import analysis, experiments, files, history, runs, session, templates

# A path of an experiment may hold slashes: what comes behind it is tried first.
ROUTERS = (
    session.router,
    runs.router,
    history.router,
    files.router,
    experiments.router,
    templates.router,
    analysis.router,
)
