# A small image: the program, and what it links to. Not a root user, no shell, and
# nothing to write but the volume, so that it runs with --read-only.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/elsewhere /usr/local/bin/elsewhere
COPY --from=build --chown=nonroot:nonroot /data /data
# The public side on every address of the container, the database in a volume;
# the admin side stays on the container's loopback.
ENV ELSEWHERE_SERVER__LISTEN=0.0.0.0:4433 \
    ELSEWHERE_DATABASE__URL=sqlite:///data/elsewhere.sqlite
VOLUME /data
EXPOSE 4433
USER nonroot
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s CMD ["elsewhere", "healthcheck"]
ENTRYPOINT ["elsewhere"]
CMD ["serve"]
