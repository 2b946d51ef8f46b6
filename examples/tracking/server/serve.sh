# Serves MLflow from an empty folder. As a process it listens where MLine says, which is loopback; in a
# container on all of that container's own addresses, where stages know it by its name.
set -e
cd "$(mktemp -d)"
exec python3 -m mlflow server --host "${HTTP_HOST:-0.0.0.0}" --port "${HTTP_PORT:-5000}" --workers 1 \
  --allowed-hosts 'tracking:*,localhost:*,127.0.0.1:*' \
  --backend-store-uri sqlite:///mlflow.db --artifacts-destination ./artifacts
