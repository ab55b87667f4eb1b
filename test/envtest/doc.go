// Package envtest runs a real kube-apiserver with its etcd, and lets it call
// webhooks by their unmodified clientConfig.service.
//
// There are no nodes, so there is no kube-proxy either: the API server's egress
// selector hands each connection for the cluster to a CONNECT proxy here, which
// knows which backends a Service has and which of them are ready. Names,
// certificates and ports are those of production.
package envtest
