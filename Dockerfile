# latchkeyd and the latchkey command on Debian 12, without compilers and without root.
FROM debian:12 AS build
WORKDIR /src
COPY packages.txt ./
RUN apt-get update \
    && sed 's/#.*//' packages.txt | grep . \
       | xargs env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF \
    && cmake --build --preset release --target layout latchkey \
    && strip build/release/cli/latchkey

FROM debian:12-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
       ca-certificates libc-ares2 libcurl4 libdeflate0 libhiredis0.14 libprometheus-cpp-core1.0 \
       libprometheus-cpp-pull1.0 libre2-9 libsodium23 libspdlog1.10 libsqlite3-0 libssl3 libyaml-cpp0.7 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 latchkey \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/latchkey --create-home --shell /usr/sbin/nologin latchkey
COPY --from=build /src/build/release/bin/latchkeyd /src/build/release/cli/latchkey /usr/local/bin/
COPY policies /etc/latchkey/policies
USER 10001:10001
VOLUME /var/lib/latchkey
# policies/default.yaml is found from here.
WORKDIR /etc/latchkey
# 7450: gRPC, 9450: metrics. Both listen on loopback until told otherwise, and beyond it only with TLS and API keys.
EXPOSE 7450 9450
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/latchkeyd"]
CMD ["--data-dir", "/var/lib/latchkey"]
