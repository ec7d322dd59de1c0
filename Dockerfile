# A small image: the program and the libraries that it links to. It has no root user and
# no shell. It writes to the volume only, and therefore runs with --read-only.
FROM rust:1.95-bookworm AS build
WORKDIR /build
# Half a megabyte smaller. The C library that loads the program has to be 2.36 or newer.
ENV RUSTFLAGS="-C link-arg=-Wl,-z,pack-relative-relocs"
# Smaller by 0.7 MB: without the variant of AES-GCM for AVX-512. TLS uses the one for AVX2 instead.
ENV AWS_LC_SYS_CFLAGS="-DMY_ASSEMBLER_IS_TOO_OLD_FOR_512AVX"
COPY . .
RUN cargo build --release --locked && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/elsewhere /usr/local/bin/elsewhere
COPY --from=build --chown=65532:65532 /data /data
# The public API listens on every address of the container. The admin API stays on the
# container's loopback. A database server and a Kratos that start at the same time may take
# minutes, and their migrations, too.
# With a read-only file system, a backup of SQLite has its temporary files in the volume.
ENV ELSEWHERE_SERVER__LISTEN=0.0.0.0:4433 \
    ELSEWHERE_DATABASE__START_TIMEOUT=2m \
    SQLITE_TMPDIR=/data
# The default database is a file in the working folder. A variable for it would take precedence
# over a settings file.
WORKDIR /data
VOLUME /data
EXPOSE 4433
# By its number, so that Kubernetes can see that it is not root.
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=4s --start-period=2m CMD ["elsewhere", "healthcheck"]
ENTRYPOINT ["elsewhere"]
CMD ["serve"]
