# The released binary and nothing else:
#
#     make release && docker build --tag usher .
#
# It is copied, and not built in here: so what runs is the very file that SHA256SUMS names, and neither
# a base image nor the network is needed. docs/operations.md says how to run it.
FROM scratch

# BuildKit sets it; an older builder needs --build-arg TARGETARCH=amd64.
ARG TARGETARCH
COPY dist/usher-linux-${TARGETARCH} /usher

# The working directory, for an SQLite database, and for what a demo and SQLite write for a while. There is
# no command in here that could make it, so it is copied; a volume that is new has its owner.
COPY --chown=65532:65532 packaging/data /data
ENV TMPDIR=/data
WORKDIR /data
VOLUME /data

# nobody that a machine knows
USER 65532:65532

# Beyond the container. usher refuses to start until it has a certificate, or is told to do without.
ENV USHER_LISTEN=:8080
EXPOSE 8080

# stopping takes up to 30 seconds: give it 40
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usher"]
CMD ["serve"]
