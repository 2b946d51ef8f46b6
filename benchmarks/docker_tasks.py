"""Run DAGs in turns by `dag.test()`; print how long Airflow says that their tasks took.

    python docker_tasks.py ROUNDS DAG…

The environment is that of an Airflow with a bundle for each DAG. The last line is JSON: DAG ->
seconds of each round, from the task's start to its end as Airflow's database has them.
"""

from __future__ import annotations

import json
import random
import sys

from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.utils.session import create_session


def main() -> None:
    """Run them; the first round only imports what tasks import."""
    rounds, names = int(sys.argv[1]), sys.argv[2:]
    dags = {}
    for bundle in DagBundlesManager().get_all_dag_bundles():
        bundle.initialize()
        bag = BundleDagBag(bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        dags |= bag.dags
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds + 1):
        # Another order each time: a task also pays for what the one before it left.
        for name in random.Random(turn).sample(names, len(names)):
            seconds[name].append(_seconds(dags[name]))
    print(json.dumps({name: values[1:] for name, values in seconds.items()}))


def _seconds(dag: object) -> float:
    run = dag.test()  # type: ignore[attr-defined]  # of whichever class this Airflow has
    with create_session() as session:
        (task,) = run.get_task_instances(session=session)
        if task.state != "success":
            sys.exit(f"{run.dag_id}: the task ended as {task.state}")
        return float((task.end_date - task.start_date).total_seconds())


if __name__ == "__main__":
    main()
