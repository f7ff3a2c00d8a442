# The reference district platform: broker, desk and enrolment. No ROS.
# The base is pinned by tag; pin it by digest where a registry can be asked for one.
FROM python:3.12-slim-bookworm AS build
WORKDIR /opt/dolbom
COPY tools/uv.lock tools/make_uv tools/
COPY requirements.lock ./
RUN tools/make_uv /usr/local/bin/python3 \
    && .build/tools/bin/uv --system-certs venv --no-project --python /usr/local/bin/python3 .venv \
    && .build/tools/bin/uv --system-certs pip sync --python .venv/bin/python --require-hashes requirements.lock
COPY bin bin
COPY src src

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends nats-server \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home dolbom \
    && install --directory --owner dolbom --mode 0700 /var/lib/dolbom-district
COPY --from=build /opt/dolbom/.venv /opt/dolbom/.venv
COPY --from=build /opt/dolbom/bin /opt/dolbom/bin
COPY --from=build /opt/dolbom/src /opt/dolbom/src
ENV DOLBOM_DISTRICT=/var/lib/dolbom-district LANG=C.UTF-8 PATH=/opt/dolbom/bin:$PATH
USER 10001
WORKDIR /var/lib/dolbom-district
VOLUME /var/lib/dolbom-district
# The desk, enrolment, the robots' MQTT; all of them TLS.
EXPOSE 8080 8443 8883
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["/opt/dolbom/.venv/bin/python", "-c", "import ssl, urllib.request as u; u.urlopen('https://127.0.0.1:8080/healthz', timeout=4, context=ssl._create_unverified_context())"]
ENTRYPOINT ["dolbom"]
CMD ["district", "up", "--host", "0.0.0.0"]
