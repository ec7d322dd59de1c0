# A small image: the program and the libraries that it links to. It has no root user and
# no shell. It writes to the volume only, and therefore runs with --read-only.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/elsewhere /usr/local/bin/elsewhere
COPY --from=build --chown=nonroot:nonroot /data /data
# The public API listens on every address of the container. The admin API stays on the
# container's loopback. The database is in a volume.
ENV ELSEWHERE_SERVER__LISTEN=0.0.0.0:4433 \
    ELSEWHERE_DATABASE__URL=sqlite:///data/elsewhere.sqlite
VOLUME /data
EXPOSE 4433
USER nonroot
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s CMD ["elsewhere", "healthcheck"]
ENTRYPOINT ["elsewhere"]
CMD ["serve"]
