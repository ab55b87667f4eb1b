module github.com/dualstack-dev/webhook/test/controlplane

go 1.26.0
