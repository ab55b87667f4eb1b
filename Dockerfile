FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /dualstack ./cmd/dualstack

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /dualstack /dualstack
USER 65532:65532
EXPOSE 9443 8081 8080
ENTRYPOINT ["/dualstack"]
CMD ["serve"]
