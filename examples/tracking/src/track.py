"""Trees for the wines of scikit-learn, logged as anyone logs to MLflow."""

import mlflow
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier, export_text


def fit(depth, seed):
    """Grow a tree, log parameters, two metrics and its rules; return the id of the run."""
    wines = load_wine(as_frame=True)
    train, test, right, asked = train_test_split(
        wines.data, wines.target, test_size=0.4, random_state=seed, stratify=wines.target
    )
    tree = DecisionTreeClassifier(max_depth=depth, random_state=seed).fit(train, right)
    with mlflow.start_run(run_name=f"depth={depth}") as run:
        mlflow.log_params({"depth": depth, "seed": seed})
        mlflow.log_metric("train_accuracy", tree.score(train, right))
        mlflow.log_metric("test_accuracy", tree.score(test, asked))
        mlflow.log_text(export_text(tree, feature_names=list(wines.data.columns)), "rules.txt")
    return run.info.run_id


def compare(runs):
    """Read the runs back; return one row for each, the best first, and its accuracy."""
    client = mlflow.MlflowClient()
    found = [client.get_run(run) for run in runs.values()]
    rows = [
        {
            "name": run.info.run_name,
            "status": run.info.status,
            "depth": int(run.data.params["depth"]),
            **run.data.metrics,
            "rules": mlflow.artifacts.load_text(f"{run.info.artifact_uri}/rules.txt").count("\n"),
        }
        for run in found
    ]
    table = pd.DataFrame(rows).sort_values("test_accuracy", ascending=False, kind="stable")
    return {"table": table, "best": float(table["test_accuracy"].iloc[0])}
