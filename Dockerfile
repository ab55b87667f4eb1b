# The image is the program, the licences of what is in it, and its SBOM. make image
# builds dist/programs, the context, and passes the arguments.
#
# There are no CA certificates: the API server's is mounted with the service
# account, or named in a kubeconfig, and the program calls nobody else. There is no
# time zone, shell or package either.
FROM scratch
ARG TARGETOS
ARG TARGETARCH
COPY ${TARGETOS}_${TARGETARCH}/ /
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="dualstack-webhook" \
      org.opencontainers.image.description="Admission webhook that makes Services and injected sidecars dual-stack" \
      org.opencontainers.image.source="https://github.com/dualstack-dev/webhook" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
USER 65532:65532
EXPOSE 9443 8081 8080
ENTRYPOINT ["/dualstack"]
CMD ["serve"]
