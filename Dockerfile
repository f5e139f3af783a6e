# Untested: no container engine runs where this is developed. Build: docker build -t lanewise .
# Run: docker run --init --read-only --tmpfs /tmp -p 8080:8080 -v lanewise:/var/lib/lanewise \
#        -v ./lanewise.yaml:/etc/lanewise/lanewise.yaml:ro -e OPENAI_API_KEY lanewise
# A folder in place of the named volume must be writable by uid 10001. With PostgreSQL write `spool: /var/lib/lanewise/spool` too, and run
# `docker run ... lanewise migrate --config /etc/lanewise/lanewise.yaml` before the first start and with each new version.
FROM python:3.13-slim AS build
# Nobody may write beside the code at run time: what is not compiled here is compiled anew at every start, for 2 s of CPU.
ENV UV_COMPILE_BYTECODE=1
WORKDIR /build
COPY requirements requirements
RUN python -m venv /opt/lanewise \
 && python -m pip install --no-cache-dir --require-hashes -r requirements/uv.lock \
 && uv pip install --no-cache --require-hashes --python /opt/lanewise/bin/python -r requirements/runtime.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY licenses licenses
COPY src src
# The build backend comes from the hashed lock too, and stays in this stage.
RUN python -m venv /opt/build \
 && uv pip install --no-cache --require-hashes --python /opt/build/bin/python -r requirements/dev.lock \
 && uv build --wheel --no-build-isolation --python /opt/build/bin/python --out-dir dist \
 && uv pip install --no-cache --no-deps --python /opt/lanewise/bin/python dist/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/lanewise --create-home lanewise
COPY --from=build /opt/lanewise /opt/lanewise
ENV PATH=/opt/lanewise/bin:$PATH PYTHONUNBUFFERED=1
USER lanewise
WORKDIR /var/lib/lanewise
VOLUME /var/lib/lanewise
EXPOSE 8080
# Of plain HTTP on the port below; with TLS or another port give `--health-cmd`, or leave it to whoever watches /ready.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/ready', timeout=3)"]
# A drain takes up to 30 s: stop with a grace of at least 40 s (docker stop -t 40).
STOPSIGNAL SIGTERM
ENTRYPOINT ["lanewise"]
CMD ["serve", "--config", "/etc/lanewise/lanewise.yaml", "--host", "0.0.0.0"]
