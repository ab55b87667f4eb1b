// Controlplane finds or makes the binaries of a Kubernetes control plane for
// the tests that need a real API server: kube-apiserver, etcd and kubectl. It
// prints the absolute directory that holds them on standard output and nothing
// else there, so that a caller can write
//
//	KUBEBUILDER_ASSETS=$(go run -C test/controlplane .)
//
// It takes the first of these that works:
//
//  1. the directory in KUBEBUILDER_ASSETS, if that is set;
//  2. a former build in the user's cache directory;
//  3. a download by setup-envtest, the usual way, which needs GitHub;
//  4. a build from source, which needs only the Go module proxy and takes
//     about ten minutes on two cores, once per release.
//
// Every directory named v1.xx is a module that pins one release for step 4;
// the module in envtest pins setup-envtest for step 3. They are modules of
// their own because this one has no dependencies and should start at once.
//
// To add a release, copy the newest of these directories, change the versions
// in its go.mod (the replacements follow the staging directory of
// k8s.io/kubernetes) and run go mod tidy there. Nothing else names releases;
// the newest is the default.
//
// It runs on Linux and macOS.
package main
