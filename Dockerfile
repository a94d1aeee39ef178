FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/cairn
COPY requirements/runtime.txt requirements/
RUN /opt/cairn/bin/pip install --require-hashes --requirement requirements/runtime.txt
COPY pyproject.toml LICENSE ./
COPY bot bot
COPY adapters adapters
COPY scheduler scheduler
COPY migrations migrations
RUN /opt/cairn/bin/pip install --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin cairn \
    && install --directory --owner cairn --group cairn --mode 0700 /data
COPY --from=build /opt/cairn /opt/cairn
ENV PATH=/opt/cairn/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CAIRN_DATA_DIR=/data
USER cairn
WORKDIR /data
VOLUME /data
ENTRYPOINT ["cairn"]
CMD ["run"]
