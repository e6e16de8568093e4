# One image for backend, worker, scheduler and migrate; compose selects which. Running it needs no
# compiler, no shell tools and no package index, and writes nothing to its own file system.

FROM python:3.11.15-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/team.txt /build/team.txt
# Only wheels: packages that would be compiled, and so run their set-up code, are refused.
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install \
      --require-hashes --no-deps --only-binary :all: -r /build/team.txt

FROM python:3.11.15-slim-bookworm AS product
COPY functions /app/functions
COPY local /app/local
COPY docker/emailbuilder /opt/bin/emailbuilder
# Compiled here, because nothing can be written where it runs.
COPY --from=packages /opt/venv /opt/venv
RUN chmod 0755 /opt/bin/emailbuilder \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app /opt/venv/lib

FROM python:3.11.15-slim-bookworm
RUN groupadd --system --gid 10001 emailbuilder \
 && useradd --system --uid 10001 --gid 10001 --home-dir /tmp --no-create-home \
      --shell /usr/sbin/nologin emailbuilder
COPY --from=product /opt /opt
COPY --from=product /app /app
ENV PATH=/opt/bin:/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["emailbuilder", "serve", "--host", "0.0.0.0", "--port", "8000"]
