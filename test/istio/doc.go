// Package istio holds what the webhook does to Pods of an Istio mesh against
// Istio's own code, and has nothing but tests.
//
// The injector is Istio's: its webhook in this process, with the configuration
// that its chart renders, behind a real kube-apiserver that also calls the real
// dualstack serve. What becomes of a Pod is judged by Istio as well: istio-init's
// container is run, without touching the kernel, for the rules it would write; a
// Pod of istio-cni goes through the CNI plugin's code; and the proxy's container
// builds its Envoy bootstrap, for the addresses it would listen on.
//
// It is a module of its own because Istio is large, and nothing of it belongs
// into the product.
package istio
