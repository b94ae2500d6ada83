# The service, the batch job and every other verb: docker run … holdfast score --config /shop/holdfast.toml
FROM python:3.11-slim-bookworm

# The distribution's security fixes are wanted, so no version is pinned here. libgomp1: LightGBM's threads.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 holdfast \
    && install --directory --owner=holdfast /var/lib/mlflow

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE holdfast.py ./
COPY features features
COPY training training
COPY serving serving
RUN pip install --no-cache-dir --constraint constraints.txt .

USER 10001
ENV PYTHONUNBUFFERED=1 MLFLOW_DISABLE_TELEMETRY=true BENTOML_DO_NOT_TRACK=True
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:3000/readyz', timeout=2)"]
ENTRYPOINT ["holdfast"]
CMD ["serve", "--host", "0.0.0.0", "--config", "/shop/holdfast.toml"]
