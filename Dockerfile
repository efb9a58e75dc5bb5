FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/callsheet
ENV PATH="/opt/callsheet/bin:$PATH"
WORKDIR /src
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-deps .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --no-create-home callsheet \
    && install --directory --owner=callsheet --mode=0700 /data
COPY --from=build /opt/callsheet /opt/callsheet
ENV PATH="/opt/callsheet/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CALLSHEET_DATABASE_URL=sqlite:////data/callsheet.db \
    CALLSHEET_HOST=0.0.0.0 \
    CALLSHEET_LOG_FORMAT=json \
    CALLSHEET_PORT=3000
USER callsheet
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['CALLSHEET_PORT'] + '/healthz', timeout=4)"]
CMD ["callsheet", "run"]
