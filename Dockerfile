# One image for backend, worker, scheduler and migrate; compose says which of them it is.
# No compiler, no shell tools and no package index are needed to run it, nor anything written to
# its own file system.

FROM python:3.11.15-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/team.txt /build/team.txt
# Wheels only: whatever would have to be compiled, and run somebody's set-up code, is refused.
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install \
      --require-hashes --no-deps --only-binary :all: -r /build/team.txt

FROM python:3.11.15-slim-bookworm AS product
COPY functions /app/functions
COPY local /app/local
COPY docker/emailbuilder /opt/bin/emailbuilder
# Compiled here, since nothing can be written where it runs.
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
